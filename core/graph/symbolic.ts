import type { Shape } from './dimension.ts';
import { inferShapes, type Known } from './infer.ts';
import type { Model } from './model.ts';

/** Name of the batch dimension in graphs that were edited here. */
export const BATCH = 'N';

/** Shapes of the fed inputs with their first dimension as the batch 'N'. */
export function batchInputs(model: Model): Record<string, Shape> {
  return Object.fromEntries(
    model.graph
      .fedInputs()
      .map(({ name, shape }) => [name, shape === null ? [] : [BATCH, ...shape.slice(1)]]),
  );
}

/** True where a shape or a followed element depends on the batch. */
export const dependsOnBatch = (dims: Shape | null | undefined): boolean =>
  dims?.some((dim) => typeof dim === 'string' && dim.split('*').includes(BATCH)) ?? false;

/**
 * What is known of every value when the batch is the symbol N. Where the graph cannot take a free batch, the values
 * up to the obstacle.
 */
export function batchShapes(model: Model): Map<string, Known> {
  try {
    return inferShapes(model, { inputs: batchInputs(model) });
  } catch {
    return new Map();
  }
}
