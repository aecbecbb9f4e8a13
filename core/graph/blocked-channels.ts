import { product, type Shape } from './dimension.ts';
import { GraphNode } from './graph.ts';
import { inferShapes, type Known } from './infer.ts';
import type { Model } from './model.ts';
import { prune, takenBy, topologicalOrder } from './order.ts';
import { GraphTensor, integers } from './tensor.ts';

/** ONNX Runtime's operators on channels in blocks: x as N × C/B × H × W × B, kernels as K/B × C/B × taps × B × B. */
export const BLOCKED_DOMAIN = 'com.microsoft.nchwc';

/** A kernel's number that is used less often than this takes longer to put into its block than is won. */
const LEAST_USES = 200;

/**
 * Lets convolutions whose kernels are computed (in training, in dynamic convolution) run in the layout of channels in blocks
 * of `block`, in which ONNX Runtime's processor kernels need no unfolded copy of the input: twice as fast, and seven times
 * on small pictures. It takes that layout by itself for kernels that are constants, and for no others. Sums are formed in
 * another order, so that results differ in rounding.
 *
 * The operators are ONNX Runtime's own and the block is the processor's: the model is for this process alone.
 * @param options.always also where it is not worth the time
 * @returns how many convolutions changed
 */
export function blockChannels(model: Model, block: number, { always = false } = {}): number {
  const { graph } = model;
  const known = inferShapes(model);
  const writer = new Writer(model, known);
  const computed = dependingOnInputs(model);
  const producers = graph.producers();
  let count = 0;
  graph.nodes = topologicalOrder(graph).flatMap((node) => {
    const pool = poolOf(node, producers, known);
    const plan = computed.has(node.inputs[1]) ? planOf(node, known, block, pool, always) : undefined;
    if (plan === undefined) return [node];
    count++;
    return writer.blocked(node, plan, block);
  });
  if (count > 0) {
    model.opsets.set(BLOCKED_DOMAIN, 1);
    // What kernels were mixed by, where nothing else takes them as they were.
    prune(graph);
  }
  return count;
}

/** Values that what is fed has a part in: a runtime cannot compute them beforehand. */
function dependingOnInputs({ graph }: Model): Set<string> {
  const found = new Set(graph.inputs.map(({ name }) => name));
  for (const node of topologicalOrder(graph)) {
    if ([...takenBy(node)].some((name) => found.has(name))) for (const name of node.outputs) found.add(name);
  }
  return found;
}

interface Plan {
  /** Sides of the kernels: K × C × … */
  kernels: readonly number[];
  /** False where there are too few channels for a block: such an input stays as it is. */
  reorders: boolean;
  pool: Pool | undefined;
}

/** What kernels are mixed from, sample by sample: shares · pool. Far fewer numbers than the kernels of a batch. */
interface Pool {
  /** N×m×1×n */
  shares: string;
  /** m×n×(K·C·taps) */
  pool: string;
  /** m·n */
  sets: number;
  dims: readonly number[];
}

function poolOf(
  node: GraphNode,
  producers: ReadonlyMap<string, GraphNode>,
  known: ReadonlyMap<string, Known>,
): Pool | undefined {
  const reshape = producers.get(node.inputs[1]);
  const mix = reshape?.opType === 'Reshape' ? producers.get(reshape.inputs[0]) : undefined;
  if (mix?.opType !== 'MatMul') return undefined;
  const [shares, pool] = mix.inputs;
  const [given, dims] = [shares, pool].map((name) => known.get(name)?.shape);
  const whole = (shape: Shape | null | undefined): shape is number[] =>
    shape?.every((side) => typeof side === 'number') ?? false;
  if (!whole(given) || !whole(dims)) return undefined;
  if (given.length !== 4 || given[2] !== 1 || dims.length !== 3) return undefined;
  return { shares, pool, sets: dims[0] * dims[1], dims };
}

function planOf(
  node: GraphNode,
  known: ReadonlyMap<string, Known>,
  block: number,
  pool: Pool | undefined,
  always: boolean,
): Plan | undefined {
  if (node.opType !== 'Conv' || node.domain !== '') return undefined;
  const [x, kernels] = node.inputs.map((name) => known.get(name));
  if (x?.type !== 'float32' || x.shape?.length !== 4) return undefined;
  const [, channels] = x.shape;
  const sides = kernels?.shape;
  if (typeof channels !== 'number' || !sides?.every((side) => typeof side === 'number')) return undefined;
  const [outputs, inputs] = sides as number[];
  const group = node.int('group', 1);
  if ((outputs / group) % block !== 0) return undefined;
  const [batch, , ...places] = known.get(node.outputs[0])?.shape ?? [];
  const uses = product([batch ?? null, ...places]);
  if (!always && pool === undefined && typeof uses === 'number' && uses < LEAST_USES) return undefined;
  // The way to a kernel's own gradient, whose kernels are as large as pictures, is no faster so.
  if (batch === 1 && group === 1) return undefined;
  const reorders = inputs % block === 0;
  if (!reorders && !(group === 1 && inputs < block)) return undefined;
  return { kernels: sides as number[], reorders, pool };
}

/** Writes the nodes of blocked convolutions. */
class Writer {
  readonly #model: Model;
  readonly #taken: Set<string>;
  /** What was put into blocks already, by the name of the value. */
  readonly #reordered = new Map<string, string>();

  constructor(model: Model, known: ReadonlyMap<string, Known>) {
    this.#model = model;
    this.#taken = new Set([...known.keys(), ...model.graph.initialisers.keys()]);
  }

  #fresh(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }

  #ints(values: readonly number[]): string {
    const name = this.#fresh('blocked.shape');
    this.#model.graph.initialisers.set(name, GraphTensor.of(integers(values), [values.length], name));
    return name;
  }

  blocked(node: GraphNode, { kernels, reorders, pool }: Plan, block: number): GraphNode[] {
    const nodes: GraphNode[] = [];
    const op = (type: string, inputs: string[], wanted: string, attributes = {}, domain = ''): string => {
      const name = this.#fresh(wanted);
      const made = GraphNode.of(type, inputs, [name], attributes, name);
      made.domain = domain;
      nodes.push(made);
      return name;
    };
    const [x, w, ...bias] = node.inputs;
    const [outputs, inputs, ...taps] = kernels;
    const count = taps.reduce((all, tap) => all * tap, 1);
    const shaped = (value: string, dims: readonly number[]): string =>
      op('Reshape', [value, this.#ints(dims)], `${w}.shaped`);
    const turned = (value: string, perm: number[]): string =>
      op('Transpose', [value], `${w}.turned`, { perm });
    /** Kernels in blocks: K/B × C/B × taps × B × B, one axis moved at a time, which is what runtimes do fastest. */
    const inBlocks = (value: string, rows: number): string => {
      const apart = reorders
        ? turned(shaped(value, [rows, inputs / block, block, count]), [0, 1, 3, 2])
        : value;
      return turned(shaped(apart, [rows / block, block, inputs * count]), [0, 2, 1]);
    };
    let filter: string;
    if (pool === undefined) filter = shaped(inBlocks(w, outputs), kernels);
    else {
      const ordered = shaped(inBlocks(pool.pool, (pool.sets * pool.dims[2]) / (inputs * count)), pool.dims);
      filter = shaped(op('MatMul', [pool.shares, ordered], `${w}.mixed`), kernels);
    }
    let input = x;
    if (reorders) {
      const had = this.#reordered.get(x);
      input = had ?? op('ReorderInput', [x], `${x}.blocked`, {}, BLOCKED_DOMAIN);
      this.#reordered.set(x, input);
    }
    const [output] = node.outputs;
    const attributes = { group: node.int('group', 1), ...attributesOf(node) };
    const made = op('Conv', [input, filter, ...bias], `${output}.blocked`, attributes, BLOCKED_DOMAIN);
    const back = GraphNode.of('ReorderOutput', [made], [output], { channels: outputs }, `${output}.back`);
    back.domain = BLOCKED_DOMAIN;
    return [...nodes, back];
  }
}

/** Of the window. */
function attributesOf(node: GraphNode): Record<string, number[] | string> {
  const found: Record<string, number[] | string> = {};
  for (const name of ['kernel_shape', 'strides', 'pads', 'dilations']) {
    const values = node.ints(name);
    if (values !== undefined) found[name] = values;
  }
  const padding = node.text('auto_pad', '');
  return padding === '' ? found : { ...found, auto_pad: padding };
}
