import { Fault } from '../../foundation/fault.ts';
import type { Dim, Shape } from '../dimension.ts';
import type { ElementType } from '../elements.ts';
import type { GraphNode } from '../graph.ts';
import type { GraphTensor } from '../tensor.ts';

/** What is known of a value: its type, its shape, and for small integer vectors (shapes, axes) its very elements. */
export interface Known {
  type: ElementType;
  /** null: not even the rank is known. */
  shape: Shape | null;
  /** Elements of an integer scalar or vector, as far as they are known. */
  elements?: readonly Dim[];
}

export interface RuleContext {
  node: GraphNode;
  opset: number;
  /** What is known of an input; undefined where it is left out. */
  input(index: number): Known | undefined;
  /** The constant behind an input, if it is one. */
  constant(index: number): GraphTensor | undefined;
}

/** What a rule gives for one output: null where nothing can be said; the type defaults to the first input's. */
export type Found = { shape: Shape | null; type?: ElementType; elements?: readonly Dim[] } | null;
export type Rule = (context: RuleContext) => Found[];

/** The first input's shape, or undefined where it is unknown. */
export const shapeOf = (context: RuleContext, index = 0): Shape | undefined =>
  context.input(index)?.shape ?? undefined;

/** @throws Fault naming the node. */
export function refuse(node: GraphNode, reason: string): never {
  throw new Fault(`${node.label} ${reason}.`);
}

/** An axis in [0, rank). @throws Fault for one outside. */
export function axisOf(node: GraphNode, axis: number, rank: number): number {
  if (axis < -rank || axis >= rank)
    refuse(node, `works along axis ${axis}, but its input has ${rank} dimensions`);
  return axis < 0 ? axis + rank : axis;
}

/** Numbers of an input that must be a constant or a computed shape; undefined where any is unknown. */
export function numbersOf(context: RuleContext, index: number): number[] | undefined {
  const elements = context.input(index)?.elements;
  if (elements?.every((value) => typeof value === 'number')) return [...elements] as number[];
  return undefined;
}

/** Axes by attribute (older opsets) or by input (newer ones): null where there are none, undefined where unknown. */
export function axesOf(context: RuleContext, index: number): number[] | null | undefined {
  const attribute = context.node.ints('axes');
  if (attribute !== undefined) return attribute;
  return context.input(index) === undefined ? null : numbersOf(context, index);
}

/** Shapes of equal rank or not, spread over each other as NumPy does. @throws Fault where they do not fit. */
export function broadcast(node: GraphNode, shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, at): Dim => {
    let found: Dim = 1;
    for (const shape of shapes) {
      const dim = shape[at - rank + shape.length];
      if (dim === undefined || dim === 1 || dim === found) continue;
      if (found === 1) found = dim;
      else if (typeof dim === 'number' && typeof found === 'number') {
        refuse(
          node,
          `cannot join the shapes ${shapes.map((each) => `[${each.map((d) => d ?? '?').join(', ')}]`).join(' and ')}`,
        );
      } else if (typeof dim === 'number') found = dim;
      // A symbol beside a number that is not 1 must turn out to be that number; two symbols leave it open.
      else if (typeof found !== 'number') found = null;
    }
    return found;
  });
}
