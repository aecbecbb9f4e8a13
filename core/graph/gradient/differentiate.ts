import { Fault } from '../../foundation/fault.ts';
import { Algebra } from '../algebra.ts';
import type { GraphBuilder, Handle } from '../builder.ts';
import { shapeText } from '../dimension.ts';
import { elementTypeOf } from '../elements.ts';
import type { GraphNode } from '../graph.ts';
import { topologicalOrder } from '../order.ts';
import { isFloating } from '../shapes/types.ts';
import { type Factored, type GradientContext, noGradient, type PartGradient } from './rule.ts';
import { CONSTANT, RULES } from './rules.ts';

export interface DifferentiateOptions {
  /** The gradient with respect to the value itself, in its shape; 1 where it is a single number and nothing is said. */
  seed?: Handle;
  /** Values that count as constants: no gradient is led through them (pseudo-labels made from the scores they are for). */
  constants?: readonly Handle[];
  /** Lets rules compute a node in another way where that saves work beside its gradient (PRelu). */
  rewrite?: boolean;
  /** Parts of the graph whose gradients are known as a whole. */
  parts?: readonly PartGradient[];
}

/**
 * Reverse-mode differentiation from graph to graph: adds to the graph of `b` the nodes that compute ∂of/∂wrt.
 * @param of a single number, or any value with a `seed` (then the seed-weighted sum is differentiated)
 * @param wrt any values of the graph, also intermediate ones
 * @returns one value per entry of `wrt`, in its shape
 * @throws Fault naming operator and node where no gradient leads through; naming the value where `of` does not depend on it.
 */
export function differentiate(
  b: GraphBuilder,
  of: Handle,
  wrt: readonly Handle[],
  options: DifferentiateOptions = {},
): Handle[] {
  if (b.opset < 13) {
    throw new Fault(
      `The graph '${b.graph.name}' has opset ${b.opset}; gradients are written for 13 and later. Upgrade it first.`,
    );
  }
  for (const { name, type } of [of, ...wrt]) {
    if (!isFloating(type)) throw new Fault(`'${name}' holds ${type}: it has no gradient.`);
  }
  const a = new Algebra(b);
  const order = topologicalOrder(b.graph);
  const depends = dependants(order, wrt, options.constants ?? []);
  const path = leading(order, of, depends);
  const producers = b.graph.producers();

  const seed = options.seed ?? seedOf(a, of);
  if (shapeText(seed.shape) !== shapeText(of.shape)) {
    throw new Fault(
      `The seed '${seed.name}' is ${shapeText(seed.shape)}, but '${of.name}' is ${shapeText(of.shape)}.`,
    );
  }
  const parts = new Map<string, Handle[]>([[of.name, [seed]]]);
  const whole = (name: string): Handle | undefined => {
    const found = parts.get(name);
    if (found === undefined) return undefined;
    const joined = a.sum(found);
    parts.set(name, [joined]);
    return joined;
  };

  const factored = new Map<string, Factored>();
  const contextOf = (
    node: GraphNode,
    inputs: readonly string[],
    given: readonly (Handle | undefined)[],
  ): GradientContext => ({
    ...{ node, a, b, factored },
    gradient: (output = 0) => given[output],
    has: (index) => Boolean(inputs[index]),
    input: (index) => {
      if (!inputs[index]) noGradient(node, `it has no input ${index}`);
      return b.value(inputs[index]);
    },
    wanted: (index) => depends.has(inputs[index]),
    output: (index = 0) => b.value(node.outputs[index]),
    constant: (index) => (inputs[index] ? b.graph.constant(inputs[index], producers) : undefined),
    rewrite: options.rewrite
      ? (opType, values) => {
          node.opType = opType;
          node.inputs = values.map(({ name }) => name);
          node.attributes.clear();
        }
      : undefined,
  });

  const known = new Map((options.parts ?? []).map((part) => [part.output, part]));
  b.scope('gradient', () => {
    for (const node of path.reverse()) {
      const given = node.outputs.map((name) => (name === '' ? undefined : whole(name)));
      if (given.every((each) => each === undefined)) continue;
      const part = known.get(node.outputs[0]);
      const inputs = part?.inputs.map(({ name }) => name) ?? [...node.inputs];
      const found = b.scope(nameOf(node), () =>
        part === undefined || given[0] === undefined
          ? rulesOf(node)(contextOf(node, inputs, given))
          : part.gradients(
              { a, b },
              given[0],
              inputs.map((name) => depends.has(name)),
            ),
      );
      for (const [i, name] of inputs.entries()) {
        if (found[i] === undefined || !depends.has(name)) continue;
        const { shape } = b.value(name);
        const handle = shape === null ? found[i] : b.shaped(found[i], shape);
        const list = parts.get(name);
        if (list) list.push(handle);
        else parts.set(name, [handle]);
      }
    }
  });
  // A node that was rewritten takes values that were added behind it.
  if (options.rewrite) b.graph.nodes = topologicalOrder(b.graph);
  return wrt.map(({ name }) => {
    const found = whole(name);
    if (found === undefined) {
      throw new Fault(`'${of.name}' does not depend on '${name}', so it has no gradient with respect to it.`);
    }
    return found;
  });
}

const nameOf = (node: GraphNode): string =>
  node.name || node.outputs.find((name) => name !== '') || node.opType;

function seedOf(a: Algebra, of: Handle): Handle {
  if (of.shape === null || of.shape.some((dim) => dim !== 1)) {
    throw new Fault(
      `'${of.name}' is ${shapeText(of.shape)} and no single number: reduce it first, or give a seed of its shape.`,
    );
  }
  return a.numbers([1], of.shape as number[], of, 'one');
}

function rulesOf(node: GraphNode): (typeof RULES)[string] {
  const rule = node.domain === '' && Object.hasOwn(RULES, node.opType) ? RULES[node.opType] : undefined;
  if (rule === undefined) {
    const domain = node.domain === '' ? '' : `${node.domain}.`;
    noGradient(node, `the operator '${domain}${node.opType}' has no gradient rule`);
  }
  return rule;
}

/** Whether a change of its inputs changes the node's outputs by a finite slope: not so for comparisons and shapes. */
function isConstant(node: GraphNode): boolean {
  if (node.domain !== '') return false;
  if (node.opType === 'Cast') return !isFloating(elementTypeOf(node.int('to', 1)));
  return CONSTANT.has(node.opType);
}

/** Names of all values that change with those of `wrt` while the constants stay as they are. */
function dependants(
  order: readonly GraphNode[],
  wrt: readonly Handle[],
  constants: readonly Handle[],
): Set<string> {
  const names = new Set(wrt.map(({ name }) => name));
  const fixed = new Set(constants.map(({ name }) => name));
  for (const node of order) {
    if (isConstant(node) || !node.inputs.some((name) => names.has(name))) continue;
    for (const name of node.outputs) if (name !== '' && !fixed.has(name)) names.add(name);
  }
  return names;
}

/** The nodes, in order, through which `of` depends on `wrt`. */
function leading(order: readonly GraphNode[], of: Handle, depends: ReadonlySet<string>): GraphNode[] {
  const needed = new Set([of.name]);
  const path: GraphNode[] = [];
  for (const node of [...order].reverse()) {
    if (!node.outputs.some((name) => needed.has(name) && depends.has(name))) continue;
    path.push(node);
    for (const name of node.inputs) if (depends.has(name)) needed.add(name);
  }
  return path.reverse();
}
