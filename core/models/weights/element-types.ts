/** How PyTorch keeps a tensor's elements. */
export const TORCH_TYPES = {
  float32: { bytes: 4, storage: 'FloatStorage' },
  float64: { bytes: 8, storage: 'DoubleStorage' },
  float16: { bytes: 2, storage: 'HalfStorage' },
  bfloat16: { bytes: 2, storage: 'BFloat16Storage' },
  int64: { bytes: 8, storage: 'LongStorage' },
  int32: { bytes: 4, storage: 'IntStorage' },
  int16: { bytes: 2, storage: 'ShortStorage' },
  int8: { bytes: 1, storage: 'CharStorage' },
  uint8: { bytes: 1, storage: 'ByteStorage' },
  bool: { bytes: 1, storage: 'BoolStorage' },
} as const;
export type TorchType = keyof typeof TORCH_TYPES;

/** What elements become: halves are widened to float32, which holds every one of them exactly; bool is 0 and 1. */
export type TorchElements =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

/** The value of a float16 given by its bits (IEEE 754 binary16). */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Every element of a storage, in this machine's order. `bytes` are not changed. */
export function elementsOf(type: TorchType, bytes: Uint8Array, bigEndian: boolean): TorchElements {
  const size = TORCH_TYPES[type].bytes;
  let source = bytes;
  if (bigEndian && size > 1) {
    const swapped = Buffer.from(bytes);
    if (size === 2) swapped.swap16();
    else if (size === 4) swapped.swap32();
    else swapped.swap64();
    source = swapped;
  }
  if (source.byteOffset % size !== 0) source = Uint8Array.from(source);
  const { buffer, byteOffset } = source as Uint8Array<ArrayBuffer>;
  const count = Math.floor(source.byteLength / size);
  switch (type) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count), halfToFloat);
    case 'bfloat16': {
      // The upper half of a float32.
      const words = Uint32Array.from(new Uint16Array(buffer, byteOffset, count), (bits) => bits << 16);
      return new Float32Array(words.buffer);
    }
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'int32':
      return new Int32Array(buffer, byteOffset, count);
    case 'int16':
      return new Int16Array(buffer, byteOffset, count);
    case 'int8':
      return new Int8Array(buffer, byteOffset, count);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer, byteOffset, count);
  }
}

/** Bytes of elements as a type keeps them, little-endian: the way back from `elementsOf`. */
export function bytesOf(elements: TorchElements, type: TorchType): Uint8Array {
  const { buffer, byteOffset, byteLength } = elements;
  if (type === 'float16') return new Uint8Array(Float16Array.from(elements as Float32Array).buffer);
  if (type === 'bfloat16') {
    const words = new Uint32Array(Float32Array.from(elements as Float32Array).buffer);
    return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer);
  }
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
