import type { GraphNode } from '../../../graph/graph.ts';

/** Down and across. */
export type Pair = [number, number];

/** A window that slides over a picture; what ONNX says for one dimension is laid across, with a height of 1. */
export interface Window {
  kernel: Pair;
  strides: Pair;
  dilations: Pair;
  /** Above, left, below, right. */
  pads: [number, number, number, number];
}

/** The window that a node's attributes say, over an input of these sides. */
export function windowOf(node: GraphNode, kernel: readonly number[], sides: readonly number[]): Window {
  const rank = kernel.length;
  const list = (name: string, length: number, otherwise: number): number[] =>
    node.ints(name) ?? new Array<number>(length).fill(otherwise);
  const strides = list('strides', rank, 1);
  const dilations = list('dilations', rank, 1);
  const auto = node.text('auto_pad', 'NOTSET');
  let pads = list('pads', 2 * rank, 0);
  if (auto === 'VALID') pads = pads.map(() => 0);
  else if (auto.startsWith('SAME')) {
    const totals = sides.map((side, i) =>
      Math.max(
        0,
        (Math.ceil(side / strides[i]) - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - side,
      ),
    );
    // UPPER puts what is odd at the end.
    const begin = totals.map((total) =>
      auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2),
    );
    pads = [...begin, ...totals.map((total, i) => total - begin[i])];
  }
  const across = (values: readonly number[], otherwise: number): Pair =>
    rank === 1 ? [otherwise, values[0]] : [values[0], values[1]];
  const [top, left] = across(pads, 0);
  const [bottom, right] = across(pads.slice(rank), 0);
  return {
    kernel: across(kernel, 1),
    strides: across(strides, 1),
    dilations: across(dilations, 1),
    pads: [top, left, bottom, right],
  };
}

/** Places at which the window stands along a side (0: down, 1: across), as ONNX counts them. */
export function placesOf(window: Window, axis: 0 | 1, side: number, ceil: boolean): number {
  const span = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
  const begin = window.pads[axis];
  const stride = window.strides[axis];
  const free = side + begin + window.pads[axis + 2] - span;
  if (!ceil) return Math.floor(free / stride) + 1;
  const places = Math.ceil(free / stride) + 1;
  // The last window may hang over the end, but must not start in the padding behind it.
  return (places - 1) * stride >= side + begin ? places - 1 : places;
}
