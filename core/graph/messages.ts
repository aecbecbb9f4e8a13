import protobuf from 'protobufjs';
import { Fault, sentenceOf } from '../foundation/fault.ts';
import { MESSAGES } from './descriptor.ts';

/** A 64-bit integer of a message: a protobufjs Long, or a plain number. */
export type Int64 = number | { low: number; high: number; unsigned: boolean };

export interface EntryMessage {
  key?: string;
  value?: string;
}

export interface TensorMessage {
  dims?: Int64[];
  dataType?: number;
  floatData?: number[];
  int32Data?: number[];
  stringData?: Uint8Array[];
  int64Data?: Int64[];
  name?: string;
  rawData?: Uint8Array;
  doubleData?: number[];
  uint64Data?: Int64[];
  docString?: string;
  externalData?: EntryMessage[];
  dataLocation?: number;
}

export interface DimensionMessage {
  dimValue?: Int64;
  dimParam?: string;
  denotation?: string;
}

export interface TypeMessage {
  tensorType?: { elemType?: number; shape?: { dim?: DimensionMessage[] } };
  sequenceType?: { elemType?: TypeMessage };
  mapType?: { keyType?: number; valueType?: TypeMessage };
  opaqueType?: { domain?: string; name?: string };
  sparseTensorType?: TypeMessage['tensorType'];
  optionalType?: { elemType?: TypeMessage };
  denotation?: string;
}

export interface ValueInfoMessage {
  name?: string;
  type?: TypeMessage;
  docString?: string;
  metadataProps?: EntryMessage[];
}

export interface SparseTensorMessage {
  values?: TensorMessage;
  indices?: TensorMessage;
  dims?: Int64[];
}

export interface AttributeMessage {
  name?: string;
  refAttrName?: string;
  docString?: string;
  type?: number;
  f?: number;
  i?: Int64;
  s?: Uint8Array;
  t?: TensorMessage;
  g?: GraphMessage;
  sparseTensor?: SparseTensorMessage;
  tp?: TypeMessage;
  floats?: number[];
  ints?: Int64[];
  strings?: Uint8Array[];
  tensors?: TensorMessage[];
  graphs?: GraphMessage[];
  sparseTensors?: SparseTensorMessage[];
  typeProtos?: TypeMessage[];
}

export interface NodeMessage {
  input?: string[];
  output?: string[];
  name?: string;
  opType?: string;
  domain?: string;
  overload?: string;
  attribute?: AttributeMessage[];
  docString?: string;
  metadataProps?: EntryMessage[];
}

export interface GraphMessage {
  node?: NodeMessage[];
  name?: string;
  initializer?: TensorMessage[];
  sparseInitializer?: SparseTensorMessage[];
  docString?: string;
  input?: ValueInfoMessage[];
  output?: ValueInfoMessage[];
  valueInfo?: ValueInfoMessage[];
  quantizationAnnotation?: { tensorName?: string; quantParameterTensorNames?: EntryMessage[] }[];
  metadataProps?: EntryMessage[];
}

export interface FunctionMessage {
  name?: string;
  domain?: string;
  overload?: string;
  input?: string[];
  output?: string[];
  node?: NodeMessage[];
}

export interface ModelMessage {
  irVersion?: Int64;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: Int64;
  docString?: string;
  graph?: GraphMessage;
  opsetImport?: { domain?: string; version?: Int64 }[];
  metadataProps?: EntryMessage[];
  functions?: FunctionMessage[];
}

const SCALARS = new Set(['int64', 'uint64', 'int32', 'float', 'double']);

function modelType(): protobuf.Type {
  const nested: Record<string, protobuf.IType> = {};
  for (const [message, fields] of Object.entries(MESSAGES)) {
    nested[message] = { fields: {} };
    for (const [field, text] of Object.entries(fields)) {
      const [number, type] = text.replace('*', '').split(' ');
      const repeats = text.startsWith('*');
      nested[message].fields[field] = {
        type,
        id: Number(number),
        ...(repeats ? { rule: 'repeated' } : {}),
        ...(repeats && SCALARS.has(type) ? { options: { packed: true } } : {}),
      };
    }
  }
  return protobuf.Root.fromJSON({ nested }).lookupType('ModelProto');
}

let type: protobuf.Type | undefined;

/** Reads a ModelProto. Byte fields are views of `bytes`, not copies. @throws Fault for bytes that are none. */
export function decodeModel(bytes: Uint8Array, origin: string): ModelMessage {
  type ??= modelType();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = protobuf.Reader.create(buffer);
  // What a newer ONNX adds is carried along, so that writing the model loses nothing.
  reader.discardUnknown = false;
  let message: ModelMessage;
  try {
    message = type.decode(reader) as ModelMessage;
  } catch (thrown) {
    throw new Fault(
      `'${origin}' is not a whole ONNX model (${bytes.byteLength} bytes): it is cut short, damaged or of another format (${sentenceOf(thrown)}).`,
    );
  }
  if (message.graph === undefined || message.graph === null || (message.opsetImport ?? []).length === 0) {
    throw new Fault(
      `'${origin}' is not an ONNX model: it holds no graph with an operator set (${bytes.byteLength} bytes). If it is a PyTorch checkpoint, export it with torch.onnx.export.`,
    );
  }
  return message;
}

/** Bytes of a ModelProto. */
export function encodeModel(message: ModelMessage): Uint8Array {
  type ??= modelType();
  return type.encode(message as protobuf.Message).finish();
}

/**
 * A message with some fields replaced. A spread alone would lose the fields that this version does not know, which
 * protobufjs keeps in a hidden property.
 */
export function replaced<M extends object>(source: M, fields: Partial<M>): M {
  const made = { ...source, ...fields };
  const unknown: unknown = Reflect.get(source, '$unknowns');
  if (unknown !== undefined) Object.defineProperty(made, '$unknowns', { value: unknown, enumerable: false });
  return made;
}

/** Exact value of a 64-bit integer. */
export function toBigInt(value: Int64): bigint {
  if (typeof value === 'number') return BigInt(value);
  const joined = (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
  return value.unsigned ? joined : BigInt.asIntN(64, joined);
}

/** A 64-bit integer as a number; exact up to 2⁵³. */
export const toNumber = (value: Int64): number =>
  typeof value === 'number' ? value : Number(toBigInt(value));

/** The message form of a 64-bit integer. */
export function toInt64(value: number | bigint): Int64 {
  const big = BigInt.asUintN(64, BigInt(value));
  return { low: Number(big & 0xffffffffn) | 0, high: Number(big >> 32n) | 0, unsigned: false };
}
