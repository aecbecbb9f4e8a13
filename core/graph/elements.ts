import { Fault } from '../foundation/fault.ts';

/** Element types of ONNX tensors by their number in TensorProto.DataType. */
const NAMES = [
  'undefined',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
  'float8e8m0',
  'uint2',
  'int2',
] as const;

export type ElementType = (typeof NAMES)[number];

/** Elements as JavaScript holds them; half precision and smaller floats stay as their bits. */
export type Elements =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

const ARRAYS = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bfloat16: Uint16Array,
  float8e4m3fn: Uint8Array,
  float8e4m3fnuz: Uint8Array,
  float8e5m2: Uint8Array,
  float8e5m2fnuz: Uint8Array,
  float8e8m0: Uint8Array,
} as const;

/** Name of a DataType number; numbers that this version does not know are 'undefined'. */
export const elementTypeOf = (code: number): ElementType => NAMES[code] ?? 'undefined';

export const elementCodeOf = (type: ElementType): number => NAMES.indexOf(type);

/** The array that holds elements of a type, or undefined where there is none (strings, complex and packed types). */
export function arrayTypeOf(type: ElementType): (typeof ARRAYS)[keyof typeof ARRAYS] | undefined {
  return (ARRAYS as Partial<Record<ElementType, (typeof ARRAYS)[keyof typeof ARRAYS]>>)[type];
}

/** Element type of an array that is to become a tensor; half precision must be said. */
export function elementTypeOfArray(data: Elements): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Uint16Array) return 'uint16';
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Uint32Array) return 'uint32';
  if (data instanceof BigUint64Array) return 'uint64';
  throw new Fault('A tensor needs a typed array.');
}
