import { Fault } from '../../foundation/fault.ts';
import type { Decoder } from './decoder.ts';
import { decodeRetinaFace } from './retinaface.ts';
import { decodeRfb } from './rfb.ts';
import { decodeScrfd } from './scrfd.ts';

/** The detectors whose outputs can be read, by the manifest's `decoder`. */
export const DECODERS: Readonly<Record<string, Decoder>> = {
  rfb: decodeRfb,
  // The same outputs as RFB's, decoded in the graph; other thresholds.
  ssd: decodeRfb,
  scrfd: decodeScrfd,
  retinaface: decodeRetinaFace,
};

/** @throws Fault that lists the known decoders. */
export function decoderOf(name: string | undefined): Decoder {
  const decoder = name === undefined || !Object.hasOwn(DECODERS, name) ? undefined : DECODERS[name];
  if (!decoder) {
    throw new Fault(
      `A detector's manifest has to name its decoder; '${name ?? ''}' is not one of: ${Object.keys(DECODERS).join(', ')}.`,
    );
  }
  return decoder;
}
