import { inferShapes } from '../infer.ts';
import type { Model } from '../model.ts';
import { prune } from '../order.ts';
import { foldConstants } from './constants.ts';
import { joinDuplicates } from './duplicates.ts';
import { dropIdentities } from './identities.ts';

/** Rounds of simplification; each can open the way for another. */
const ROUNDS = 4;

/**
 * Makes a graph smaller without changing what it computes: constants are computed, nodes that change nothing and
 * transposes that cancel go, equal nodes are computed once, and what no output needs is removed. Names of inputs and
 * outputs stay.
 * @returns how many nodes went
 */
export function simplify(model: Model): number {
  const { graph } = model;
  const before = graph.nodes.length;
  for (let round = 0; round < ROUNDS; round++) {
    const known = inferShapes(model);
    const folded = foldConstants(graph, known);
    const dropped = dropIdentities(graph, known);
    const joined = joinDuplicates(graph);
    prune(graph);
    if (folded + dropped + joined === 0) break;
  }
  return before - graph.nodes.length;
}
