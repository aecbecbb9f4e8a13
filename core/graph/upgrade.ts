import { Fault } from '../foundation/fault.ts';
import type { AttributeInput } from './attribute.ts';
import { GraphNode } from './graph.ts';
import { inferShapes, type Known } from './infer.ts';
import { type Model, OPSET } from './model.ts';
import { GraphTensor } from './tensor.ts';

/** The oldest opset whose operators are understood; before it broadcasting was another one. */
const OLDEST = 7;

/** What a change of operators between opsets sees. */
interface Upgrade {
  node: GraphNode;
  /** The opset that the model has. */
  from: number;
  known: ReadonlyMap<string, Known>;
  /** A new constant of the graph. */
  constant(tensor: GraphTensor): string;
  /** A new node, before this one. @returns its output's name */
  before(opType: string, inputs: readonly string[], attributes?: Record<string, AttributeInput>): string;
  /** A new node behind this one, which now gives this one's output. */
  behind(opType: string, others: readonly string[], attributes?: Record<string, AttributeInput>): void;
}

/**
 * The model with ONNX's own operators as opset 17 writes them, which is the oldest that gradients are written in; newer
 * models stay as they are. It computes the same.
 * @returns a copy where something changes
 * @throws Fault for models older than opset 7, or with an operator that cannot be carried over
 */
export function upgraded(model: Model): Model {
  const from = model.opset;
  if (from >= OPSET) return model;
  if (from < OLDEST) {
    throw new Fault(`'${model.origin}' has opset ${from}; allowed: ${OLDEST} and later.`);
  }
  const made = model.copy();
  const { graph } = made;
  const known = inferShapes(model);
  const nodes: GraphNode[] = [];
  const used = new Set([...known.keys()]);
  const fresh = (wanted: string): string => {
    let name = wanted;
    for (let i = 1; used.has(name); i++) name = `${wanted}_${i}`;
    used.add(name);
    return name;
  };
  for (const node of graph.nodes) {
    if (node.subgraphs().length > 0) {
      throw new Fault(
        `${node.label} holds graphs of its own, which cannot be carried from opset ${from} to ${OPSET}.`,
      );
    }
    const base = node.outputs[0];
    const behind: GraphNode[] = [];
    const upgrade =
      node.domain === '' && Object.hasOwn(UPGRADES, node.opType) ? UPGRADES[node.opType] : undefined;
    upgrade?.({
      ...{ node, from, known },
      constant: (tensor) => {
        const name = fresh(`${base}.constant`);
        graph.initialisers.set(name, tensor.named(name));
        return name;
      },
      before: (opType, inputs, attributes = {}) => {
        const name = fresh(`${base}.before`);
        nodes.push(GraphNode.of(opType, inputs, [name], attributes, name));
        return name;
      },
      behind: (opType, others, attributes = {}) => {
        const name = fresh(`${base}.inner`);
        behind.push(GraphNode.of(opType, [name, ...others], [base], attributes, `${base}.behind`));
        node.outputs[0] = name;
      },
    });
    nodes.push(node, ...behind);
  }
  graph.nodes = nodes;
  made.opsets.set('', OPSET);
  return made;
}

/** Moves a list of integers from an attribute to input `index`. */
function toInput({ node, constant }: Upgrade, attribute: string, index: number): void {
  const values = node.ints(attribute);
  if (values === undefined) return;
  put(node, index, constant(GraphTensor.ints(values)));
  node.attributes.delete(attribute);
}

function put(node: GraphNode, index: number, name: string): void {
  while (node.inputs.length < index) node.inputs.push('');
  node.inputs[index] = name;
}

/** Before 13 everything from the axis on was one row. */
function rows({ node, from, known, before, behind }: Upgrade): void {
  if (from >= 13) return;
  const rank = known.get(node.inputs[0])?.shape?.length;
  const given = node.int('axis', 1);
  node.set('axis', -1);
  if (rank !== undefined && (given === rank - 1 || given === -1)) return;
  const x = node.inputs[0];
  node.inputs[0] = before('Flatten', [x], { axis: given });
  behind('Reshape', [before('Shape', [x])]);
}

/** What Upsample and the first Resize did: places by division alone. */
const ASYMMETRIC = { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' } as const;

function resizing({ node, constant }: Upgrade): void {
  const scales = node.attributes.get('scales');
  const input =
    scales?.kind === 'floats' ? constant(GraphTensor.floats(scales.value)) : (node.inputs[1] ?? '');
  node.opType = 'Resize';
  node.inputs = [node.inputs[0], '', input];
  node.attributes.delete('scales');
  for (const [name, value] of Object.entries(ASYMMETRIC)) node.set(name, value);
}

const UPGRADES: Readonly<Record<string, (upgrade: Upgrade) => void>> = {
  Clip: ({ node, from, constant }) => {
    if (from >= 11) return;
    for (const [i, name] of ['min', 'max'].entries()) {
      const value = node.attributes.get(name);
      if (value?.kind === 'float') put(node, i + 1, constant(GraphTensor.floats([value.value], '', [])));
      node.attributes.delete(name);
    }
  },
  Squeeze: (upgrade) => toInput(upgrade, 'axes', 1),
  Unsqueeze: (upgrade) => toInput(upgrade, 'axes', 1),
  ReduceSum: (upgrade) => toInput(upgrade, 'axes', 1),
  Split: (upgrade) => toInput(upgrade, 'split', 1),
  Pad: (upgrade) => {
    if (upgrade.from >= 11) return;
    const { node } = upgrade;
    toInput(upgrade, 'pads', 1);
    const value = node.float('value', 0);
    node.attributes.delete('value');
    if (value !== 0) put(node, 2, upgrade.constant(GraphTensor.floats([value], '', [])));
  },
  Slice: (upgrade) => {
    if (upgrade.from >= 10) return;
    toInput(upgrade, 'starts', 1);
    toInput(upgrade, 'ends', 2);
    toInput(upgrade, 'axes', 3);
  },
  TopK: ({ node, from, constant }) => {
    if (from >= 10) return;
    put(node, 1, constant(GraphTensor.ints([node.int('k', 0)])));
    node.attributes.delete('k');
  },
  Softmax: rows,
  LogSoftmax: rows,
  Hardmax: rows,
  Upsample: resizing,
  Resize: (upgrade) => {
    if (upgrade.from < 11) resizing(upgrade);
  },
  Scatter: ({ node }) => {
    node.opType = 'ScatterElements';
  },
  Dropout: ({ node, from }) => {
    if (from < 12) node.attributes.delete('ratio');
  },
  BatchNormalization: ({ node, from }) => {
    if (from >= 14) return;
    if (node.int('spatial', 1) !== 1 || node.outputs.slice(1).some((name) => name !== '')) {
      throw new Fault(`${node.label} normalises in a way that opset ${OPSET} does not have.`);
    }
    for (const name of ['spatial', 'is_test', 'consumed_inputs']) node.attributes.delete(name);
  },
};
