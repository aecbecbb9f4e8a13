import {
  type Attribute,
  type AttributeInput,
  attributeOf,
  readAttribute,
  writeAttribute,
} from './attribute.ts';
import type { Dim, Shape } from './dimension.ts';
import { type ElementType, elementCodeOf, elementTypeOf } from './elements.ts';
import {
  type DimensionMessage,
  type GraphMessage,
  type NodeMessage,
  replaced,
  toInt64,
  toNumber,
  type ValueInfoMessage,
} from './messages.ts';
import { GraphTensor } from './tensor.ts';

/** A declared value of a graph: an input, an output, or a note on an intermediate one. */
export class ValueInfo {
  readonly message: ValueInfoMessage;

  constructor(message: ValueInfoMessage) {
    this.message = message;
  }

  /** A tensor's declaration; a null shape leaves even the rank open. */
  static tensor(name: string, type: ElementType, shape: Shape | null): ValueInfo {
    const dim = shape?.map((value): DimensionMessage => {
      if (typeof value === 'number') return { dimValue: toInt64(value) };
      return value === null ? {} : { dimParam: value };
    });
    return new ValueInfo({
      name,
      type: {
        tensorType: { elemType: elementCodeOf(type), ...(dim === undefined ? {} : { shape: { dim } }) },
      },
    });
  }

  get name(): string {
    return this.message.name ?? '';
  }

  /** undefined for sequences, maps, optionals and sparse tensors. */
  get elementType(): ElementType | undefined {
    const type = this.message.type?.tensorType;
    return type ? elementTypeOf(type.elemType ?? 0) : undefined;
  }

  /** null where the rank is not declared or the value is no tensor. */
  get shape(): Dim[] | null {
    const dims = this.message.type?.tensorType?.shape?.dim;
    if (this.message.type?.tensorType?.shape && !dims?.length) return [];
    return (
      dims?.map((dim): Dim => {
        if (dim.dimParam) return dim.dimParam;
        if (!Object.hasOwn(dim, 'dimValue') || dim.dimValue === undefined) return null;
        const value = toNumber(dim.dimValue);
        return value < 0 ? null : value;
      }) ?? null
    );
  }

  /** The same declaration with another shape. */
  withShape(shape: Shape | null): ValueInfo {
    const made = ValueInfo.tensor(this.name, this.elementType ?? 'float32', shape);
    return new ValueInfo(
      replaced(this.message, { type: replaced(this.message.type ?? {}, made.message.type ?? {}) }),
    );
  }
}

/** One operator of a graph. '' among the inputs or outputs stands for one that is left out. */
export class GraphNode {
  name: string;
  opType: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  readonly attributes: Map<string, Attribute>;
  readonly #source: NodeMessage;

  constructor(source: NodeMessage, attributes: Map<string, Attribute>) {
    this.#source = source;
    this.name = source.name ?? '';
    this.opType = source.opType ?? '';
    this.domain = source.domain === 'ai.onnx' ? '' : (source.domain ?? '');
    this.inputs = [...(source.input ?? [])];
    this.outputs = [...(source.output ?? [])];
    this.attributes = attributes;
  }

  static of(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, AttributeInput | undefined>> = {},
    name = '',
  ): GraphNode {
    const given = new Map<string, Attribute>();
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) given.set(key, attributeOf(value));
    }
    return new GraphNode({ opType, input: [...inputs], output: [...outputs], name }, given);
  }

  static read(message: NodeMessage, folder: string | undefined): GraphNode {
    return new GraphNode(
      message,
      new Map((message.attribute ?? []).map((item) => [item.name ?? '', readAttribute(item, folder)])),
    );
  }

  /** As messages name it: "Conv 'stem'" or, without a name, "Conv that gives '123'". */
  get label(): string {
    const op = this.domain === '' ? this.opType : `${this.domain}.${this.opType}`;
    return this.name === '' ? `${op} that gives '${this.outputs[0] ?? ''}'` : `${op} '${this.name}'`;
  }

  int(name: string, fallback: number): number {
    const found = this.attributes.get(name);
    return found?.kind === 'int' ? Number(found.value) : fallback;
  }

  /** undefined where the attribute is not there. */
  ints(name: string): number[] | undefined {
    const found = this.attributes.get(name);
    return found?.kind === 'ints' ? found.value.map(Number) : undefined;
  }

  float(name: string, fallback: number): number {
    const found = this.attributes.get(name);
    return found?.kind === 'float' ? found.value : fallback;
  }

  text(name: string, fallback: string): string {
    const found = this.attributes.get(name);
    return found?.kind === 'string' ? new TextDecoder().decode(found.value) : fallback;
  }

  tensor(name: string): GraphTensor | undefined {
    const found = this.attributes.get(name);
    return found?.kind === 'tensor' ? found.value : undefined;
  }

  set(name: string, value: AttributeInput): void {
    this.attributes.set(name, attributeOf(value));
  }

  /** Graphs inside the attributes (If, Loop, Scan). */
  subgraphs(): Graph[] {
    return [...this.attributes.values()].flatMap((attribute) => {
      if (attribute.kind === 'graph') return [attribute.value];
      return attribute.kind === 'graphs' ? [...attribute.value] : [];
    });
  }

  message(): NodeMessage {
    const source = this.#source;
    return replaced(source, {
      input: this.inputs,
      output: this.outputs,
      ...(this.name === (source.name ?? '') ? {} : { name: this.name }),
      opType: this.opType,
      ...(this.domain === '' && source.domain === 'ai.onnx' ? {} : { domain: this.domain }),
      attribute: [...this.attributes].map(([name, attribute]) => writeAttribute(name, attribute)),
    });
  }
}

/** A graph in memory: nodes in the order of the file, constants and declarations by name. */
export class Graph {
  name: string;
  nodes: GraphNode[];
  readonly initialisers: Map<string, GraphTensor>;
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  /** Declarations of intermediate values. */
  readonly values: Map<string, ValueInfo>;
  readonly #source: GraphMessage;

  constructor(name = 'graph', source: GraphMessage = {}) {
    this.name = name;
    this.nodes = [];
    this.initialisers = new Map();
    this.inputs = [];
    this.outputs = [];
    this.values = new Map();
    this.#source = source;
  }

  static read(message: GraphMessage, folder: string | undefined): Graph {
    const graph = new Graph(message.name ?? '', message);
    graph.nodes = (message.node ?? []).map((node) => GraphNode.read(node, folder));
    for (const tensor of message.initializer ?? []) {
      graph.initialisers.set(tensor.name ?? '', new GraphTensor(tensor, folder));
    }
    graph.inputs = (message.input ?? []).map((value) => new ValueInfo(value));
    graph.outputs = (message.output ?? []).map((value) => new ValueInfo(value));
    for (const value of message.valueInfo ?? []) graph.values.set(value.name ?? '', new ValueInfo(value));
    return graph;
  }

  message(): GraphMessage {
    return replaced(this.#source, {
      node: this.nodes.map((node) => node.message()),
      name: this.name,
      initializer: [...this.initialisers.values()].map(({ message }) => message),
      input: this.inputs.map(({ message }) => message),
      output: this.outputs.map(({ message }) => message),
      valueInfo: [...this.values.values()].map(({ message }) => message),
    });
  }

  /** Inputs that a caller has to feed: old files list their constants among the inputs too. */
  fedInputs(): ValueInfo[] {
    return this.inputs.filter(({ name }) => !this.initialisers.has(name));
  }

  /** Names of sparse constants. */
  sparseNames(): string[] {
    return (this.#source.sparseInitializer ?? []).map(({ values }) => values?.name ?? '');
  }

  /** The node that gives each value. */
  producers(): Map<string, GraphNode> {
    const found = new Map<string, GraphNode>();
    for (const node of this.nodes)
      for (const output of node.outputs) if (output !== '') found.set(output, node);
    return found;
  }

  /** The nodes that take each value (not those inside subgraphs). */
  consumers(): Map<string, GraphNode[]> {
    const found = new Map<string, GraphNode[]>();
    for (const node of this.nodes) {
      for (const input of new Set(node.inputs)) {
        const list = found.get(input);
        if (list) list.push(node);
        else found.set(input, [node]);
      }
    }
    return found;
  }

  /** Value of a constant: an initialiser that no caller can override, or the output of a Constant node. */
  constant(name: string, producers = this.producers()): GraphTensor | undefined {
    const stored = this.initialisers.get(name);
    if (stored !== undefined) return stored;
    const node = producers.get(name);
    if (node?.opType === 'Identity') return this.constant(node.inputs[0], producers);
    if (node?.opType !== 'Constant') return undefined;
    const tensor = node.tensor('value');
    if (tensor !== undefined) return tensor;
    const ints = node.ints('value_ints');
    if (ints !== undefined) return GraphTensor.ints(ints, name);
    if (node.attributes.has('value_int')) return GraphTensor.ints([node.int('value_int', 0)], name, []);
    if (node.attributes.has('value_float'))
      return GraphTensor.floats([node.float('value_float', 0)], name, []);
    return undefined;
  }

  /** A name that nothing in the graph uses yet. */
  freshName(wanted: string): string {
    const used = new Set<string>([...this.initialisers.keys(), ...this.inputs.map(({ name }) => name)]);
    for (const node of this.nodes) for (const output of node.outputs) used.add(output);
    let name = wanted;
    for (let i = 1; used.has(name); i++) name = `${wanted}_${i}`;
    return name;
  }
}
