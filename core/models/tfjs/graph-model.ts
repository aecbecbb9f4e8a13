import { basename } from 'node:path';
import { Fault } from '../../foundation/fault.ts';
import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Dim } from '../../graph/dimension.ts';
import type { Model } from '../../graph/model.ts';
import type { GraphModelFile, TensorflowNode } from './model-file.ts';
import { CONVOLUTION } from './operators/convolution.ts';
import { ELEMENTWISE } from './operators/elementwise.ts';
import { NodeContext, type Operators } from './operators/operator.ts';
import { SHAPE } from './operators/shape.ts';
import { type Value, Values } from './values.ts';

const OPERATORS: Operators = { ...ELEMENTWISE, ...CONVOLUTION, ...SHAPE };
/** What the graph's own bookkeeping is made of. */
const PLACES = new Set(['Placeholder', 'PlaceholderWithDefault', 'Const']);

/** 'name:1' is output 1 of 'name'; '^name' only says what runs first. */
function source(reference: string): { name: string; output: number } {
  const at = reference.lastIndexOf(':');
  return at < 0
    ? { name: reference, output: 0 }
    : { name: reference.slice(0, at), output: Number(reference.slice(at + 1)) };
}

const isData = (reference: string): boolean => !reference.startsWith('^');

/** The nodes that the outputs need, in any order. */
function reached(file: GraphModelFile, wanted: readonly string[]): TensorflowNode[] {
  const byName = new Map(file.nodes.map((node) => [node.name, node]));
  const found = new Set<TensorflowNode>();
  const stack = [...wanted];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    const node = byName.get(name);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    stack.push(...node.input.filter(isData).map((input) => source(input).name));
  }
  return [...found];
}

/** The nodes that the outputs need, each after its inputs. */
function ordered(file: GraphModelFile, wanted: readonly string[], path: string): TensorflowNode[] {
  const byName = new Map(file.nodes.map((node) => [node.name, node]));
  const order: TensorflowNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  // A stack of its own: graphs of a thousand nodes in a row are usual.
  const stack: { name: string; entered: boolean }[] = wanted.map((name) => ({ name, entered: false }));
  while (stack.length > 0) {
    const { name, entered } = stack.pop() as { name: string; entered: boolean };
    const node = byName.get(name);
    if (node === undefined)
      throw new Fault(`'${path}' names the node '${name}', which its graph does not have.`);
    if (entered) {
      state.set(name, 'done');
      order.push(node);
      continue;
    }
    if (state.get(name) === 'done') continue;
    if (state.get(name) === 'open')
      throw new Fault(`The graph of '${path}' runs in a circle through '${name}'.`);
    state.set(name, 'open');
    stack.push({ name, entered: true });
    for (const input of node.input.filter(isData)) {
      const from = source(input).name;
      if (state.get(from) !== 'done') stack.push({ name: from, entered: false });
    }
  }
  return order;
}

/** Outputs by what the file calls them; where it says nothing, the nodes that no other takes. */
function outputsOf(file: GraphModelFile): Record<string, string> {
  if (Object.keys(file.outputs).length > 0) return file.outputs;
  const taken = new Set(
    file.nodes.flatMap(({ input }) => input.filter(isData).map((each) => source(each).name)),
  );
  const ends = file.nodes.filter(({ name, op }) => !taken.has(name) && !PLACES.has(op) && op !== 'NoOp');
  return Object.fromEntries(ends.map(({ name }) => [name, name]));
}

function shapeOf(node: TensorflowNode): Dim[] {
  const dims = node.attr.shape?.shape?.dim ?? [];
  return dims.map(({ size }, axis) => {
    const length = Number(size ?? -1);
    return length >= 0 ? length : axis === 0 ? 'N' : `${node.name}_${axis}`;
  });
}

/** @throws Fault that names every operator without a rule, before anything is built. */
function checkOperators(nodes: readonly TensorflowNode[], path: string): void {
  const unknown = nodes.filter(({ op }) => !PLACES.has(op) && !Object.hasOwn(OPERATORS, op));
  if (unknown.length === 0) return;
  const names = [...new Set(unknown.map(({ op }) => op))];
  throw new Fault(
    `'${path}' uses ${names.length === 1 ? 'an operator that is' : 'operators that are'} not known: ${names.map((op) => `'${op}' (first at '${unknown.find((node) => node.op === op)?.name}')`).join(', ')}. Known: ${Object.keys(OPERATORS).sort().join(', ')}.`,
  );
}

/**
 * A graph model of TensorFlow.js as an ONNX graph, operator by operator. Inputs keep TensorFlow's layout (N×H×W×C);
 * inputs and outputs are called what the file's signature calls them.
 * @param path the model's file, for messages
 * @throws Fault naming operators that are not known, and nodes whose inputs do not fit.
 */
export function graphModel(file: GraphModelFile, path: string): Model {
  const outputs = outputsOf(file);
  const wanted = Object.values(outputs).map((reference) => source(reference).name);
  checkOperators(reached(file, wanted), path);
  const nodes = ordered(file, wanted, path);
  const b = new GraphBuilder(basename(path).replace(/\.json$/, ''));
  const values = new Values(b);
  const inputNames = new Map(Object.entries(file.inputs).map(([key, name]) => [source(name).name, key]));
  const made = new Map<string, Value[]>();
  const find = (reference: string): Value => {
    const { name, output } = source(reference);
    const value = made.get(name)?.[output];
    if (value === undefined) throw new Fault(`'${path}': '${reference}' is not an output of its node.`);
    return value;
  };
  for (const node of nodes) {
    if (node.op === 'Const') {
      const weight = file.weights.get(node.name);
      if (weight === undefined) throw new Fault(`'${path}' has no weights for its constant '${node.name}'.`);
      made.set(node.name, [values.constant(weight)]);
    } else if (PLACES.has(node.op)) {
      const handle = b.input(inputNames.get(node.name) ?? node.name, shapeOf(node));
      made.set(node.name, [{ layout: 'plain', handle }]);
    } else {
      const context = new NodeContext(node, node.input.filter(isData).map(find), values);
      try {
        made.set(node.name, OPERATORS[node.op](context));
      } catch (thrown) {
        if (thrown instanceof Fault)
          throw new Fault(`'${path}', node '${node.name}' (${node.op}): ${thrown.message}`);
        throw thrown;
      }
    }
  }
  const handles: Handle[] = Object.entries(outputs).map(([key, reference]) =>
    b.op('Identity', [values.plain(find(reference))], {}, key),
  );
  return b.model(handles);
}
