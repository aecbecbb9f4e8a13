import { freeBatch } from '../graph/batch.ts';
import type { Shape } from '../graph/dimension.ts';
import { inferShapes, type Known } from '../graph/infer.ts';
import type { Model } from '../graph/model.ts';
import { topologicalOrder } from '../graph/order.ts';
import { isFloating } from '../graph/shapes/types.ts';
import { BATCH, batchShapes } from '../graph/symbolic.ts';
import type { Tap, Task } from './manifest.ts';

/** A value that can be tapped. */
export interface TapCandidate {
  value: string;
  node: string;
  op: string;
  shape: Shape;
  /** 'stage end' before the resolution falls, 'softmax' for routing weights and probabilities, 'output'. */
  role: 'stage end' | 'softmax' | 'output' | null;
}

/** Side of a value's plane; undefined where it has none. */
const sideOf = (shape: Shape | null | undefined): number | undefined =>
  shape?.length === 4 && typeof shape[2] === 'number' ? shape[2] : undefined;

/** Values with floating-point numbers that begin with the batch, in the order in which the network computes them. */
export function tapCandidates(original: Model): TapCandidate[] {
  const model = freeBatch(original).model ?? original;
  const known = inferShapes(model);
  const symbolic = batchShapes(model);
  const ends = new Set(stageEnds(model, known));
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  const found: TapCandidate[] = [];
  for (const node of topologicalOrder(model.graph)) {
    for (const value of node.outputs) {
      const { shape, type } = known.get(value) ?? {};
      if (!shape || shape.length < 2 || type === undefined || !isFloating(type)) continue;
      const free = symbolic.get(value)?.shape;
      if (free && free[0] !== BATCH && model !== original) continue;
      const role = outputs.has(value)
        ? 'output'
        : ends.has(value)
          ? 'stage end'
          : node.opType === 'Softmax' && shape.length === 2
            ? 'softmax'
            : null;
      found.push({ value, node: node.name, op: node.opType, shape, role });
    }
  }
  return found;
}

/**
 * The last value of each resolution: what enters a strided node (or a plane of side 1 or a matrix) and has itself the
 * resolution of a stage. In a network of inverted residuals the widened value inside a block is passed over for the
 * block's input: of the values of one resolution the last that more than one node takes, or that an addition gives, wins.
 */
function stageEnds(model: Model, known: ReadonlyMap<string, Known>): string[] {
  const consumers = model.graph.consumers();
  const last = new Map<number, { value: string; strong: boolean }>();
  const order: number[] = [];
  for (const node of topologicalOrder(model.graph)) {
    const value = node.outputs[0];
    const side = sideOf(known.get(value)?.shape);
    if (side === undefined || side < 2) continue;
    if (!last.has(side)) order.push(side);
    const strong = node.opType === 'Add' || node.opType === 'Sum' || (consumers.get(value)?.length ?? 0) > 1;
    const before = last.get(side);
    if (strong || !before?.strong) last.set(side, { value, strong });
  }
  return order.map((side) => last.get(side)?.value ?? '');
}

/** Taps worth having: the embedding as it is, and the pooled ends of the last three resolutions (thesis §5, feature of BL). */
export function suggestTaps(model: Model, task: Task): Tap[] {
  const known = inferShapes(model);
  const taps: Tap[] = [];
  const output = model.graph.outputs[0]?.name;
  if (task === 'embedding' && output !== undefined) {
    taps.push({ name: 'embedding', values: [output], pool: 'none', normalise: 'none', kind: 'embedding' });
  }
  const ends = stageEnds(model, known).slice(-3);
  if (ends.length > 0) {
    taps.push({
      name: 'pooled',
      values: ends,
      pool: 'average',
      normalise: 'none',
      kind: 'pooled',
      note: 'Average-pooled ends of the last resolutions, joined.',
    });
  }
  return taps;
}
