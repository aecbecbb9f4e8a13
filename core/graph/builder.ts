import { Fault, sentenceOf } from '../foundation/fault.ts';
import type { AttributeInput } from './attribute.ts';
import { checkModel } from './check.ts';
import { type Dim, type Shape, shapeText } from './dimension.ts';
import type { Elements, ElementType } from './elements.ts';
import { elementTypeOfArray } from './elements.ts';
import { Graph, GraphNode, ValueInfo } from './graph.ts';
import { type InferOptions, inferNode, inferShapes, type Known } from './infer.ts';
import { Model, OPSET } from './model.ts';
import { checkTypes } from './shapes/types.ts';
import { GraphTensor, integers } from './tensor.ts';

/** A value of a graph that is being built: its name and what is known of it. */
export interface Handle {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape | null;
}

/**
 * Builds a graph node by node, from nothing or onto a model that is there. Shapes are inferred as nodes are added, so
 * that a mistake is found at the node that makes it. Names: the values of nodes within `scope(…)` begin with the scope's
 * path.
 */
export class GraphBuilder {
  readonly graph: Graph;
  readonly opset: number;
  readonly #onto: Model | undefined;
  readonly #known: Map<string, Known>;
  readonly #counts = new Map<string, number>();
  #path: string[] = [];

  constructor(name: string, opset = OPSET, onto?: { model: Model; known: Map<string, Known> }) {
    this.graph = onto?.model.graph ?? new Graph(name);
    this.opset = opset;
    this.#onto = onto?.model;
    this.#known = onto?.known ?? new Map();
  }

  /**
   * Goes on building `model`, which is changed in place.
   * @param options shapes of its inputs in place of the declared ones, where more is known of them
   * @throws Fault naming the node where its shapes do not fit.
   */
  static onto(model: Model, options: InferOptions = {}): GraphBuilder {
    const known = inferShapes(model, options);
    return new GraphBuilder(model.graph.name, model.opset, { model, known });
  }

  /** A value that the graph has. @throws Fault where there is none of that name. */
  value(name: string): Handle {
    if (!this.#known.has(name)) {
      throw new Fault(`The graph '${this.graph.name}' has no value '${name}'.`);
    }
    return this.#handle(name);
  }

  /** Whether the graph has a value of that name. */
  has(name: string): boolean {
    return this.#known.has(name);
  }

  /** Integer elements of a shape, axes or repeats, as far as they are known; undefined for anything else. */
  elements(handle: Handle): readonly Dim[] | undefined {
    return this.#known.get(handle.name)?.elements;
  }

  /** Runs `build` with its nodes named under `name`. */
  scope<T>(name: string, build: () => T): T {
    this.#path.push(name);
    try {
      return build();
    } finally {
      this.#path.pop();
    }
  }

  #named(wanted: string): string {
    const name = [...this.#path, wanted].join('.');
    let count = this.#counts.get(name) ?? 0;
    let made = count === 0 ? name : `${name}_${count}`;
    while (this.#known.has(made)) made = `${name}_${++count}`;
    this.#counts.set(name, count + 1);
    return made;
  }

  #handle(name: string): Handle {
    const known = this.#known.get(name);
    return { name, type: known?.type ?? 'undefined', shape: known?.shape ?? null };
  }

  /** An input of the graph. */
  input(name: string, shape: readonly Dim[], type: ElementType = 'float32'): Handle {
    if (this.#known.has(name))
      throw new Fault(`The graph '${this.graph.name}' has a value '${name}' already.`);
    this.graph.inputs.push(ValueInfo.tensor(name, type, shape));
    this.#known.set(name, { type, shape });
    return this.#handle(name);
  }

  /** A constant over `data` (not copied), one-dimensional unless `dims` says otherwise. */
  constant(
    name: string,
    data: Elements,
    dims: readonly number[] = [data.length],
    type?: ElementType,
  ): Handle {
    const full = this.#named(name);
    const tensor = GraphTensor.of(data, dims, full, type ?? elementTypeOfArray(data));
    this.graph.initialisers.set(full, tensor);
    const small = tensor.type === 'int64' && dims.length <= 1 && data.length <= 64;
    this.#known.set(full, {
      type: tensor.type,
      shape: dims,
      ...(small ? { elements: tensor.numbers() } : {}),
    });
    return this.#handle(full);
  }

  /** A vector of int64: a shape, axes. */
  ints(values: readonly number[], name = 'ints'): Handle {
    return this.constant(name, integers(values));
  }

  /** A single float32 number. */
  scalar(value: number, name = 'scalar'): Handle {
    return this.constant(name, Float32Array.of(value), []);
  }

  /** Adds a node of one output. @throws Fault naming the node where its inputs do not fit. */
  op(
    opType: string,
    inputs: readonly (Handle | null)[],
    attributes: Readonly<Record<string, AttributeInput | undefined>> = {},
    output?: string,
  ): Handle {
    return this.ops(opType, inputs, attributes, [output ?? opType.toLowerCase()])[0];
  }

  /** Adds a node of several outputs, named as given. */
  ops(
    opType: string,
    inputs: readonly (Handle | null)[],
    attributes: Readonly<Record<string, AttributeInput | undefined>>,
    outputs: readonly string[],
  ): Handle[] {
    const names = outputs.map((output) => this.#named(output));
    const node = GraphNode.of(
      opType,
      inputs.map((input) => input?.name ?? ''),
      names,
      attributes,
      names[0],
    );
    const foreign = inputs.find((input) => input !== null && !this.#known.has(input.name));
    if (foreign)
      throw new Fault(
        `${node.label} takes '${foreign.name}', which is no value of the graph '${this.graph.name}'.`,
      );
    checkTypes(node, this.#known);
    const found = inferNode(node, this.opset, this.#known, this.graph.initialisers);
    this.graph.nodes.push(node);
    for (const [i, name] of names.entries()) this.#known.set(name, found[i]);
    return names.map((name) => this.#handle(name));
  }

  /**
   * A further output of a node that stands in the graph already (the indices of a MaxPool).
   * @throws Fault where the node is not of this graph or has that output
   */
  furtherOutput(node: GraphNode, index: number, name: string): Handle {
    if (!this.graph.nodes.includes(node))
      throw new Fault(`${node.label} is no node of '${this.graph.name}'.`);
    if (node.outputs[index])
      throw new Fault(`${node.label} has the output '${node.outputs[index]}' already.`);
    const full = this.#named(name);
    while (node.outputs.length < index) node.outputs.push('');
    node.outputs[index] = full;
    this.#known.set(full, inferNode(node, this.opset, this.#known, this.graph.initialisers)[index]);
    return this.#handle(full);
  }

  /**
   * A value whose shape is known from elsewhere where no rule can tell a dimension.
   * @throws Fault where that contradicts what is known
   */
  shaped(handle: Handle, shape: Shape): Handle {
    const known = this.#known.get(handle.name);
    const had = known?.shape;
    if (known === undefined || had?.every((dim, i) => dim !== null && dim === shape[i])) return handle;
    const fits =
      !had ||
      (had.length === shape.length &&
        had.every((dim, i) => typeof dim !== 'number' || typeof shape[i] !== 'number' || dim === shape[i]));
    if (!fits) {
      throw new Fault(`'${handle.name}' is ${shapeText(had)} and cannot be ${shapeText(shape)}.`);
    }
    const made = shape.map((dim, i) => (typeof had?.[i] === 'number' ? had[i] : (dim ?? had?.[i] ?? null)));
    this.#known.set(handle.name, { ...known, shape: made });
    return this.#handle(handle.name);
  }

  /**
   * Lists a constant among the inputs too, so that a caller may feed another value: runtimes then compute nothing from it
   * beforehand.
   */
  overridable(name: string): void {
    const tensor = this.graph.initialisers.get(name);
    if (tensor === undefined) throw new Fault(`The graph '${this.graph.name}' has no constant '${name}'.`);
    if (this.graph.inputs.some((input) => input.name === name)) return;
    this.graph.inputs.push(ValueInfo.tensor(name, tensor.type, tensor.dims));
  }

  /** Turns a constant into an input of the same name, to be fed. @returns the value that it had. @throws Fault */
  release(name: string): GraphTensor {
    const tensor = this.graph.initialisers.get(name);
    if (tensor === undefined) throw new Fault(`The graph '${this.graph.name}' has no constant '${name}'.`);
    this.graph.initialisers.delete(name);
    this.graph.inputs = this.graph.inputs.filter((input) => input.name !== name);
    this.graph.inputs.push(ValueInfo.tensor(name, tensor.type, tensor.dims));
    this.#known.set(name, { type: tensor.type, shape: tensor.dims });
    return tensor;
  }

  /** The finished model. @throws Fault where something does not fit. */
  model(outputs: readonly Handle[]): Model {
    this.graph.outputs = outputs.map(({ name, type, shape }) => ValueInfo.tensor(name, type, shape));
    const model =
      this.#onto ?? new Model(this.graph, { opsetImport: [{ version: this.opset }] }, this.graph.name);
    try {
      checkModel(model);
    } catch (thrown) {
      throw new Fault(`The graph '${this.graph.name}' was built wrongly: ${sentenceOf(thrown)}`);
    }
    return model;
  }
}
