import type * as Ort from 'onnxruntime-node';
import { runtime } from './runtime.ts';

/**
 * What every session of every process asks for; nothing else in core/ creates one.
 *
 * Numbers below full precision (1.2e-38) count as 0: a processor takes twenty times as long for a network in whose
 * layers they arise, and no output shows them. On the calling thread ONNX Runtime heeds the first session of a process
 * alone, so the smallest trial asks for it too; threads that are started later inherit it.
 *
 * Threads that wait for their share of an operator sleep: spinning, they take the processor from the threads that decode
 * and cut pictures, and from whatever else the user runs.
 */
const ALWAYS = { set_denormal_as_zero: '1', intra_op: { allow_spinning: '0' } } as const;

/** @param more what this session asks for besides; its `extra.session` is added to what all ask for */
export function createSession(
  model: string | Uint8Array,
  more: Ort.InferenceSession.SessionOptions,
): Promise<Ort.InferenceSession> {
  const session = { ...ALWAYS, ...(more.extra?.session as object | undefined) };
  const options = { ...more, extra: { ...more.extra, session } };
  const { InferenceSession } = runtime();
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}
