import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { shapeText } from './dimension.ts';
import { arrayTypeOf } from './elements.ts';
import type { Graph } from './graph.ts';
import { inferShapes, type Known } from './infer.ts';
import type { Model } from './model.ts';
import { OPERATORS, RUNTIME_DOMAINS } from './operators.ts';
import type { GraphTensor } from './tensor.ts';

/**
 * Checks a model before it is run: operators that exist, values that something gives, constants as long as their
 * shapes say, shapes that fit, declared outputs that are what comes out.
 * @returns what is known of every value
 * @throws Fault naming the model, the node and the reason.
 */
export function checkModel(model: Model): Map<string, Known> {
  try {
    checkOperators(model);
    for (const tensor of model.graph.initialisers.values()) checkLength(tensor);
    checkNames(model.graph);
    const known = inferShapes(model);
    for (const output of model.graph.outputs) {
      const declared = output.shape;
      const found = known.get(output.name)?.shape;
      if (!declared || !found) continue;
      const differs =
        declared.length !== found.length ||
        declared.some(
          (dim, i) => typeof dim === 'number' && typeof found[i] === 'number' && dim !== found[i],
        );
      if (differs) {
        throw new Fault(
          `The output '${output.name}' is declared ${shapeText(declared)}, but the graph gives ${shapeText(found)}.`,
        );
      }
    }
    return known;
  } catch (thrown) {
    if (thrown instanceof Fault) throw new Fault(`'${model.origin}' cannot be used: ${thrown.message}`);
    throw thrown;
  }
}

function checkOperators(model: Model): void {
  const nodes = [...model.graph.nodes];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    for (const inner of node.subgraphs()) nodes.push(...inner.nodes);
    if (model.functions.has(`${node.domain}.${node.opType}`)) continue;
    if (node.domain === '' ? OPERATORS.has(node.opType) : RUNTIME_DOMAINS.has(node.domain)) continue;
    throw new Fault(
      `${node.label} uses the operator '${node.opType}'${node.domain === '' ? '' : ` of the domain '${node.domain}'`}, which ${
        node.domain === '' ? `ONNX does not have (opset ${model.opset})` : 'no device here can run'
      }.`,
    );
  }
}

/** Bytes against shape, without touching the data. */
function checkLength(tensor: GraphTensor): void {
  const Type = arrayTypeOf(tensor.type);
  const raw = tensor.message.rawData?.byteLength ?? 0;
  if (tensor.dims.some((dim) => dim < 0)) {
    throw new Fault(`Tensor '${tensor.name}' has the shape [${tensor.dims.join(', ')}].`);
  }
  if (tensor.external) {
    checkExternal(tensor);
  } else if (raw > 0 && Type !== undefined && raw !== tensor.size * Type.BYTES_PER_ELEMENT) {
    throw new Fault(
      `Tensor '${tensor.name}' of shape [${tensor.dims.join(', ')}] needs ${tensor.size * Type.BYTES_PER_ELEMENT} bytes, but holds ${raw}.`,
    );
  } else if (raw === 0 && Type !== undefined) {
    tensor.elements();
  }
}

/** Weights in a file beside the model's: is it there, and long enough? */
function checkExternal(tensor: GraphTensor): void {
  const { path, offset, length = 0 } = tensor.externalRange();
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    throw new Fault(
      `it keeps its weights (such as '${tensor.name}') in '${basename(path)}', which is not beside it. Put that file into '${dirname(path)}', or export the model anew into a single file.`,
    );
  }
  if (offset + length > size) {
    throw new Fault(
      `its weights '${tensor.name}' end at byte ${offset + length} of '${basename(path)}', which has ${size} bytes only: the file is cut short.`,
    );
  }
}

function checkNames(graph: Graph): void {
  const given = new Set([
    ...graph.initialisers.keys(),
    ...graph.inputs.map(({ name }) => name),
    ...graph.sparseNames(),
  ]);
  for (const node of graph.nodes) {
    for (const name of node.outputs) {
      if (name === '') continue;
      if (given.has(name))
        throw new Fault(`The value '${name}' is given twice, the second time by ${node.label}.`);
      given.add(name);
    }
  }
  for (const node of graph.nodes) {
    const missing = node.inputs.find((name) => name !== '' && !given.has(name));
    if (missing !== undefined) throw new Fault(`${node.label} takes '${missing}', which nothing gives.`);
  }
  const missing = graph.outputs.find(({ name }) => !given.has(name));
  if (missing !== undefined) throw new Fault(`Nothing gives the output '${missing.name}'.`);
}
