import type { ElementType } from '../../graph/elements.ts';
import type { GraphNode } from '../../graph/graph.ts';
import { refuse } from '../../graph/shapes/rule.ts';
import type { Tensor } from '../types.ts';

/** Element types that the adapter carries: TensorFlow.js computes in float32, int32 and bool, and in nothing wider. */
export type CarriedType = Exclude<Tensor['type'], 'float64'>;

export const CARRIED: readonly CarriedType[] = ['float32', 'int32', 'int64', 'uint8', 'int8', 'bool'];

export const isCarried = (type: ElementType): type is CarriedType =>
  (CARRIED as readonly ElementType[]).includes(type);

/** The type that TensorFlow.js holds it in. */
export const dtypeOf = (type: CarriedType): 'float32' | 'int32' | 'bool' =>
  type === 'float32' || type === 'bool' ? type : 'int32';

/** @throws Fault naming the node for a type that is not carried */
export function carried(node: GraphNode, type: ElementType): CarriedType {
  if (isCarried(type)) return type;
  return refuse(node, `computes in ${type}; TensorFlow.js has only ${CARRIED.join(', ')}`);
}
