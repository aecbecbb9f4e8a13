import { Graph } from './graph.ts';
import {
  type AttributeMessage,
  replaced,
  type SparseTensorMessage,
  type TypeMessage,
  toBigInt,
  toInt64,
} from './messages.ts';
import { GraphTensor } from './tensor.ts';

/** The value of an attribute. 64-bit integers stay exact; `reference` is a formal parameter inside a function. */
export type AttributeValue =
  | { kind: 'float'; value: number }
  | { kind: 'int'; value: bigint }
  | { kind: 'string'; value: Uint8Array }
  | { kind: 'tensor'; value: GraphTensor }
  | { kind: 'graph'; value: Graph }
  | { kind: 'sparse'; value: SparseTensorMessage }
  | { kind: 'type'; value: TypeMessage }
  | { kind: 'floats'; value: readonly number[] }
  | { kind: 'ints'; value: readonly bigint[] }
  | { kind: 'strings'; value: readonly Uint8Array[] }
  | { kind: 'tensors'; value: readonly GraphTensor[] }
  | { kind: 'graphs'; value: readonly Graph[] }
  | { kind: 'sparses'; value: readonly SparseTensorMessage[] }
  | { kind: 'types'; value: readonly TypeMessage[] }
  | { kind: 'reference'; value: string };

/** An attribute and the message it was read from, so that what is not modelled here (documentation) is kept. */
export type Attribute = AttributeValue & { source?: AttributeMessage };

/** AttributeProto.AttributeType of each kind. */
const CODES = {
  reference: 0,
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparse: 11,
  sparses: 12,
  type: 13,
  types: 14,
} as const satisfies Record<AttributeValue['kind'], number>;

const KINDS = Object.fromEntries(Object.entries(CODES).map(([kind, code]) => [code, kind])) as Record<
  number,
  AttributeValue['kind']
>;

/** Early writers (IR version 1) left `type` out: the field that is there tells it. */
function kindOf(message: AttributeMessage): AttributeValue['kind'] {
  if (message.refAttrName) return 'reference';
  if (message.type) return KINDS[message.type] ?? 'string';
  const own = (field: keyof AttributeMessage): boolean => Object.hasOwn(message, field);
  if (own('f')) return 'float';
  if (own('s')) return 'string';
  if (own('t')) return 'tensor';
  if (own('g')) return 'graph';
  if (message.floats?.length) return 'floats';
  if (message.ints?.length) return 'ints';
  if (message.strings?.length) return 'strings';
  if (message.tensors?.length) return 'tensors';
  if (message.graphs?.length) return 'graphs';
  return own('i') ? 'int' : 'ints';
}

export function readAttribute(source: AttributeMessage, folder: string | undefined): Attribute {
  const kind = kindOf(source);
  const tensor = (message = {}): GraphTensor => new GraphTensor(message, folder);
  const graph = (message = {}): Graph => Graph.read(message, folder);
  switch (kind) {
    case 'reference':
      return { kind, value: source.refAttrName ?? '', source };
    case 'float':
      return { kind, value: source.f ?? 0, source };
    case 'int':
      return { kind, value: toBigInt(source.i ?? 0), source };
    case 'string':
      return { kind, value: source.s ?? new Uint8Array(), source };
    case 'tensor':
      return { kind, value: tensor(source.t), source };
    case 'graph':
      return { kind, value: graph(source.g), source };
    case 'sparse':
      return { kind, value: source.sparseTensor ?? {}, source };
    case 'type':
      return { kind, value: source.tp ?? {}, source };
    case 'floats':
      return { kind, value: source.floats ?? [], source };
    case 'ints':
      return { kind, value: (source.ints ?? []).map(toBigInt), source };
    case 'strings':
      return { kind, value: source.strings ?? [], source };
    case 'tensors':
      return { kind, value: (source.tensors ?? []).map(tensor), source };
    case 'graphs':
      return { kind, value: (source.graphs ?? []).map(graph), source };
    case 'sparses':
      return { kind, value: source.sparseTensors ?? [], source };
    case 'types':
      return { kind, value: source.typeProtos ?? [], source };
  }
}

function payload(attribute: AttributeValue): AttributeMessage {
  switch (attribute.kind) {
    case 'reference':
      return { refAttrName: attribute.value };
    case 'float':
      return { f: attribute.value };
    case 'int':
      return { i: toInt64(attribute.value) };
    case 'string':
      return { s: attribute.value };
    case 'tensor':
      return { t: attribute.value.message };
    case 'graph':
      return { g: attribute.value.message() };
    case 'sparse':
      return { sparseTensor: attribute.value };
    case 'type':
      return { tp: attribute.value };
    case 'floats':
      return { floats: [...attribute.value] };
    case 'ints':
      return { ints: attribute.value.map(toInt64) };
    case 'strings':
      return { strings: [...attribute.value] };
    case 'tensors':
      return { tensors: attribute.value.map(({ message }) => message) };
    case 'graphs':
      return { graphs: attribute.value.map((graph) => graph.message()) };
    case 'sparses':
      return { sparseTensors: [...attribute.value] };
    case 'types':
      return { typeProtos: [...attribute.value] };
  }
}

export function writeAttribute(name: string, attribute: Attribute): AttributeMessage {
  const { source } = attribute;
  const type = attribute.kind === 'reference' ? source?.type : CODES[attribute.kind];
  // The source goes first: its unknown fields and documentation survive, its value is replaced.
  return replaced(source ?? {}, { name, ...(type === undefined ? {} : { type }), ...payload(attribute) });
}

/** What a builder takes for an attribute: whole numbers are ints, `{ float: 1 }` says a float. */
export type AttributeInput =
  | number
  | bigint
  | string
  | GraphTensor
  | Graph
  | readonly number[]
  | { float: number }
  | { floats: readonly number[] };

export function attributeOf(input: AttributeInput): Attribute {
  if (typeof input === 'bigint') return { kind: 'int', value: input };
  if (typeof input === 'number') {
    return Number.isInteger(input) ? { kind: 'int', value: BigInt(input) } : { kind: 'float', value: input };
  }
  if (typeof input === 'string') return { kind: 'string', value: new TextEncoder().encode(input) };
  if (input instanceof GraphTensor) return { kind: 'tensor', value: input };
  if (input instanceof Graph) return { kind: 'graph', value: input };
  if ('float' in input) return { kind: 'float', value: input.float };
  if ('floats' in input) return { kind: 'floats', value: input.floats };
  return { kind: 'ints', value: input.map(BigInt) };
}
