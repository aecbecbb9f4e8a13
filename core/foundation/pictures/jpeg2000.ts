import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { checkPixels, NotRead } from './limits.ts';
import { cutShort } from './pnm.ts';
import { type Raster, toBytes } from './raster.ts';

/** JPEG 2000 by OpenJPEG in WebAssembly; libvips as it is published does not bring it. */

interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  /** A view of the module's memory: it is gone with the next call. */
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): {
    width: number;
    height: number;
    bitsPerSample: number;
    componentCount: number;
    isSigned: boolean;
  };
  delete(): void;
}

interface Module {
  J2KDecoder: new () => Decoder;
}

const require = createRequire(import.meta.url);
const CODEC = '@cornerstonejs/codec-openjpeg/decodewasmjs';

/** What the library printed since a picture was begun: its warnings and errors are lines of text. */
let said: string[] = [];
let loading: Promise<Module> | undefined;

/** Loaded when the first such picture is met; one per thread. */
function codec(): Promise<Module> {
  loading ??= (async () => {
    const make = require(CODEC) as (options: object) => Promise<Module>;
    const wasmBinary = readFileSync(require.resolve('@cornerstonejs/codec-openjpeg/decodewasm'));
    const keep = (line: string): void => void said.push(line);
    return make({ wasmBinary, print: keep, printErr: keep });
  })();
  return loading;
}

const SIZ = Buffer.from('ff4fff51', 'hex');

/** Size and number of components by the codestream's first marker segment (ITU-T T.800, A.5.1). */
function sizeOf(bytes: Buffer): { width: number; height: number; components: number } {
  const at = bytes.indexOf(SIZ);
  if (at < 0 || at + 42 > bytes.length) throw new NotRead('is damaged: it holds no JPEG 2000 codestream');
  return {
    width: bytes.readUInt32BE(at + 8) - bytes.readUInt32BE(at + 16),
    height: bytes.readUInt32BE(at + 12) - bytes.readUInt32BE(at + 20),
    components: bytes.readUInt16BE(at + 40),
  };
}

/** @throws NotRead for a damaged, cut or too large picture, and for components that are neither grey nor RGB */
export async function decodeJpeg2000(bytes: Buffer): Promise<Raster> {
  const { width: wide, height: high, components } = sizeOf(bytes);
  checkPixels(wide, high);
  if (components !== 1 && components !== 3) {
    throw new NotRead(
      `is JPEG 2000 with ${components} components, which is not read; save it without transparency, as grey or RGB`,
    );
  }
  const { J2KDecoder } = await codec();
  said = [];
  const decoder = new J2KDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    const [count, wideBytes] = [width * height * componentCount, bitsPerSample > 8 ? 2 : 1];
    if (count === 0 || decoded.length !== count * wideBytes) throw problem();
    if (said.some((line) => /\[(ERROR|WARNING)\]/.test(line))) throw problem();
    const half = isSigned ? 2 ** (bitsPerSample - 1) : 0;
    const [lowest, most] = [-half, 2 ** bitsPerSample - 1 - half];
    const own = decoded.slice();
    const values =
      wideBytes === 2
        ? new (isSigned ? Int16Array : Uint16Array)(own.buffer)
        : isSigned
          ? new Int8Array(own.buffer)
          : own;
    const data = bitsPerSample === 8 && !isSigned ? own : toBytes(values, most, lowest);
    return { width, height, channels: componentCount as 1 | 3, data };
  } catch (thrown) {
    // A C++ exception arrives as a number.
    throw typeof thrown === 'number' ? problem() : thrown;
  } finally {
    decoder.delete();
  }
}

function problem(): NotRead {
  const lines = said.flatMap((line) => /\[(?:ERROR|WARNING)\]\s*(.+?)[.!]?\s*$/.exec(line)?.[1] ?? []);
  if (lines.some((line) => /stream length|too short|truncat|end of|not enough/i.test(line)))
    return cutShort();
  return new NotRead(`is damaged: ${lines[0] ?? 'its JPEG 2000 data cannot be decoded'}`);
}
