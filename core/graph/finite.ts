import { floatsOf } from './float32.ts';
import type { Graph } from './graph.ts';
import { isFloating } from './shapes/types.ts';

/** Numbers of one tensor that are none. */
export interface NotFinite {
  name: string;
  nan: number;
  infinite: number;
  /** Numbers of the tensor. */
  of: number;
}

const SHOWN = 5;

/** How many numbers are NaN or infinite; undefined where all are finite. */
export function countNotFinite(name: string, values: Float32Array | Float64Array): NotFinite | undefined {
  let nan = 0;
  let infinite = 0;
  for (const value of values) {
    if (Number.isFinite(value)) continue;
    if (Number.isNaN(value)) nan++;
    else infinite++;
  }
  return nan + infinite > 0 ? { name, nan, infinite, of: values.length } : undefined;
}

/** The weights of a graph that hold NaN or infinity. */
export const notFinite = (graph: Graph): NotFinite[] =>
  [...graph.initialisers.values()]
    .filter(({ type }) => isFloating(type))
    .map((tensor) => countNotFinite(tensor.name, floatsOf(tensor)))
    .filter((found) => found !== undefined);

/** "3 NaN in 'conv1.weight' (of 864), 1 infinite in 'bn1.bias' (of 64) and 2 more tensors" */
export function weightsText(found: readonly NotFinite[]): string {
  const parts = found.slice(0, SHOWN).map(({ name, nan, infinite, of }) => {
    const counts = [...(nan > 0 ? [`${nan} NaN`] : []), ...(infinite > 0 ? [`${infinite} infinite`] : [])];
    return `${counts.join(' and ')} in '${name}' (of ${of})`;
  });
  const more = found.length - SHOWN;
  return parts.join(', ') + (more > 0 ? ` and ${more} more ${more === 1 ? 'tensor' : 'tensors'}` : '');
}
