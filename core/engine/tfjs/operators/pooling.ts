import { refuse } from '../../../graph/shapes/rule.ts';
import type { Api, TfTensor } from '../api.ts';
import type { Call, Operator, Result } from '../operator.ts';
import { axisIn } from '../value.ts';
import { flattened } from './convolution.ts';
import { placesOf, type Window, windowOf } from './window.ts';

type Tensor4 = ReturnType<Api['tensor4d']>;

/** Below every number that an activation takes, and finite, so that no kernel makes NaN of it. */
const LOWEST = -3.4028234663852886e38;

/** A picture with the border that its windows need, and how many windows there are. */
interface Bordered {
  /** Puts a border of `value` around N×H×W×C, as far as windows reach. */
  border(x: TfTensor, value: number): TfTensor;
  places: [number, number];
  /** Whether there is a border at all. */
  padded: boolean;
}

function bordered(tf: Api, window: Window, sides: readonly number[], ceil: boolean): Bordered {
  const places = ([0, 1] as const).map((i) => placesOf(window, i, sides[i], ceil)) as [number, number];
  const behind = [0, 1].map((i) => {
    const span = (window.kernel[i] - 1) * window.dilations[i] + 1;
    return Math.max(0, (places[i] - 1) * window.strides[i] + span - sides[i] - window.pads[i]);
  });
  const [top, left] = window.pads;
  return {
    border: (x, value) =>
      [top, left, ...behind].every((one) => one === 0)
        ? x
        : tf.pad(
            x,
            [
              [0, 0],
              [top, behind[0]],
              [left, behind[1]],
              [0, 0],
            ],
            value,
          ),
    places,
    padded: [top, left, ...behind].some((one) => one > 0),
  };
}

/** What each entry of the window sees, entry by entry: pictures of the output's size. */
function* entries(tf: Api, x: TfTensor, window: Window, places: readonly [number, number]) {
  const { kernel, strides, dilations } = window;
  for (let row = 0; row < kernel[0]; row++) {
    for (let column = 0; column < kernel[1]; column++) {
      const begin = [row * dilations[0], column * dilations[1]];
      const end = begin.map((from, i) => from + (places[i] - 1) * strides[i] + 1);
      yield tf.stridedSlice(
        x,
        [0, begin[0], begin[1], 0],
        [x.shape[0], end[0], end[1], x.shape[3] as number],
        [1, strides[0], strides[1], 1],
      );
    }
  }
}

function setting(call: Call) {
  const { tf, node } = call;
  const x = call.input(0);
  const kernel = node.ints('kernel_shape') ?? refuse(node, 'says no kernel_shape');
  if (x.rank !== kernel.length + 2 || (x.rank !== 3 && x.rank !== 4)) {
    refuse(
      node,
      `pools ${kernel.length} dimensions of ${x.rank}; allowed here: 1 or 2, behind items and channels`,
    );
  }
  const sides = x.rank === 3 ? [1, x.dims[2]] : x.dims.slice(2);
  const window = windowOf(node, kernel, x.dims.slice(2));
  const picture = tf.reshape(x.last(), [x.dims[0], ...sides, x.dims[1]]);
  const result = (y: TfTensor, type = x.type): Result => call.result(flattened(tf, y, x.rank), type, 'last');
  const ceil = node.int('ceil_mode', 0) === 1;
  return { x, sides, window, picture, result, ceil, ...bordered(tf, window, sides, ceil) };
}

const plain = (window: Window): boolean => window.dilations.every((one) => one === 1);

const maxPool: Operator = (call) => {
  const { tf, node } = call;
  const { x, sides, window, picture, result, border, places } = setting(call);
  const indices = node.outputs.length > 1 && node.outputs[1] !== '';
  const padded = border(picture, LOWEST);
  if (plain(window) && !indices) {
    return result(tf.maxPool(padded as Tensor4, window.kernel, window.strides, 'valid'));
  }
  if (!indices) {
    return result([...entries(tf, padded, window, places)].reduce((most, one) => tf.maximum(most, one)));
  }
  if (node.int('storage_order', 0) !== 0)
    refuse(node, 'counts its indices by columns, which is not supported here');
  // Beside every entry goes its place in the picture; the first of equal ones stays.
  const [height, width] = sides;
  const numbers = tf.reshape(tf.range(0, height * width, 1, 'int32'), [1, height, width, 1]);
  const where = entries(tf, border(numbers, 0), window, places);
  let best: TfTensor | undefined;
  let at: TfTensor | undefined;
  for (const one of entries(tf, padded, window, places)) {
    const place = where.next().value as TfTensor;
    if (best === undefined || at === undefined) {
      best = one;
      at = tf.add(place, tf.zerosLike(tf.cast(one, 'int32')));
      continue;
    }
    const better = tf.greater(one, best);
    at = tf.where(better, tf.add(place, tf.zerosLike(at)), at);
    best = tf.maximum(best, one);
  }
  const [items, channels] = x.dims;
  const offsets = tf.mul(
    tf.reshape(tf.range(0, items * channels, 1, 'int32'), [items, 1, 1, channels]),
    tf.scalar(height * width, 'int32'),
  );
  return [result(best as TfTensor), result(tf.add(at as TfTensor, offsets), 'int64')];
};

/** Mean over each window of a picture that has its border already. */
function average(tf: Api, x: TfTensor, window: Window, places: readonly [number, number]): TfTensor {
  if (plain(window)) return tf.avgPool(x as Tensor4, window.kernel, window.strides, 'valid');
  const sum = [...entries(tf, x, window, places)].reduce((total, one) => tf.add(total, one));
  return tf.div(sum, window.kernel[0] * window.kernel[1]);
}

const averagePool: Operator = (call) => {
  const { tf, node } = call;
  const { sides, window, picture, result, border, places, padded } = setting(call);
  const mean = average(tf, border(picture, 0), window, places);
  if (!padded) return result(mean);
  // The share of each window that counts: the picture alone, or with its declared padding, never what hangs over it.
  const [, height, width] = border(tf.ones([1, ...sides, 1]), 0).shape;
  const shares =
    node.int('count_include_pad', 0) === 1
      ? declared(tf, sides, window.pads, [height as number, width as number])
      : border(tf.ones([1, ...sides, 1]), 0);
  return result(tf.div(mean, average(tf, shares, window, places)));
};

/** Ones over the picture and its declared padding, in a mask of a size. */
function declared(
  tf: Api,
  sides: readonly number[],
  [top, left, bottom, right]: Window['pads'],
  [height, width]: readonly [number, number],
): TfTensor {
  const rows = Math.min(height, sides[0] + top + bottom);
  const columns = Math.min(width, sides[1] + left + right);
  return tf.pad(tf.ones([1, rows, columns, 1]), [
    [0, 0],
    [0, height - rows],
    [0, width - columns],
    [0, 0],
  ]);
}

/** (Σ|x|ᵖ)^(1/p) over each window. */
const lpPool: Operator = (call) => {
  const { tf, node } = call;
  const { window, picture, result, border, places } = setting(call);
  const p = node.int('p', 2);
  const powers = tf.pow(tf.abs(border(picture, 0)), p);
  const sum = tf.mul(average(tf, powers, window, places), window.kernel[0] * window.kernel[1]);
  return result(tf.pow(sum, 1 / p));
};

const overSpace =
  (reduced: (call: Call, x: TfTensor, axes: number[]) => TfTensor): Operator =>
  (call) => {
    const x = call.input(0);
    const axes = x.dims.slice(2).map((_, i) => axisIn(x.layout, i + 2, x.rank));
    return call.result(reduced(call, x.in(x.layout), axes), x.type, x.layout);
  };

export const POOLING: Readonly<Record<string, Operator>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: lpPool,
  GlobalAveragePool: overSpace(({ tf }, x, axes) => tf.mean(x, axes, true)),
  GlobalMaxPool: overSpace(({ tf }, x, axes) => tf.max(x, axes, true)),
  GlobalLpPool: overSpace(({ tf, node }, x, axes) => {
    const p = node.int('p', 2);
    return tf.pow(tf.sum(tf.pow(tf.abs(x), p), axes, true), 1 / p);
  }),
};
