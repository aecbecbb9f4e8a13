import { Fault, sentenceOf } from '../foundation/fault.ts';
import type { AttributeInput } from './attribute.ts';
import { checkModel } from './check.ts';
import type { Dim, Shape } from './dimension.ts';
import type { Elements, ElementType } from './elements.ts';
import { elementTypeOfArray } from './elements.ts';
import { Graph, GraphNode, ValueInfo } from './graph.ts';
import { inferNode, type Known } from './infer.ts';
import { Model, OPSET } from './model.ts';
import { GraphTensor } from './tensor.ts';

/** A value of a graph that is being built: its name and what is known of it. */
export interface Handle {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape | null;
}

/**
 * Builds a graph node by node. Shapes are inferred as nodes are added, so that a mistake is found at the node that makes
 * it. Names: the values of nodes within `scope(…)` begin with the scope's path.
 */
export class GraphBuilder {
  readonly graph: Graph;
  readonly opset: number;
  readonly #known = new Map<string, Known>();
  readonly #counts = new Map<string, number>();
  #path: string[] = [];

  constructor(name: string, opset = OPSET) {
    this.graph = new Graph(name);
    this.opset = opset;
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
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
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
    return this.constant(name, BigInt64Array.from(values, BigInt));
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
    const found = inferNode(node, this.opset, this.#known, this.graph.initialisers);
    this.graph.nodes.push(node);
    for (const [i, name] of names.entries()) this.#known.set(name, found[i]);
    return names.map((name) => this.#handle(name));
  }

  /** The finished model. @throws Fault where something does not fit. */
  model(outputs: readonly Handle[]): Model {
    this.graph.outputs = outputs.map(({ name, type, shape }) => ValueInfo.tensor(name, type, shape));
    const model = new Model(this.graph, { opsetImport: [{ version: this.opset }] }, this.graph.name);
    try {
      checkModel(model);
    } catch (thrown) {
      throw new Fault(`The graph '${this.graph.name}' was built wrongly: ${sentenceOf(thrown)}`);
    }
    return model;
  }
}
