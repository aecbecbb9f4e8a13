import type { Handle } from '../builder.ts';
import type { GraphNode } from '../graph.ts';
import { type GradientContext, type GradientRule, incoming, noGradient, numbersOf } from './rule.ts';

/** Where an output place lies in the input, by the node's 'coordinate_transformation_mode'. */
function placeIn(node: GraphNode, at: number, scale: number, size: number, outputs: number): number {
  const mode = node.text('coordinate_transformation_mode', 'half_pixel');
  switch (mode) {
    case 'asymmetric':
      return at / scale;
    case 'half_pixel':
      return (at + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return outputs > 1 ? (at + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return outputs === 1 ? 0 : (at * (size - 1)) / (outputs - 1);
    default:
      return noGradient(node, `its coordinates are '${mode}'`);
  }
}

function nearest(node: GraphNode, place: number): number {
  const mode = node.text('nearest_mode', 'round_prefer_floor');
  if (mode === 'floor') return Math.floor(place);
  if (mode === 'ceil') return Math.ceil(place);
  if (mode === 'round_prefer_ceil') return Math.floor(place + 0.5);
  return Math.ceil(place - 0.5);
}

/** The input elements that an output place mixes, and their shares. */
function shares(node: GraphNode, place: number, size: number): [number, number][] {
  const inside = (at: number): number => Math.min(Math.max(at, 0), size - 1);
  const mode = node.text('mode', 'nearest');
  if (mode === 'nearest') return [[inside(nearest(node, place)), 1]];
  if (mode !== 'linear') noGradient(node, `its mode is '${mode}'; allowed: nearest, linear`);
  const held = inside(place);
  const low = Math.floor(held);
  return [
    [low, 1 - (held - low)],
    [inside(low + 1), held - low],
  ];
}

/** Resizing is linear, dimension by dimension: the adjoint multiplies by each dimension's matrix, outputs × inputs. */
const resize: GradientRule = (context) => {
  const { a, node } = context;
  if (node.int('antialias', 0) === 1) noGradient(node, "it has 'antialias'");
  const x = context.input(0);
  let d = incoming(context);
  const rank = a.rank(x);
  const axes = (node.ints('axes') ?? Array.from({ length: rank }, (_, i) => i)).map((axis) =>
    axis < 0 ? axis + rank : axis,
  );
  const given = context.has(2) ? numbersOf(context, 2, 'scales') : [];
  for (const [i, axis] of axes.entries()) {
    if (a.shape(x)[axis] === a.shape(d)[axis] && (given[i] ?? 1) === 1) continue;
    const [size, outputs] = [a.size(x, axis), a.size(d, axis)];
    const scale = given[i] ?? outputs / size;
    d = narrowed(context, d, axis, scale, size, outputs);
  }
  return [d];
};

function narrowed(
  { a, b, node }: GradientContext,
  d: Handle,
  axis: number,
  scale: number,
  size: number,
  outputs: number,
): Handle {
  const matrix = new Array<number>(outputs * size).fill(0);
  for (let at = 0; at < outputs; at++) {
    for (const [from, share] of shares(node, placeIn(node, at, scale, size, outputs), size)) {
      matrix[at * size + from] += share;
    }
  }
  const rank = a.rank(d);
  const weights = a.numbers(matrix, [outputs, size], d, 'interpolation');
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[axis], perm[rank - 1]] = [rank - 1, axis];
  if (axis === rank - 2) return b.op('MatMul', [a.transpose(weights, [1, 0]), d]);
  return a.transpose(b.op('MatMul', [a.transpose(d, perm), weights]), perm);
}

export const RESIZE: Readonly<Record<string, GradientRule>> = { Resize: resize };
