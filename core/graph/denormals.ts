import type { Graph } from './graph.ts';
import { GraphTensor } from './tensor.ts';

/** Least number above 0 that float32 holds without losing digits. */
const LEAST_NORMAL = 2 ** -126;

/**
 * Writes numbers too small for full precision (below 2⁻¹²⁶) as 0, in place: processors calculate with them up to a
 * hundred times slower, and no output can show them.
 * @returns how many there were
 */
export function flushDenormals(graph: Graph): number {
  let count = 0;
  const flushed = (tensor: GraphTensor): GraphTensor => {
    if (tensor.type !== 'float32') return tensor;
    const elements = tensor.elements() as Float32Array;
    const denormal = (value: number): boolean => value !== 0 && Math.abs(value) < LEAST_NORMAL;
    let here = 0;
    for (let i = 0; i < elements.length; i++) if (denormal(elements[i])) here++;
    if (here === 0) return tensor;
    count += here;
    return GraphTensor.of(
      elements.map((value) => (denormal(value) ? 0 : value)),
      tensor.dims,
      tensor.name,
    );
  };
  for (const [name, tensor] of graph.initialisers) graph.initialisers.set(name, flushed(tensor));
  for (const node of graph.nodes) {
    for (const inner of node.subgraphs()) count += flushDenormals(inner);
    const value = node.opType === 'Constant' ? node.tensor('value') : undefined;
    if (value !== undefined) node.set('value', flushed(value));
  }
  return count;
}
