import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { TORCH_TYPES, type TorchType } from './element-types.ts';
import { TorchStorage, TorchTensor } from './torch-tensor.ts';

/**
 * The safetensors format (Hugging Face's specification): the length of a JSON header (u64, little-endian), the header
 * with type, shape and place of every tensor, the tensors' bytes, little-endian, without holes.
 */

const DTYPES: Readonly<Record<TorchType, string>> = {
  ...{ float64: 'F64', float32: 'F32', float16: 'F16', bfloat16: 'BF16' },
  ...{ int64: 'I64', int32: 'I32', int16: 'I16', int8: 'I8', uint8: 'U8', bool: 'BOOL' },
};
const TYPES = new Map(Object.entries(DTYPES).map(([type, dtype]) => [dtype, type as TorchType]));

/** Headers beyond this are refused, as the format's own reader does. */
const MOST_HEADER = 100_000_000;

/** A header of one's own, beside the tensors. */
const METADATA = '__metadata__';

/** Whether bytes begin as a safetensors file does: a length that fits, and a JSON object. */
export function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.byteLength < 10 || bytes[8] !== 0x7b) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  return length >= 2n && length <= BigInt(MOST_HEADER);
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [from: number, to: number];
}

const natural = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isEntry(value: unknown): value is Entry {
  const { dtype, shape, data_offsets: place } = (value ?? {}) as Partial<Entry>;
  return (
    typeof dtype === 'string' &&
    Array.isArray(shape) &&
    shape.every(natural) &&
    Array.isArray(place) &&
    place.length === 2 &&
    place.every(natural)
  );
}

/** @throws Fault for a file that is damaged, cut short, or holds types that are not read here */
export function decodeSafetensors(bytes: Uint8Array, origin: string): Map<string, TorchTensor> {
  const damaged = (how: string): Fault => new Fault(`'${origin}' is a damaged safetensors file: ${how}.`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  const start = 8 + length;
  if (start > bytes.byteLength) {
    throw damaged(`its header should end at byte ${start}, the file at ${bytes.byteLength}`);
  }
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(bytes.subarray(8, start)).toString('utf8'));
  } catch (thrown) {
    throw damaged(`its header is no JSON (${sentenceOf(thrown)})`);
  }
  const found = new Map<string, TorchTensor>();
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === METADATA) continue;
    if (!isEntry(entry)) throw damaged(`the entry of '${name}' has no type, shape and place`);
    const type = TYPES.get(entry.dtype);
    if (type === undefined) {
      throw new Fault(
        `'${origin}' keeps '${name}' as ${entry.dtype}, which is not read here; allowed: ${[...TYPES.keys()].join(', ')}.`,
      );
    }
    const [from, to] = entry.data_offsets;
    const size = entry.shape.reduce((product, dim) => product * dim, 1);
    if (start + to > bytes.byteLength) {
      throw new Fault(
        `'${origin}' is cut short: '${name}' ends at byte ${start + to}, the file at ${bytes.byteLength}.`,
      );
    }
    if (to - from !== size * TORCH_TYPES[type].bytes) {
      throw damaged(`'${name}' of shape [${entry.shape.join(', ')}] has ${to - from} bytes`);
    }
    const storage = new TorchStorage(name, type, size);
    storage.bytes = bytes.subarray(start + from, start + to);
    const strides = entry.shape.map((_, i) =>
      entry.shape.slice(i + 1).reduce((product, dim) => product * dim, 1),
    );
    found.set(name, new TorchTensor(storage, type, 0, entry.shape, strides, origin));
  }
  return found;
}

/** A tensor to be written, row-major, its bytes little-endian. */
export interface WrittenTensor {
  name: string;
  type: TorchType;
  shape: readonly number[];
  bytes: Uint8Array;
}

/**
 * Writes tensors whole or not at all, in the order that the format's own writer gives them: the widest types first, then
 * by name.
 * @throws Fault where it cannot be written
 */
export function writeSafetensors(
  path: string,
  tensors: readonly WrittenTensor[],
  metadata: Readonly<Record<string, string>> = {},
): void {
  const width = ({ type }: WrittenTensor): number => TORCH_TYPES[type].bytes;
  const ordered = tensors.toSorted((a, b) => width(b) - width(a) || (a.name < b.name ? -1 : 1));
  let at = 0;
  const header: Record<string, unknown> = { [METADATA]: { format: 'pt', ...metadata } };
  for (const { name, type, shape, bytes } of ordered) {
    header[name] = { dtype: DTYPES[type], shape, data_offsets: [at, at + bytes.byteLength] };
    at += bytes.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  // Tensors begin at a multiple of 8, so that readers can map them.
  const head = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
  head.writeBigUInt64LE(BigInt(head.length - 8));
  head.set(text, 8);
  const partial = `${path}.${process.pid}.partial`;
  let file: number | undefined;
  try {
    file = openSync(partial, 'wx');
    for (const part of [head, ...ordered.map(({ bytes }) => bytes)]) {
      for (let done = 0; done < part.byteLength; ) done += writeSync(file, part, done);
    }
    closeSync(file);
    file = undefined;
    renameSync(partial, path);
  } catch (thrown) {
    if (file !== undefined) closeSync(file);
    rmSync(partial, { force: true });
    throw new Fault(`'${path}' could not be written: ${sentenceOf(thrown)}.`);
  }
}
