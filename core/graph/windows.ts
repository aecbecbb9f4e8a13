import type { GraphNode } from './graph.ts';

/** A window that slides over the spatial dimensions of an input of known size, with its padding spelt out. */
export interface Window {
  kernel: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
  /** Zeros before and behind each dimension. */
  begins: readonly number[];
  ends: readonly number[];
}

const filled = (node: GraphNode, name: string, rank: number, value: number): readonly number[] =>
  node.ints(name) ?? new Array<number>(rank).fill(value);

/** Input elements that a window reaches over along dimension `i`. */
export const span = ({ kernel, dilations }: Window, i: number): number => (kernel[i] - 1) * dilations[i] + 1;

function halves(totals: readonly number[], lower: boolean): { begins: number[]; ends: number[] } {
  const first = totals.map((total) => (lower ? Math.ceil(total / 2) : Math.floor(total / 2)));
  return { begins: first, ends: totals.map((total, i) => total - first[i]) };
}

/** The window of a convolution or pooling over an input of `spatial` size, `auto_pad` resolved. */
export function slidingWindow(
  node: GraphNode,
  kernel: readonly number[],
  spatial: readonly number[],
): Window {
  const rank = kernel.length;
  const strides = filled(node, 'strides', rank, 1);
  const dilations = filled(node, 'dilations', rank, 1);
  const auto = node.text('auto_pad', 'NOTSET');
  const pads =
    auto === 'NOTSET' || auto === '' ? filled(node, 'pads', 2 * rank, 0) : new Array(2 * rank).fill(0);
  const window: Window = {
    ...{ kernel, strides, dilations },
    ...{ begins: pads.slice(0, rank), ends: pads.slice(rank) },
  };
  if (!auto.startsWith('SAME')) return window;
  const totals = spatial.map((size, i) =>
    Math.max(0, (Math.ceil(size / strides[i]) - 1) * strides[i] + span(window, i) - size),
  );
  return { ...window, ...halves(totals, auto === 'SAME_LOWER') };
}

/**
 * The window of a transposed convolution: that of the convolution which leads from its output (`outputs` in size) back
 * to its input (`inputs`). Ends can be negative where the output was made larger (output_padding).
 */
export function transposedWindow(
  node: GraphNode,
  kernel: readonly number[],
  inputs: readonly number[],
  outputs: readonly number[],
): Window {
  const rank = kernel.length;
  const strides = filled(node, 'strides', rank, 1);
  const dilations = filled(node, 'dilations', rank, 1);
  const auto = node.text('auto_pad', 'NOTSET');
  const extra = filled(node, 'output_padding', rank, 0);
  const free: Window = { kernel, strides, dilations, begins: [], ends: [] };
  const full = inputs.map((size, i) => (size - 1) * strides[i] + span(free, i));
  const totals = full.map((size, i) => size + extra[i] - outputs[i]);
  let begins: readonly number[];
  if (auto.startsWith('SAME') || node.ints('output_shape') !== undefined) {
    begins = halves(totals, auto !== 'SAME_UPPER').begins;
  } else {
    begins = auto === 'VALID' ? new Array(rank).fill(0) : filled(node, 'pads', 2 * rank, 0).slice(0, rank);
  }
  return { ...free, begins, ends: full.map((size, i) => size - outputs[i] - begins[i]) };
}
