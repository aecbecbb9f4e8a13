import { GraphBuilder, type Handle } from './builder.ts';
import { product } from './dimension.ts';
import type { PartGradient } from './gradient/rule.ts';
import { sampleKernels } from './gradient/sample-kernels.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { Model } from './model.ts';
import { prune, topologicalOrder } from './order.ts';
import { slidingWindow } from './windows.ts';

/** A convolution whose kernels differ from sample to sample, as its unfolded form says it. */
interface Unfolded {
  /** N×(m·C)×… */
  x: Handle;
  /** Shares of the experts, N×m×1×n. */
  shares: Handle;
  /** The experts' kernels, m×n×(K·C·taps). */
  pool: Handle;
  /** Outputs of a group, K. */
  outputs: number;
  /** Sides of a kernel. */
  taps: readonly number[];
  /** The Conv that unfolds x by one-hot kernels. */
  conv: GraphNode;
}

/**
 * Up to so many places of an output, all experts' convolutions cost less than a kernel for every sample: mixing takes as long
 * for few places as for many. (AS4 at 48 pixels and DC at 32, a quarter of the thesis's width: 16 wins over 4, 36 and none.)
 */
const FEW_PLACES = 16;
/** The same where no gradient is wanted: kernels are mixed once and not on the way back. */
const FEW_FORWARD = 4;

/**
 * Convolutions with kernels of their own for every sample are written as products of the kernels with the unfolded input
 * while the batch is free, because the groups of a Conv are a fixed number. Where the batch is known, the samples are
 * groups of one convolution instead: no copy of the input as many times as the kernel has taps, neither forward nor on the
 * way back. In one thread of ONNX Runtime (batch 32, 4 groups, 16 to 128 channels) that takes half the time forward. Where a
 * convolution gives few places, the experts' outputs are mixed instead of their kernels.
 * @param few up to so many places
 * @returns gradients, for `differentiate`, of those that nodes' own rules do not serve best
 */
export function groupSamples(b: GraphBuilder, few = FEW_PLACES): PartGradient[] {
  return rewritten(b, few).filter((part) => part !== undefined);
}

/** One entry per convolution: its gradient, undefined where the rules of the nodes that it became serve. */
function rewritten(b: GraphBuilder, few: number): (PartGradient | undefined)[] {
  const producers = b.graph.producers();
  const uses = countUses(b.graph);
  const found: (PartGradient | undefined)[] = [];
  for (const node of [...b.graph.nodes]) {
    const unfolded = unfoldedOf(node, b, producers, uses);
    if (unfolded === undefined) continue;
    const places = (b.value(node.outputs[0]).shape as readonly number[])[3];
    const write = places <= few ? mixedOutputs : grouped;
    found.push(b.scope(node.outputs[0], () => write(b, node, unfolded)));
  }
  if (found.length > 0) {
    b.graph.nodes = topologicalOrder(b.graph);
    prune(b.graph);
  }
  return found;
}

/**
 * The model for runs of so many samples each, where that lets samples be groups; undefined where nothing in it gains by it.
 * The model itself is not changed.
 */
export function withSampleGroups(model: Model, batch: number): Model | undefined {
  if (!mayHaveSampleKernels(model.graph)) return undefined;
  const made = model.copy();
  const { graph } = made;
  const fed = new Set(graph.fedInputs());
  graph.inputs = graph.inputs.map((input) => {
    const [first, ...rest] = input.shape ?? [];
    return fed.has(input) && typeof first !== 'number' ? input.withShape([batch, ...rest]) : input;
  });
  // Declared shapes speak of a free batch.
  graph.values.clear();
  const b = GraphBuilder.onto(made);
  if (rewritten(b, FEW_FORWARD).length === 0) return undefined;
  graph.outputs = graph.outputs.map((output) => output.withShape(b.value(output.name).shape));
  return made;
}

/** Whether some product takes an unfolded input: told without shapes, which most files need not be asked for. */
function mayHaveSampleKernels(graph: Graph): boolean {
  const producers = graph.producers();
  return graph.nodes.some((node) => {
    if (node.opType !== 'MatMul') return false;
    const reshape = producers.get(node.inputs[1]);
    const conv = reshape?.opType === 'Reshape' ? producers.get(reshape.inputs[0]) : undefined;
    return conv?.opType === 'Conv' && tapsOf(graph, conv, conv.int('group', 1)) !== undefined;
  });
}

/** Writes the grouped convolution; the product becomes a reshape of what it gives. */
function grouped(b: GraphBuilder, node: GraphNode, found: Unfolded): PartGradient {
  const { x, shares, pool, outputs, taps, conv } = found;
  const [samples, wide, ...sides] = x.shape as readonly number[];
  const [, groups] = shares.shape as readonly number[];
  const flat = b.op('Reshape', [x, b.ints([1, samples * wide, ...sides])]);
  const mixed = b.op('MatMul', [shares, pool]);
  const dims = [samples * groups * outputs, wide / groups, ...taps];
  const kernels = b.op('Reshape', [mixed, b.ints(dims)]);
  const window = slidingWindow(conv, taps, sides);
  const output = b.op('Conv', [flat, kernels], {
    ...{ strides: [...window.strides], dilations: [...window.dilations] },
    ...{ pads: [...window.begins, ...window.ends], group: samples * groups },
  });
  const shape = b.ints(b.value(node.outputs[0]).shape as readonly number[]);
  node.opType = 'Reshape';
  node.inputs = [output.name, shape.name];
  node.attributes.clear();
  return sampleKernels({ x, shares, pool, kernels, output, window });
}

/**
 * Writes one convolution with all experts' kernels and mixes what they give: n times the arithmetic, but with kernels that
 * the whole batch shares, so that none is mixed, written and read again for a few places only; neither is their gradient.
 */
function mixedOutputs(
  b: GraphBuilder,
  node: GraphNode,
  { x, shares, pool, outputs, taps, conv }: Unfolded,
): undefined {
  const [samples, wide, ...sides] = x.shape as readonly number[];
  const [, groups, , experts] = shares.shape as readonly number[];
  const kernels = b.op('Reshape', [pool, b.ints([groups * experts * outputs, wide / groups, ...taps])]);
  const window = slidingWindow(conv, taps, sides);
  const all = b.op('Conv', [x, kernels], {
    ...{ strides: [...window.strides], dilations: [...window.dilations] },
    ...{ pads: [...window.begins, ...window.ends], ...(groups === 1 ? {} : { group: groups }) },
  });
  const shape = b.value(node.outputs[0]).shape as readonly number[];
  const apart = b.op('Reshape', [all, b.ints([samples, groups, experts, outputs * shape[3]])]);
  const mixed = b.op('MatMul', [shares, apart]);
  node.opType = 'Reshape';
  node.inputs = [mixed.name, b.ints(shape).name];
  node.attributes.clear();
}

/** What a MatMul computes, if it is such a convolution under a known batch. */
function unfoldedOf(
  node: GraphNode,
  b: GraphBuilder,
  producers: ReadonlyMap<string, GraphNode>,
  uses: ReadonlyMap<string, number>,
): Unfolded | undefined {
  const is = (one: GraphNode | undefined, opType: string): one is GraphNode =>
    one?.opType === opType && one.domain === '';
  if (!is(node, 'MatMul')) return undefined;
  const [given, patched] = node.inputs.map((name) => producers.get(name));
  if (!is(given, 'Reshape') || !is(patched, 'Reshape')) return undefined;
  const [mix, conv] = [given, patched].map(({ inputs }) => producers.get(inputs[0]));
  if (!is(mix, 'MatMul') || !is(conv, 'Conv') || conv.inputs.length !== 2) return undefined;
  // Kernels that something else takes as well have to be there as they are.
  if ([given, mix].some(({ outputs }) => uses.get(outputs[0]) !== 1)) return undefined;
  const values = [conv.inputs[0], ...mix.inputs, ...node.inputs].map((name) => b.value(name));
  if (!values.every(({ shape }) => shape?.every((dim) => typeof dim === 'number'))) return undefined;
  const [x, shares, pool, kernels, patches] = values;
  const [samples, wide] = x.shape as readonly number[];
  const taps = tapsOf(b.graph, conv, wide);
  if (taps === undefined || conv.ints('dilations')?.some((each) => each !== 1)) return undefined;
  const [, groups, , experts] = shares.shape as readonly number[];
  const [, , outputs] = kernels.shape as readonly number[];
  // Every group of channels, whole and in order, beside its own kernels, sample by sample.
  const entries = (wide / groups) * (product(taps) as number);
  const fits =
    hasShape(shares, [samples, groups, 1, experts]) &&
    hasShape(pool, [groups, experts, outputs * entries]) &&
    hasShape(kernels, [samples, groups, outputs, entries]) &&
    hasShape(patches, [samples, groups, entries, patches.shape?.[3] as number]);
  return fits ? { x, shares, pool, outputs, taps, conv } : undefined;
}

const hasShape = ({ shape }: Handle, dims: readonly number[]): boolean =>
  shape?.length === dims.length && dims.every((dim, i) => dim === shape[i]);

/** How often each value is taken, by nodes or as an output. */
function countUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  const taken = [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)];
  for (const name of taken) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}

/** The kernel's sides where a Conv of so many channels gives each of them once per tap, moved by that tap, and nothing else. */
function tapsOf(graph: Graph, conv: GraphNode, channels: number): readonly number[] | undefined {
  const kernel = graph.initialisers.get(conv.inputs[1]);
  if (kernel === undefined || conv.int('group', 1) !== channels) return undefined;
  const [copies, one, ...taps] = kernel.dims;
  const count = product(taps) as number;
  if (one !== 1 || copies !== channels * count) return undefined;
  const oneHot = kernel.numbers().every((value, at) => {
    const [copy, tap] = [Math.floor(at / count), at % count];
    return value === (copy % count === tap ? 1 : 0);
  });
  return oneHot ? taps : undefined;
}
