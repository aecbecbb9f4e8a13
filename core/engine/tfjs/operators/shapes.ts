import { refuse } from '../../../graph/shapes/rule.ts';
import type { Operator, Result } from '../operator.ts';
import { type CarriedType, carried } from '../types.ts';

/** Whole numbers that are known without asking the device. */
const known = (numbers: number[], dims: readonly number[], type: CarriedType = 'int64'): Result => ({
  numbers,
  dims,
  type,
});

const shape: Operator = (call) => {
  const { node } = call;
  const { dims } = call.input(0);
  const part = dims.slice(
    node.int('start', 0),
    node.attributes.has('end') ? node.int('end', 0) : dims.length,
  );
  return known(part, [part.length]);
};

const size: Operator = (call) => known([call.input(0).size], []);

const constantOfShape: Operator = (call) => {
  const { tf, node } = call;
  const dims = [...call.input(0).numbers()];
  const value = node.tensor('value');
  const type = carried(node, value?.type ?? 'float32');
  const dtype = type === 'float32' || type === 'bool' ? type : 'int32';
  return call.result(tf.fill(dims, value?.numbers()[0] ?? 0, dtype), type);
};

const range: Operator = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((place) => call.input(place).numbers()[0]);
  if (delta === 0) refuse(call.node, 'counts in steps of 0');
  const length = Math.max(0, Math.ceil((limit - start) / delta));
  const numbers = Array.from({ length }, (_, i) => start + i * delta);
  return known(numbers, [length], call.input(0).type);
};

/** Operators that give shapes, or values of a shape that is only known when the graph runs. */
export const SHAPES: Readonly<Record<string, Operator>> = {
  Shape: shape,
  Size: size,
  ConstantOfShape: constantOfShape,
  Range: range,
};
