import type { Handle } from '../builder.ts';
import { product } from '../dimension.ts';
import { slidingWindow, type Window } from '../windows.ts';
import { spreadBack } from './convolution.ts';
import { type GradientRule, incoming, noGradient } from './rule.ts';

/** To the element that was the largest, by the indices that the operator gives as a second output. */
const maxPool: GradientRule = (context) => {
  const { a, b, node } = context;
  if (node.int('storage_order', 0) !== 0) noGradient(node, "its 'storage_order' is not 0");
  const x = context.input(0);
  const indices = node.outputs[1]
    ? context.output(1)
    : b.furtherOutput(node, 1, `${node.outputs[0]}.indices`);
  const flat = (value: Handle): Handle => b.op('Reshape', [value, b.ints([-1])]);
  const zeros = flat(a.zerosLike(x));
  const made = b.op('ScatterElements', [zeros, flat(indices), flat(incoming(context))], {
    axis: 0,
    reduction: 'add',
  });
  return [a.reshapeLike(made, x)];
};

/** How many elements each window averages over, along one dimension. */
function counts(window: Window, i: number, size: number, outputs: number, padding: boolean): number[] {
  const { kernel, strides, dilations, begins, ends } = window;
  const [low, high] = padding ? [-begins[i], size + ends[i]] : [0, size];
  return Array.from({ length: outputs }, (_, at) => {
    let count = 0;
    for (let tap = 0; tap < kernel[i]; tap++) {
      const place = at * strides[i] - begins[i] + tap * dilations[i];
      if (place >= low && place < high) count++;
    }
    return count;
  });
}

/** Equal parts to every element of the window: the counts are a product over the dimensions. */
const averagePool: GradientRule = (context) => {
  const { a, b, node } = context;
  const x = context.input(0);
  const sizes = a.sizes(x, 2);
  const d = incoming(context);
  const outputs = a.sizes(d, 2);
  const kernel = node.ints('kernel_shape') ?? noGradient(node, "it says no 'kernel_shape'");
  const window = slidingWindow(node, kernel, sizes);
  const padding = node.int('count_include_pad', 0) === 1;
  const along = sizes.map((size, i) => counts(window, i, size, outputs[i], padding));
  const shares = along.reduce<number[]>(
    (whole, part) => whole.flatMap((left) => part.map((right) => left / right)),
    [1],
  );
  const shared = a.mul(d, a.numbers(shares, outputs, d, 'shares'));
  // Channels go the way of the batch: one kernel of ones serves all.
  const planes = b.op('Reshape', [shared, b.ints([-1, 1, ...outputs])]);
  const ones = a.numbers(new Array(kernel.reduce((m, k) => m * k, 1)).fill(1), [1, 1, ...kernel], d, 'ones');
  return [a.reshapeLike(spreadBack(context, planes, ones, window, sizes, 1), x)];
};

const globalAveragePool: GradientRule = (context) => {
  const { a } = context;
  const x = context.input(0);
  const share = 1 / (product(a.sizes(x, 2)) as number);
  return [a.expandLike(a.times(incoming(context), share), x)];
};

/** In equal parts to the elements that are the largest. */
const globalMaxPool: GradientRule = (context) => {
  const { a, b } = context;
  const x = context.input(0);
  const taken = a.mask(b.op('Equal', [x, context.output()]), x);
  const axes = a.shape(x).flatMap((_, i) => (i < 2 ? [] : [i]));
  const count = a.reduce('ReduceSum', taken, axes, true);
  return [a.mul(taken, a.div(incoming(context), count))];
};

export const POOLING: Readonly<Record<string, GradientRule>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
};
