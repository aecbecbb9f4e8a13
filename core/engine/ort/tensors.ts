import type * as Ort from 'onnxruntime-node';
import { Fault } from '../../foundation/fault.ts';
import type { Tensor } from '../types.ts';
import { runtime } from './runtime.ts';

/**
 * Our tensors as ONNX Runtime's and back, without a copy where the types agree. Half-precision inputs and outputs are
 * carried as float32 on our side.
 */

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
} as const;

const isOurs = (type: string): type is Tensor['type'] => type in ARRAYS;

/** @param wanted the element type that the graph declares for this input */
export function toOrt(tensor: Tensor, wanted: string, name: string): Ort.Tensor {
  const size = tensor.dims.reduce((product, side) => product * side, 1);
  if (size !== tensor.data.length) {
    throw new Fault(
      `The input '${name}' has ${tensor.data.length} values, but its shape [${tensor.dims.join(', ')}] has room for ${size}.`,
    );
  }
  const { Tensor: OrtTensor } = runtime();
  if (wanted === 'float16' && tensor.type === 'float32') {
    const half = new Float16Array(tensor.data as Float32Array);
    const bits = new Uint16Array(half.buffer);
    return new OrtTensor('float16', bits as never, tensor.dims);
  }
  if (tensor.type !== wanted) {
    throw new Fault(`The input '${name}' is '${tensor.type}', but the network takes '${wanted}'.`);
  }
  return new OrtTensor(tensor.type, tensor.data as never, tensor.dims);
}

export function fromOrt(tensor: Ort.Tensor, name: string): Tensor {
  const { type, dims } = tensor;
  if (type === 'float16') {
    const raw = tensor.data as unknown as Uint16Array;
    const half = new Float16Array(raw.buffer, raw.byteOffset, raw.length);
    return { type: 'float32', dims, data: new Float32Array(half) };
  }
  if (!isOurs(type)) {
    throw new Fault(
      `The output '${name}' is '${type}'; allowed: float16, ${Object.keys(ARRAYS).join(', ')}.`,
    );
  }
  return { type, dims, data: tensor.data as unknown as Tensor['data'] };
}
