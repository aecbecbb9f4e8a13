import { Fault } from '../foundation/fault.ts';
import type { Dim } from './dimension.ts';
import { shapeText } from './dimension.ts';
import { GraphNode, ValueInfo } from './graph.ts';
import { inferShapes, type Known } from './infer.ts';
import type { Model } from './model.ts';
import { prune } from './order.ts';
import { BATCH, batchShapes } from './symbolic.ts';
import { GraphTensor } from './tensor.ts';

/** A wanted output: intermediate values, pooled, joined into one vector and normalised. */
export interface TapRequest {
  name: string;
  /** Values of the graph; several are pooled each and concatenated in this order. */
  values: readonly string[];
  /** Over the spatial dimensions (all behind the channels). 'none' flattens what is there. */
  pool: 'none' | 'average' | 'max';
  /** 'l2': the whole vector to length 1. */
  normalise: 'none' | 'l2';
}

export interface TapOutput {
  /** Name of the request. */
  tap: string;
  /** Name of the graph output: N rows of `dimensions` float32 numbers. */
  output: string;
  dimensions: Dim;
}

/** From this opset on ReduceL2 takes its axes as an input. */
const AXES_AS_INPUT = 18;

/** Values whose names come near a wrong one, for the message. */
function near(wanted: string, names: Iterable<string>): string[] {
  const low = wanted.toLowerCase();
  return [...names]
    .filter((name) => name.toLowerCase().includes(low) || low.includes(name.toLowerCase()))
    .slice(0, 8);
}

/**
 * Edits the model so that its outputs are `keep` (own outputs, unchanged) and one N×D float32 matrix per tap; what no
 * output needs any more is removed.
 * @throws Fault for a value that is not there, is no float tensor, or does not begin with the batch.
 */
export function exposeTaps(
  model: Model,
  taps: readonly TapRequest[],
  keep: readonly string[] = [],
): TapOutput[] {
  const { graph } = model;
  const declared = inferShapes(model);
  const symbolic = batchShapes(model);
  const kept = keep.map((name) => {
    const found = graph.outputs.find((output) => output.name === name);
    if (found === undefined) {
      throw new Fault(
        `'${model.origin}' has no output '${name}'; it has: ${graph.outputs.map((output) => `'${output.name}'`).join(', ')}.`,
      );
    }
    return found;
  });
  const made: TapOutput[] = [];
  const outputs: ValueInfo[] = [];
  for (const tap of taps) {
    if (tap.values.length === 0) throw new Fault(`Tap '${tap.name}' names no value of the graph.`);
    const parts = tap.values.map((value) => part(model, tap, value, declared, symbolic));
    let name = parts[0].name;
    if (parts.length > 1) {
      name = add(
        model,
        'Concat',
        parts.map((each) => each.name),
        `${tap.name}.joined`,
        { axis: 1 },
      );
    }
    if (tap.normalise === 'l2') name = normalised(model, name, tap.name);
    const output = graph.freshName(
      kept.some((each) => each.name === tap.name) ? `${tap.name}.tap` : tap.name,
    );
    graph.nodes.push(GraphNode.of('Identity', [name], [output], {}, `tap.${tap.name}`));
    const widths = parts.map((each) => each.width);
    const dimensions = widths.every((width) => typeof width === 'number')
      ? widths.reduce((sum, width) => sum + width, 0)
      : null;
    outputs.push(ValueInfo.tensor(output, 'float32', [parts[0].batch, dimensions]));
    made.push({ tap: tap.name, output, dimensions });
  }
  graph.outputs = [...kept, ...outputs];
  prune(graph);
  return made;
}

function add(
  model: Model,
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: Parameters<typeof GraphNode.of>[3] = {},
): string {
  const name = model.graph.freshName(output);
  model.graph.nodes.push(GraphNode.of(opType, inputs, [name], attributes, name));
  return name;
}

function part(
  model: Model,
  tap: TapRequest,
  value: string,
  declared: ReadonlyMap<string, Known>,
  symbolic: ReadonlyMap<string, Known>,
): { name: string; width: Dim; batch: Dim } {
  const known = declared.get(value);
  if (known === undefined) {
    const like = near(value, declared.keys());
    throw new Fault(
      `Tap '${tap.name}' wants the value '${value}', which '${model.origin}' does not have${
        like.length > 0 ? `; near it: ${like.map((name) => `'${name}'`).join(', ')}` : ''
      }. 'visage models P.visage taps' lists what can be tapped.`,
    );
  }
  const shape = known.shape;
  if (!['float32', 'float16', 'float64', 'bfloat16', 'undefined'].includes(known.type)) {
    throw new Fault(
      `Tap '${tap.name}' wants '${value}', which holds ${known.type} and not floating-point numbers.`,
    );
  }
  if (shape === null || shape.length === 0) {
    throw new Fault(
      `Tap '${tap.name}' wants '${value}', which is ${shape === null ? shapeText(shape) : 'a single number for the whole batch'}.`,
    );
  }
  const inputBatch = model.graph.fedInputs()[0]?.shape?.[0];
  const [first, expected] =
    typeof inputBatch === 'number'
      ? [shape[0], inputBatch]
      : [symbolic.get(value)?.shape?.[0] ?? null, BATCH];
  if (first !== null && first !== expected) {
    throw new Fault(
      `Tap '${tap.name}' wants '${value}' of shape ${shapeText(shape)}, which does not begin with the batch.`,
    );
  }
  let name = value;
  if (known.type !== 'float32' && known.type !== 'undefined') {
    name = add(model, 'Cast', [name], `${tap.name}.${value}.float`, { to: 1 });
  }
  if (tap.pool !== 'none') {
    if (shape.length < 3) {
      throw new Fault(
        `Tap '${tap.name}' pools '${value}' of shape ${shapeText(shape)}, which has no spatial dimensions; use pool 'none'.`,
      );
    }
    const op = tap.pool === 'average' ? 'GlobalAveragePool' : 'GlobalMaxPool';
    name = add(model, op, [name], `${tap.name}.${value}.pooled`);
  }
  if (shape.length !== 2) name = add(model, 'Flatten', [name], `${tap.name}.${value}.flat`, { axis: 1 });
  const rest = tap.pool === 'none' ? shape.slice(1) : shape.slice(1, 2);
  const width = rest.every((dim) => typeof dim === 'number') ? rest.reduce((a, b) => a * b, 1) : null;
  return { name, width, batch: shape[0] };
}

/** x / max(‖x‖₂, 1e-12): a zero vector stays zero, as in PyTorch's `normalize`. */
function normalised(model: Model, value: string, tap: string): string {
  const { graph } = model;
  let length: string;
  if (model.opset >= AXES_AS_INPUT) {
    const axes = graph.freshName(`${tap}.axes`);
    graph.initialisers.set(axes, GraphTensor.ints([1], axes));
    length = add(model, 'ReduceL2', [value, axes], `${tap}.length`, { keepdims: 1 });
  } else {
    length = add(model, 'ReduceL2', [value], `${tap}.length`, { axes: [1], keepdims: 1 });
  }
  const least = graph.freshName(`${tap}.least`);
  graph.initialisers.set(least, GraphTensor.floats([1e-12], least, [1, 1]));
  return add(
    model,
    'Div',
    [value, add(model, 'Max', [length, least], `${tap}.divisor`)],
    `${tap}.normalised`,
  );
}
