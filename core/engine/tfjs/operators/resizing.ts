import type { GraphNode } from '../../../graph/graph.ts';
import { refuse } from '../../../graph/shapes/rule.ts';
import type { TfTensor } from '../api.ts';
import { type Call, type Operator, taken } from '../operator.ts';
import { axisIn } from '../value.ts';

/** Places of the input and their weights: one list per tap, each as long as the output. */
type Taps = { places: number[]; weights: number[] }[];

/** Everything that says how one axis is resized. Coordinates are float32, as ONNX Runtime computes them. */
interface Resizing {
  coordinates: string;
  mode: string;
  rounding: string;
  cubic: number;
  excludeOutside: boolean;
}

const f = Math.fround;

/** Where the middle of an output's pixel lies in the input (ONNX, Resize: coordinate_transformation_mode). */
function coordinate(
  node: GraphNode,
  mode: string,
  x: number,
  from: number,
  to: number,
  scale: number,
): number {
  const half = (): number => f(f(f(x + 0.5) / f(scale)) - 0.5);
  switch (mode) {
    case 'half_pixel':
      return half();
    case 'pytorch_half_pixel':
      return to > 1 ? half() : 0;
    case 'half_pixel_symmetric': {
      const adjustment = f(to / f(f(scale) * from));
      const offset = f(f(from / 2) * f(1 - adjustment));
      return f(offset + half());
    }
    case 'align_corners':
      return to === 1 ? 0 : f(f(x * (from - 1)) / (to - 1));
    case 'asymmetric':
      return f(x / f(scale));
    default:
      return refuse(node, `places its pixels by '${mode}', which is not supported here`);
  }
}

function rounded(node: GraphNode, mode: string, x: number, shrinks: boolean): number {
  switch (mode) {
    case 'round_prefer_floor':
      return x === Math.floor(x) + 0.5 ? Math.floor(x) : Math.round(x);
    case 'round_prefer_ceil':
      return Math.round(x);
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    // Before opset 11 there was no choice: down when it grows, up when it shrinks.
    case 'simple':
      return shrinks ? Math.ceil(x) : Math.trunc(x);
    default:
      return refuse(node, `rounds by '${mode}', which is not supported here`);
  }
}

/** Weights of the four pixels around a place, by cubic convolution (Keys 1981) with the coefficient a. */
function cubicWeights(a: number, share: number): number[] {
  const outer = (t: number): number => ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  const inner = (t: number): number => ((a + 2) * t - (a + 3)) * t * t + 1;
  return [outer(share + 1), inner(share), inner(1 - share), outer(2 - share)];
}

function tapsOf(node: GraphNode, how: Resizing, from: number, to: number, scale: number): Taps {
  const at = Array.from({ length: to }, (_, x) => coordinate(node, how.coordinates, x, from, to, scale));
  const clamp = (place: number): number => Math.min(from - 1, Math.max(0, place));
  if (how.mode === 'nearest') {
    const places = at.map((x) => clamp(rounded(node, how.rounding, x, scale < 1)));
    return [{ places, weights: places.map(() => 1) }];
  }
  if (how.mode === 'linear' || how.mode === 'bilinear') {
    const inside = at.map(clamp);
    const low = inside.map(Math.floor);
    const share = inside.map((x, i) => x - low[i]);
    return [
      { places: low, weights: share.map((one) => 1 - one) },
      { places: low.map((one) => clamp(one + 1)), weights: share },
    ];
  }
  if (how.mode !== 'cubic') refuse(node, `resizes by '${how.mode}', which is not supported here`);
  const weights = at.map((x) => {
    const four = cubicWeights(how.cubic, x - Math.floor(x));
    if (!how.excludeOutside) return four;
    const kept = four.map((weight, i) => {
      const place = Math.floor(x) + i - 1;
      return place < 0 || place >= from ? 0 : weight;
    });
    const sum = kept.reduce((total, weight) => total + weight, 0);
    return kept.map((weight) => weight / sum);
  });
  return [0, 1, 2, 3].map((i) => ({
    places: at.map((x) => clamp(Math.floor(x) + i - 1)),
    weights: weights.map((four) => four[i]),
  }));
}

/** Resizes one axis: Σ over taps of the input's entries at their places, times their weights. */
function resized({ tf }: Call, x: TfTensor, taps: Taps, axis: number): TfTensor {
  if (taps.length === 1) return taken(tf, x, taps[0].places, axis);
  const shape = x.shape.map((_, i) => (i === axis ? -1 : 1));
  const parts = taps.map(({ places, weights }) =>
    tf.mul(taken(tf, x, places, axis), tf.reshape(tf.tensor1d(weights), shape)),
  );
  return parts.reduce((sum, part) => tf.add(sum, part));
}

/** Resize, and Upsample, its elder. Separable: one axis after the other. */
const resize: Operator = (call) => {
  const { node, opset } = call;
  const x = call.input(0);
  const old = opset < 11;
  const axes = (node.ints('axes') ?? x.dims.map((_, i) => i)).map((axis) => call.axis(axis, x.rank));
  const mode = node.text('mode', 'nearest');
  const how: Resizing = {
    mode,
    coordinates: old ? 'asymmetric' : node.text('coordinate_transformation_mode', 'half_pixel'),
    rounding: old ? 'simple' : node.text('nearest_mode', 'round_prefer_floor'),
    cubic: node.float('cubic_coeff_a', -0.75),
    excludeOutside: node.int('exclude_outside', 0) === 1,
  };
  if (node.int('antialias', 0) === 1)
    refuse(node, 'smooths while it shrinks (antialias), which is not supported here');
  const policy = node.text('keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') refuse(node, `keeps the aspect ratio ('${policy}'), which is not supported here`);

  const attribute = node.attributes.get('scales');
  const scales =
    (attribute?.kind === 'floats' ? attribute.value : undefined) ?? call.given(old ? 1 : 2)?.numbers();
  const sizes = old ? undefined : call.given(3)?.numbers();
  const wanted = sizes?.length ? sizes : undefined;
  const by = scales?.length ? scales : undefined;
  if (wanted === undefined && by === undefined) refuse(node, 'says neither scales nor sizes');
  let y = x.in(x.layout);
  for (const [i, axis] of axes.entries()) {
    const from = x.dims[axis];
    const to = wanted?.[i] ?? Math.floor(f(from * f(by?.[i] ?? 1)));
    const scale = by?.[i] ?? to / from;
    if (to === from && scale === 1) continue;
    y = resized(call, y, tapsOf(node, how, from, to, scale), axisIn(x.layout, axis, x.rank));
  }
  return call.result(y, x.type, x.layout);
};

export const RESIZING: Readonly<Record<string, Operator>> = { Resize: resize, Upsample: resize };
