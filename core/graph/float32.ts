import { type ElementType, elementCodeOf } from './elements.ts';
import { type Graph, ValueInfo } from './graph.ts';
import type { Model } from './model.ts';
import { GraphTensor } from './tensor.ts';

/** Floating-point types that a network may calculate in instead. */
const OTHERS: ReadonlySet<ElementType> = new Set(['float16', 'bfloat16', 'float64']);
const CODES = new Set([...OTHERS].map(elementCodeOf));
const FLOAT = elementCodeOf('float32');

/** Attributes that name an element type by its number (Cast, EyeLike, RandomNormal, DequantizeLinear, Attention, …). */
const TYPE_ATTRIBUTES = ['to', 'dtype', 'output_dtype', 'output_datatype', 'softmax_precision'];

/**
 * Lets a network calculate in float32 whatever floating-point type its file says, in place: float32 holds every float16
 * and bfloat16, and is what all runtimes have kernels for (ONNX Runtime's CPU convolves neither of them, nor float64).
 * Networks that define operators of their own stay as they are: those are not read here.
 * @returns the types that were replaced
 */
export function calculateInFloat32(model: Model): ElementType[] {
  if (model.functions.size > 0) return [];
  const replaced = new Set<ElementType>();
  widen(model.graph, replaced);
  return [...replaced];
}

function widen(graph: Graph, replaced: Set<ElementType>): void {
  const declared = (value: ValueInfo): ValueInfo => {
    const type = value.elementType;
    if (type === undefined || !OTHERS.has(type)) return value;
    replaced.add(type);
    return ValueInfo.tensor(value.name, 'float32', value.shape);
  };
  const widened = (tensor: GraphTensor): GraphTensor => {
    if (!OTHERS.has(tensor.type)) return tensor;
    replaced.add(tensor.type);
    return GraphTensor.of(floatsOf(tensor), tensor.dims, tensor.name);
  };
  for (const [name, tensor] of graph.initialisers) graph.initialisers.set(name, widened(tensor));
  graph.inputs = graph.inputs.map(declared);
  graph.outputs = graph.outputs.map(declared);
  for (const [name, value] of graph.values) graph.values.set(name, declared(value));
  for (const node of graph.nodes) {
    for (const inner of node.subgraphs()) widen(inner, replaced);
    for (const [name, attribute] of node.attributes) {
      if (attribute.kind === 'tensor' && OTHERS.has(attribute.value.type)) {
        node.set(name, widened(attribute.value));
      }
    }
    for (const name of TYPE_ATTRIBUTES) if (CODES.has(node.int(name, 0))) node.set(name, FLOAT);
  }
}

/** Elements of a tensor of a floating-point type, as float32. */
export function floatsOf(tensor: GraphTensor): Float32Array {
  const elements = tensor.elements();
  if (tensor.type === 'float16') {
    const bits = Uint16Array.from(elements as Uint16Array);
    return Float32Array.from(new Float16Array(bits.buffer));
  }
  if (tensor.type === 'bfloat16') {
    const bits = Uint32Array.from(elements as Uint16Array, (half) => half << 16);
    return new Float32Array(bits.buffer);
  }
  return Float32Array.from(elements as ArrayLike<number>);
}
