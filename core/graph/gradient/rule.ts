import { Fault } from '../../foundation/fault.ts';
import type { Algebra } from '../algebra.ts';
import type { GraphBuilder, Handle } from '../builder.ts';
import type { GraphNode } from '../graph.ts';
import type { GraphTensor } from '../tensor.ts';

/** What formulas are written with. */
export interface Writing {
  readonly a: Algebra;
  readonly b: GraphBuilder;
}

/** What a gradient rule sees of the node that it differentiates. */
export interface GradientContext extends Writing {
  readonly node: GraphNode;
  /** The gradient with respect to an output; undefined where nothing depends on that output. */
  gradient(output?: number): Handle | undefined;
  /** @throws Fault where the node does not have the input. */
  input(index: number): Handle;
  /** Whether the node has the input. */
  has(index: number): boolean;
  /** Whether anybody wants the gradient with respect to the input. */
  wanted(index: number): boolean;
  output(index?: number): Handle;
  /** The constant behind an input, if it is one. */
  constant(index: number): GraphTensor | undefined;
  /**
   * Has the node itself computed in another way, from values that the gradient needs anyway; undefined where the graph is
   * to stay as it is.
   */
  readonly rewrite: ((opType: string, inputs: readonly Handle[]) => void) | undefined;
  /**
   * Gradients, by name, that are another value times a vector over the channels (axis 1). What is linear in a gradient can
   * take the other value and the vector where it costs less: then the product itself is never computed.
   */
  readonly factored: Map<string, Factored>;
}

export interface Factored {
  /** N×C×… */
  of: Handle;
  /** C */
  by: Handle;
}

/** Gradients with respect to the inputs, in their order; undefined where there is none or nobody wants it. */
export type GradientRule = (context: GradientContext) => readonly (Handle | undefined)[];

/** @throws Fault naming the operator and the node. */
export function noGradient(node: GraphNode, reason: string): never {
  throw new Fault(`No gradient leads through ${node.label}: ${reason}.`);
}

/** The gradient of the first output, which every rule of one output is called for. */
export function incoming(context: GradientContext): Handle {
  const found = context.gradient(0);
  if (found === undefined) noGradient(context.node, 'only a further output of it is used');
  return found;
}

/** The constant numbers of an input. @throws Fault where it is none. */
export function numbersOf(context: GradientContext, index: number, what: string): number[] {
  const found = context.constant(index)?.numbers() ?? context.b.elements(context.input(index));
  if (found === undefined || !found.every((each) => typeof each === 'number')) {
    noGradient(context.node, `its ${what} are computed while the graph runs`);
  }
  return [...found] as number[];
}

/** Axes by attribute or by input; undefined where there are none. */
export function axesOf(context: GradientContext, index: number): number[] | undefined {
  return context.node.ints('axes') ?? (context.has(index) ? numbersOf(context, index, 'axes') : undefined);
}

/** An axis as a number from 0. */
export const placeOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

export const all = (names: string, rule: GradientRule): Record<string, GradientRule> =>
  Object.fromEntries(names.split(' ').map((name) => [name, rule]));

/**
 * The gradient of a whole part of a graph, from one of its values to those that it is computed from: used in place of the
 * rules of the nodes between, where it can be had for less. Nothing else may take the values between.
 */
export interface PartGradient {
  /** What the part gives. */
  readonly output: string;
  /** What it is computed from. */
  readonly inputs: readonly Handle[];
  /** Gradients with respect to the inputs that are `wanted`, from that of the output. */
  gradients(writing: Writing, d: Handle, wanted: readonly boolean[]): readonly (Handle | undefined)[];
}
