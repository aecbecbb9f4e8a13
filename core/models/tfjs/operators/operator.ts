import { Fault } from '../../../foundation/fault.ts';
import type { GraphBuilder, Handle } from '../../../graph/builder.ts';
import type { GraphAttribute, TensorflowNode } from '../model-file.ts';
import type { Value, Values } from '../values.ts';

/** TensorFlow's numbers of element types (types.proto). */
const TYPES: Readonly<Record<string, string>> = {
  1: 'DT_FLOAT',
  3: 'DT_INT32',
  9: 'DT_INT64',
  10: 'DT_BOOL',
};

/** One node on its way into an ONNX graph: its inputs, its attributes, where its outputs go. */
export class NodeContext {
  readonly node: TensorflowNode;
  readonly inputs: readonly Value[];
  readonly values: Values;

  constructor(node: TensorflowNode, inputs: readonly Value[], values: Values) {
    this.node = node;
    this.inputs = inputs;
    this.values = values;
  }

  get b(): GraphBuilder {
    return this.values.builder;
  }

  /** What a message calls the node. */
  get label(): string {
    return `The node '${this.node.name}' (${this.node.op})`;
  }

  input(index: number): Value {
    const found = this.inputs[index];
    if (found === undefined)
      throw new Fault(`${this.label} has ${this.inputs.length} inputs, not ${index + 1}.`);
    return found;
  }

  plain(index: number): Handle {
    return this.values.plain(this.input(index), this.node.input[index]);
  }

  nchw(index: number): Handle {
    return this.values.nchw(this.input(index));
  }

  integers(index: number): number[] {
    return this.values.integers(this.input(index), `Input ${index} of ${this.node.op} '${this.node.name}'`);
  }

  #attribute(name: string): GraphAttribute | undefined {
    return this.node.attr[name];
  }

  /** Text of an attribute, which the file holds in base64. */
  text(name: string, otherwise = ''): string {
    const value = this.#attribute(name)?.s;
    return value === undefined ? otherwise : Buffer.from(value, 'base64').toString('latin1');
  }

  texts(name: string): string[] {
    const list = (this.#attribute(name)?.list as { s?: string[] } | undefined)?.s ?? [];
    return list.map((value) => Buffer.from(value, 'base64').toString('latin1'));
  }

  whole(name: string, otherwise: number): number {
    const value = this.#attribute(name)?.i;
    return value === undefined ? otherwise : Number(value);
  }

  wholes(name: string): number[] {
    return ((this.#attribute(name)?.list as { i?: (string | number)[] } | undefined)?.i ?? []).map(Number);
  }

  number(name: string, otherwise: number): number {
    return this.#attribute(name)?.f ?? otherwise;
  }

  flag(name: string): boolean {
    return this.#attribute(name)?.b ?? false;
  }

  /** An element type, as 'DT_FLOAT'. */
  type(name: string): string {
    const value = this.#attribute(name)?.type ?? 'DT_FLOAT';
    return typeof value === 'number' ? (TYPES[value] ?? String(value)) : value;
  }

  /** One output, laid out as TensorFlow has it. */
  give(handle: Handle): Value[] {
    return [{ layout: 'plain', handle }];
  }

  /** One picture as N×C×H×W. */
  giveTurned(handle: Handle): Value[] {
    return [{ layout: 'nchw', handle }];
  }

  /** One output in the layout of an input. */
  giveAs(value: Value, handle: Handle): Value[] {
    return [{ layout: value.layout, handle }];
  }

  /** The handle of an input in the layout that it has. */
  asItIs(index: number): Handle {
    const value = this.input(index);
    return value.layout === 'nchw' ? this.values.nchw(value) : this.plain(index);
  }
}

/** Writes a node's operator into the graph and gives its outputs. */
export type Operator = (node: NodeContext) => Value[];
export type Operators = Readonly<Record<string, Operator>>;
