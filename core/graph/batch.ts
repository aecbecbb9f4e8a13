import { Fault, sentenceOf } from '../foundation/fault.ts';
import { type Dim, product, shapeText } from './dimension.ts';
import { GraphNode } from './graph.ts';
import { inferShapes, type Known } from './infer.ts';
import type { Model } from './model.ts';
import { BATCH, batchInputs, dependsOnBatch } from './symbolic.ts';
import { GraphTensor } from './tensor.ts';

/** What became of a model's batch dimension. */
export interface BatchOutcome {
  /** The model that takes any number of items; undefined where that cannot be had. */
  model: Model | undefined;
  /** 'free' or how many items one run takes. */
  batch: number | 'free';
  /** Why, as a sentence. */
  reason: string;
}

/**
 * Rewrites a fixed batch into a free one: inputs, outputs and shape constants (Reshape, Expand, Tile, Resize,
 * ConstantOfShape) that count the batch; the rest follows by shape inference. The result still has to be compared with
 * single runs (`verifyBatch`): shapes can fit where an operator mixes the items.
 */
export function freeBatch(model: Model): BatchOutcome {
  const inputs = model.graph.fedInputs();
  const firsts = inputs.map(({ shape }) => shape?.[0]);
  if (inputs.length === 0 || firsts.some((first) => first === undefined)) {
    return {
      model: undefined,
      batch: 1,
      reason: 'The batch stays as it is: an input has no batch dimension.',
    };
  }
  const fixed = firsts.find((first) => typeof first === 'number');
  if (fixed === undefined) return { model, batch: 'free', reason: "The file's batch is free." };
  const stays = (why: string): BatchOutcome => ({
    model: undefined,
    batch: fixed,
    reason: `The batch stays fixed at ${fixed}: ${why}`,
  });
  if (firsts.some((first) => first !== fixed)) return stays('the inputs differ in their first dimension.');

  const free = model.copy();
  let before: Map<string, Known>;
  try {
    before = inferShapes(model);
    rewrite(free, before, fixed);
    const after = inferShapes(free, { inputs: batchInputs(free) });
    const obstacle = lost(free, after) ?? changed(free, before, after, fixed);
    if (obstacle !== undefined) return stays(obstacle);
    declare(free, after);
  } catch (thrown) {
    if (thrown instanceof Fault) return stays(sentenceOf(thrown));
    throw thrown;
  }
  return {
    model: free,
    batch: 'free',
    reason: `The file's batch of ${fixed} was rewritten into a free one.`,
  };
}

/** Goes through the nodes in order and changes the constants that count the batch. */
function rewrite(model: Model, before: ReadonlyMap<string, Known>, fixed: number): void {
  const { graph } = model;
  graph.values.clear();
  const plain = graph.nodes;
  // Each change can let the batch through to later nodes, so that shapes are taken anew after it; a pass that changes
  // nothing ends the search.
  for (let changes = 0; changes <= plain.length; changes++) {
    const shapes = reachable(model);
    if (!plain.some((node) => rewriteNode(model, node, before, shapes, fixed))) return;
  }
}

/** Shapes with a free batch; while constants still stand in the way, as far as they go. */
function reachable(model: Model): Map<string, Known> {
  const { graph } = model;
  const inputs = batchInputs(model);
  const known = new Map<string, Known>();
  // Node by node, because one that does not fit yet must not hide those before it.
  let count = graph.nodes.length;
  for (;;) {
    const part = model.copy();
    part.graph.nodes = part.graph.nodes.slice(0, count);
    part.graph.outputs = [];
    try {
      for (const [name, value] of inferShapes(part, { inputs })) known.set(name, value);
      return known;
    } catch (thrown) {
      if (!(thrown instanceof Fault) || count === 0) throw thrown;
      const at = part.graph.nodes.findIndex((node) => thrown.message.startsWith(node.label));
      count = at >= 0 && at < count ? at : count - 1;
    }
  }
}

function rewriteNode(
  model: Model,
  node: GraphNode,
  before: ReadonlyMap<string, Known>,
  shapes: ReadonlyMap<string, Known>,
  fixed: number,
): boolean {
  const input = shapes.get(node.inputs[0])?.shape;
  if (node.opType === 'Reshape' && node.domain === '') {
    return dependsOnBatch(input) && rewriteReshape(model, node, before, shapes, fixed);
  }
  if ((node.opType === 'Resize' || node.opType === 'Upsample') && node.inputs[3] && dependsOnBatch(input)) {
    return makeComputed(model, node, 3, fixed);
  }
  if (node.opType === 'Concat') {
    // A constant part (a class token) has to be repeated for every item.
    const axis = node.int('axis', 1);
    const free = node.inputs.some((name) => dependsOnBatch(shapes.get(name)?.shape?.slice(0, 1)));
    if (!free || axis === 0) return false;
    const at = node.inputs.findIndex((name) => {
      const shape = shapes.get(name)?.shape;
      return shape && shape.length > 1 && shape[0] === fixed && !dependsOnBatch(shape);
    });
    return at >= 0 && expandPart(model, node, at, shapes.get(node.inputs[at])?.shape as readonly Dim[]);
  }
  return false;
}

function rewriteReshape(
  model: Model,
  node: GraphNode,
  before: ReadonlyMap<string, Known>,
  shapes: ReadonlyMap<string, Known>,
  fixed: number,
): boolean {
  const { graph } = model;
  const target = node.ints('shape') ?? graph.constant(node.inputs[1])?.numbers();
  if (target === undefined) return false;
  const from = before.get(node.inputs[0])?.shape;
  const free = shapes.get(node.inputs[0])?.shape;
  const to = before.get(node.outputs[0])?.shape;
  if (!from || !free || !to?.every((dim) => typeof dim === 'number')) return false;
  const place = free.findIndex((dim) => dependsOnBatch([dim]));
  const ahead = product(from.slice(0, place));
  // Row-major order: the batch stands where the elements ahead of it are as many as before the reshape.
  let at = -1;
  for (let i = 0; i < to.length; i++) {
    if (product(to.slice(0, i)) === ahead && (to[i] as number) % fixed === 0) {
      at = i;
      break;
    }
  }
  if (at < 0) {
    throw new Fault(
      `${node.label} reshapes ${shapeText(free)} to [${target.join(', ')}] and mixes the items of the batch.`,
    );
  }
  const wanted = to.map((dim, i) => (i === at ? -1 : (dim as number)));
  if (target.length === wanted.length && wanted.every((dim, i) => target[i] === dim)) return false;
  // 0 copies the input's dimension and −1 elsewhere already adapts: both let the batch through.
  if (target[at] === 0 && place === at) return false;
  if (node.ints('shape') !== undefined) node.set('shape', wanted);
  else {
    const name = graph.freshName(`${node.outputs[0]}.shape`);
    graph.initialisers.set(name, GraphTensor.ints(wanted, name));
    node.inputs[1] = name;
  }
  return true;
}

/** The size of the batch as a vector of one integer, computed from the first input. */
function batchSize(model: Model): string {
  const { graph } = model;
  const name = 'visage.batch';
  if (graph.producers().has(name)) return name;
  const zero = graph.freshName('visage.zero');
  graph.initialisers.set(zero, GraphTensor.ints([0], zero));
  graph.nodes.unshift(
    GraphNode.of('Shape', [graph.fedInputs()[0].name], ['visage.shape'], {}, 'visage.shape'),
    GraphNode.of('Gather', ['visage.shape', zero], [name], { axis: 0 }, name),
  );
  return name;
}

/** Inserts, before `node`, a vector that begins with the batch and goes on with `rest`. */
function shapeVector(model: Model, node: GraphNode, rest: readonly number[]): string {
  const { graph } = model;
  const first = batchSize(model);
  const tail = graph.freshName(`${node.outputs[0]}.rest`);
  graph.initialisers.set(tail, GraphTensor.ints(rest, tail));
  const name = graph.freshName(`${node.outputs[0]}.sizes`);
  const made = GraphNode.of('Concat', [first, tail], [name], { axis: 0 }, name);
  graph.nodes.splice(graph.nodes.indexOf(node), 0, made);
  return name;
}

function makeComputed(model: Model, node: GraphNode, input: number, fixed: number): boolean {
  const sizes = model.graph.constant(node.inputs[input])?.numbers();
  if (sizes === undefined || sizes[0] !== fixed || node.ints('axes') !== undefined) return false;
  node.inputs[input] = shapeVector(model, node, sizes.slice(1));
  return true;
}

function expandPart(model: Model, node: GraphNode, at: number, shape: readonly Dim[]): boolean {
  if (!shape.every((dim) => typeof dim === 'number')) return false;
  const sizes = shapeVector(model, node, shape.slice(1) as number[]);
  const name = model.graph.freshName(`${node.inputs[at]}.repeated`);
  const expand = GraphNode.of('Expand', [node.inputs[at], sizes], [name], {}, name);
  model.graph.nodes.splice(model.graph.nodes.indexOf(node), 0, expand);
  node.inputs[at] = name;
  return true;
}

/** Where the batch gets lost, as a sentence; undefined where every output has it in front. */
function lost(model: Model, after: ReadonlyMap<string, Known>): string | undefined {
  const bad = model.graph.outputs.find(({ name }) => after.get(name)?.shape?.[0] !== BATCH);
  if (bad === undefined) return undefined;
  const { graph } = model;
  for (const node of graph.nodes) {
    if (!node.inputs.some((name) => dependsOnBatch(after.get(name)?.shape))) continue;
    const kept = node.outputs.some((name) => {
      const known = after.get(name);
      return dependsOnBatch(known?.shape) || dependsOnBatch(known?.elements);
    });
    if (!kept)
      return `${node.label} does not carry the batch on (its output is ${shapeText(after.get(node.outputs[0])?.shape)}).`;
  }
  return `the output '${bad.name}' is ${shapeText(after.get(bad.name)?.shape)} and does not begin with the batch.`;
}

/** A value whose shape, at the old batch, is no longer what it was. */
function changed(
  model: Model,
  before: ReadonlyMap<string, Known>,
  after: ReadonlyMap<string, Known>,
  fixed: number,
): string | undefined {
  for (const node of model.graph.nodes) {
    for (const name of node.outputs) {
      const old = before.get(name)?.shape;
      const now = after.get(name)?.shape;
      if (!old || !now) continue;
      const at = now.map((dim) =>
        typeof dim === 'string'
          ? product(dim.split('*').map((part) => (part === BATCH ? fixed : Number(part))))
          : dim,
      );
      const same =
        at.length === old.length && at.every((dim, i) => dim === null || old[i] === null || dim === old[i]);
      if (!same) return `${node.label} would give ${shapeText(now)} where the file gives ${shapeText(old)}.`;
    }
  }
  return undefined;
}

/** Writes the new shapes where the file declares some. */
function declare(model: Model, after: ReadonlyMap<string, Known>): void {
  const { graph } = model;
  graph.inputs = graph.inputs.map((value) =>
    graph.initialisers.has(value.name) ? value : value.withShape([BATCH, ...(value.shape ?? []).slice(1)]),
  );
  graph.outputs = graph.outputs.map((value) => value.withShape(after.get(value.name)?.shape ?? null));
}

/** Runs a model (its bytes) on feeds of float32 tensors and gives its outputs by name. */
export type RunModel = (
  bytes: Uint8Array,
  feeds: Readonly<Record<string, { data: Float32Array; dims: readonly number[] }>>,
) => Promise<Readonly<Record<string, { data: ArrayLike<number | bigint>; dims: readonly number[] }>>>;

/**
 * Compares a run of `items` with as many single runs of the original.
 * @param sample float32 values of the feeds, e.g. seeded normal numbers
 * @returns the largest deviation, relative to the largest value of the output
 */
export async function verifyBatch(
  original: Model,
  free: Model,
  run: RunModel,
  sample: () => number,
  items = 3,
): Promise<number> {
  const inputs = original.graph.fedInputs().map((value) => {
    const shape = value.shape ?? [];
    const rest = shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : 1));
    const per = typeof shape[0] === 'number' ? shape[0] : 1;
    const size = per * rest.reduce((a, b) => a * b, 1);
    return { name: value.name, rest, per, size, data: Float32Array.from({ length: items * size }, sample) };
  });
  const together = await run(
    free.encode(),
    Object.fromEntries(
      inputs.map(({ name, rest, per, data }) => [name, { data, dims: [items * per, ...rest] }]),
    ),
  );
  const single = original.encode();
  let worst = 0;
  for (let item = 0; item < items; item++) {
    const alone = await run(
      single,
      Object.fromEntries(
        inputs.map(({ name, rest, per, size, data }) => [
          name,
          { data: data.slice(item * size, (item + 1) * size), dims: [per, ...rest] },
        ]),
      ),
    );
    for (const [name, { data }] of Object.entries(alone)) {
      const whole = together[name]?.data;
      if (whole?.length !== data.length * items) return Number.POSITIVE_INFINITY;
      let largest = 1e-6;
      let difference = 0;
      for (let i = 0; i < data.length; i++) {
        largest = Math.max(largest, Math.abs(Number(data[i])));
        difference = Math.max(difference, Math.abs(Number(data[i]) - Number(whole[item * data.length + i])));
      }
      worst = Math.max(worst, difference / largest);
    }
  }
  return worst;
}
