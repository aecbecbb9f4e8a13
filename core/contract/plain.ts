import { MAX_FRAME_BYTES } from './frames.ts';

/** Messages of ours are a few levels deep; what is deeper holds itself or was made to exhaust the stack. */
const MAX_DEPTH = 64;

const COLUMNS = new Set<unknown>([
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
]);

/**
 * A message as a port that clones (Electron's MessagePort) may carry it: plain objects, arrays and columns, the same
 * that frames can carry. Both ends use it: the sender, because a reactive object of the window cannot be cloned and a
 * clone of a column takes its whole buffer along (with whatever else lies there); the host, because a clone may also
 * be a Map, an Error, or an object that holds itself.
 * @throws TypeError for anything else, and above `maxBytes` (columns by their bytes, text by two bytes a sign)
 */
export function plainMessage(message: unknown, maxBytes: number = MAX_FRAME_BYTES): unknown {
  let bytes = 0;
  const count = (more: number): void => {
    bytes += more;
    if (bytes > maxBytes) throw new TypeError(`A message of more than ${maxBytes} bytes cannot be sent.`);
  };

  const plain = (value: unknown, depth: number): unknown => {
    if (depth > MAX_DEPTH)
      throw new TypeError(`A message that is nested more than ${MAX_DEPTH} deep cannot be sent.`);
    count(8);
    switch (typeof value) {
      case 'string':
        count(2 * value.length);
        return value;
      case 'number':
      case 'boolean':
      case 'undefined':
        return value;
      case 'object':
        break;
      default:
        throw new TypeError(`A ${typeof value} cannot be sent.`);
    }
    if (value === null) return null;
    if (ArrayBuffer.isView(value)) return ownColumn(value, count);
    if (Array.isArray(value)) return Array.from(value, (item) => plain(item, depth + 1) ?? null);
    if (Object.prototype.toString.call(value) !== '[object Object]')
      throw new TypeError(`A ${value.constructor?.name ?? 'value of this kind'} cannot be sent.`);
    const copy: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(value)) {
      if (key === '__proto__') throw new TypeError("A field named '__proto__' cannot be sent.");
      count(2 * key.length);
      if (field !== undefined) copy[key] = plain(field, depth + 1);
    }
    return copy;
  };
  return plain(message, 0);
}

/** The column itself when its memory is its own, else a copy. */
function ownColumn(view: ArrayBufferView, count: (bytes: number) => void): ArrayBufferView {
  count(view.byteLength);
  if (COLUMNS.has(view.constructor)) {
    const whole = view.byteLength === view.buffer.byteLength && view.buffer instanceof ArrayBuffer;
    if (whole) return view;
    const Type = view.constructor as new (from: ArrayBufferView) => ArrayBufferView;
    return new Type(view);
  }
  // A Buffer is one by name only.
  if (view instanceof Uint8Array) return new Uint8Array(view);
  throw new TypeError(`A ${view.constructor.name} cannot be sent.`);
}
