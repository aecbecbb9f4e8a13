import { type ElementType, elementCodeOf } from './elements.ts';
import { type Graph, GraphNode, ValueInfo } from './graph.ts';
import { inferShapes } from './infer.ts';
import type { Model } from './model.ts';
import { isFloating } from './shapes/types.ts';
import { GraphTensor } from './tensor.ts';

const FLOAT = elementCodeOf('float32');

/** Whole numbers that pixels fit into, with what they hold; wider ones hold every pixel that float32 can say. */
const BOUNDS: Readonly<Partial<Record<ElementType, readonly [least: number, most: number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
  uint32: [0, 2 ** 32 - 256],
  int32: [-(2 ** 31), 2 ** 31 - 128],
  uint64: [0, 2 ** 53],
  int64: [-(2 ** 53), 2 ** 53],
};

/** Element types that a picture can be given in, beside the floating-point ones. */
export const WHOLE_NUMBERS: ReadonlySet<ElementType> = new Set(Object.keys(BOUNDS) as ElementType[]);

/** Least and greatest value of a type of whole numbers; undefined for others. */
export const boundsOf = (type: ElementType): readonly [least: number, most: number] | undefined =>
  BOUNDS[type];

/**
 * Lets a network take and give float32 whatever types its file declares, in place: what it is fed is rounded, bounded and
 * cast, what it gives is cast. Inputs and outputs keep their names.
 * @param input the input that takes the picture
 */
export function floatEnds(model: Model, input: string): void {
  const { graph } = model;
  const declared = graph.inputs.find(({ name }) => name === input);
  const type = declared?.elementType;
  if (declared !== undefined && type !== undefined && type !== 'float32') {
    const inner = graph.freshName(`${input}.${type}`);
    rename(graph, input, inner);
    graph.inputs = graph.inputs.map((value) =>
      value === declared ? ValueInfo.tensor(input, 'float32', declared.shape) : value,
    );
    graph.nodes.unshift(...entry(model, input, inner, type));
  }
  const known = inferShapes(model);
  const given = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  graph.outputs = graph.outputs.map((output) => {
    const found = known.get(output.name)?.type ?? 'undefined';
    const type = found === 'undefined' ? output.elementType : found;
    const castable = type === 'bool' || (type !== undefined && (isFloating(type) || WHOLE_NUMBERS.has(type)));
    if (type === 'float32' || !castable || !given.has(output.name)) return output;
    const inner = graph.freshName(`${output.name}.${type}`);
    rename(graph, output.name, inner);
    graph.nodes.push(GraphNode.of('Cast', [inner], [output.name], { to: FLOAT }, `${output.name}.cast`));
    return ValueInfo.tensor(output.name, 'float32', output.shape);
  });
}

/** From float32 to what the network takes; whole numbers are the nearest within the type's bounds. */
function entry(model: Model, from: string, to: string, type: ElementType): GraphNode[] {
  const { graph, opset } = model;
  const nodes: GraphNode[] = [];
  const add = (opType: string, inputs: string[], output: string, attributes = {}): string => {
    nodes.push(GraphNode.of(opType, inputs, [output], attributes, output));
    return output;
  };
  const scalar = (value: number, what: string): string => {
    const name = graph.freshName(`${to}.${what}`);
    graph.initialisers.set(name, GraphTensor.floats([value], name, []));
    return name;
  };
  let value = from;
  const bounds = boundsOf(type);
  if (bounds !== undefined) {
    const half = scalar(0.5, 'half');
    const raised = add('Add', [value, half], `${to}.raised`, opset < 7 ? { broadcast: 1 } : {});
    const whole = add('Floor', [raised], `${to}.whole`);
    const [min, max] = bounds;
    value =
      opset < 11
        ? add('Clip', [whole], `${to}.bounded`, { min: { float: min }, max: { float: max } })
        : add('Clip', [whole, scalar(min, 'least'), scalar(max, 'most')], `${to}.bounded`);
  }
  add('Cast', [value], to, { to: elementCodeOf(type) });
  return nodes;
}

/** Gives a value another name wherever nodes give or take it, those of graphs inside nodes too. */
function rename(graph: Graph, from: string, to: string): void {
  const instead = (names: string[]): string[] => names.map((name) => (name === from ? to : name));
  for (const node of graph.nodes) {
    node.inputs = instead(node.inputs);
    node.outputs = instead(node.outputs);
    for (const inner of node.subgraphs()) {
      const own = inner.initialisers.has(from) || inner.inputs.some(({ name }) => name === from);
      if (!own && !inner.nodes.some(({ outputs }) => outputs.includes(from))) rename(inner, from, to);
    }
  }
}
