import { Fault } from '../foundation/fault.ts';

/**
 * Messages as bytes, for ports that carry bytes (WebSocket). Typed arrays go as they are behind a JSON header, so
 * that columns of 500,000 points are neither turned into text nor copied element by element.
 *
 * Layout, little-endian: u32 magic 'VSG1' · u32 header length h · h bytes of UTF-8 JSON · padding to 8 · the arrays,
 * each padded to 8. In the JSON, an array stands as { "$column": [type, byte offset, element count] }.
 */
const MAGIC = 0x31475356;
const TYPES = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;
type ColumnType = keyof typeof TYPES;
export type Column = InstanceType<(typeof TYPES)[ColumnType]>;

/** Larger frames are refused before they are parsed: no message of ours comes near. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

const align8 = (bytes: number): number => (bytes + 7) & ~7;

const typeOf = (column: ArrayBufferView): ColumnType | undefined =>
  (Object.keys(TYPES) as ColumnType[]).find((type) => column.constructor === TYPES[type]);

export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const columns: Column[] = [];
  let bytes = 0;
  // `this[key]` and not the value given: a Buffer has turned itself into an object by then.
  const json = JSON.stringify(message, function (this: Record<string, unknown>, key: string): unknown {
    const value = this[key];
    if (!ArrayBuffer.isView(value)) return value;
    const column =
      value instanceof Uint8Array ? new Uint8Array(value.buffer, value.byteOffset, value.length) : value;
    const type = typeOf(column);
    if (type === undefined) throw new TypeError(`A ${value.constructor.name} cannot be sent.`);
    const at = bytes;
    columns.push(column as Column);
    bytes += align8(column.byteLength);
    return { $column: [type, at, (column as Column).length] };
  });
  const header = new TextEncoder().encode(json);
  const start = align8(8 + header.length);
  const frame = new Uint8Array(start + bytes);
  const view = new DataView(frame.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, header.length, true);
  frame.set(header, 8);
  let at = start;
  for (const column of columns) {
    frame.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += align8(column.byteLength);
  }
  return frame;
}

/** @throws Fault for anything that encodeFrame would not have made. */
export function decodeFrame(bytes: Uint8Array): unknown {
  if (bytes.length < 8 || bytes.length > MAX_FRAME_BYTES)
    throw new Fault(`A frame of ${bytes.length} bytes is not allowed.`);
  // Columns need an aligned start, which a slice of a socket's buffer does not promise.
  // (Not `bytes.slice()`: a Buffer's slice shares its memory.)
  const frame = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const length = view.getUint32(4, true);
  if (view.getUint32(0, true) !== MAGIC || 8 + length > frame.length)
    throw new Fault('The frame does not begin as one of ours.');
  const start = align8(8 + length);
  const text = new TextDecoder('utf-8', { fatal: true });
  try {
    return JSON.parse(text.decode(frame.subarray(8, 8 + length)), (_key, value: unknown) => {
      const spec = (value as { $column?: unknown } | null)?.$column;
      return spec === undefined ? value : columnAt(frame, start, spec);
    });
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault(`The frame's header cannot be read: ${(thrown as Error).message}`);
  }
}

function columnAt(frame: Uint8Array, start: number, spec: unknown): Column {
  const [type, at, length] = Array.isArray(spec) ? (spec as unknown[]) : [];
  const Type = typeof type === 'string' && Object.hasOwn(TYPES, type) ? TYPES[type as ColumnType] : undefined;
  const sound =
    Type &&
    Number.isSafeInteger(at) &&
    Number.isSafeInteger(length) &&
    (at as number) >= 0 &&
    (length as number) >= 0 &&
    (at as number) % 8 === 0;
  if (!sound || start + (at as number) + (length as number) * Type.BYTES_PER_ELEMENT > frame.length) {
    throw new Fault(`The frame names a column that it does not hold: ${JSON.stringify(spec)}.`);
  }
  return new Type(frame.buffer as ArrayBuffer, frame.byteOffset + start + (at as number), length as number);
}
