import type { Graph } from './graph.ts';
import { GraphTensor } from './tensor.ts';

/** Exponent and fraction of a float32's bits. */
const EXPONENT = 0x7f800000;
const FRACTION = 0x007fffff;

/**
 * Looks at bits, not at values: in a process whose sessions count such numbers as 0, so does the processor when it compares
 * them.
 */
const isDenormal = (bits: number): boolean => (bits & EXPONENT) === 0 && (bits & FRACTION) !== 0;

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
    const bits = new Uint32Array(elements.buffer, elements.byteOffset, elements.length);
    let here = 0;
    for (let i = 0; i < bits.length; i++) if (isDenormal(bits[i])) here++;
    if (here === 0) return tensor;
    count += here;
    const kept = bits.map((each) => (isDenormal(each) ? 0 : each));
    return GraphTensor.of(new Float32Array(kept.buffer), tensor.dims, tensor.name);
  };
  for (const [name, tensor] of graph.initialisers) graph.initialisers.set(name, flushed(tensor));
  for (const node of graph.nodes) {
    for (const inner of node.subgraphs()) count += flushDenormals(inner);
    const value = node.opType === 'Constant' ? node.tensor('value') : undefined;
    if (value !== undefined) node.set('value', flushed(value));
  }
  return count;
}
