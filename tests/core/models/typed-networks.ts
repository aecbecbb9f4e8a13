import { type Elements, type ElementType, elementCodeOf } from '../../../core/graph/elements.ts';
import { GraphNode, ValueInfo } from '../../../core/graph/graph.ts';
import type { Model } from '../../../core/graph/model.ts';
import { GraphTensor } from '../../../core/graph/tensor.ts';

/** Numbers as the elements of a tensor of that type; halves as their bits, rounded to nearest by IEEE 754's rules. */
export function elements(values: ArrayLike<number>, type: ElementType): Elements {
  switch (type) {
    case 'float16':
      return new Uint16Array(Float16Array.from(values).buffer);
    case 'bfloat16': {
      const bits = new Uint32Array(Float32Array.from(values).buffer);
      return Uint16Array.from(bits, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16);
    }
    case 'float64':
      return Float64Array.from(values);
    default:
      return Float32Array.from(values);
  }
}

/** The same network with float32 replaced by another floating-point type throughout, as exporters' `half()` does it. */
export function inType(model: Model, type: ElementType): Model {
  const made = model.copy();
  made.inlineExternal();
  const { graph } = made;
  const typed = (tensor: GraphTensor): GraphTensor =>
    tensor.type === 'float32'
      ? GraphTensor.of(elements(tensor.elements() as Float32Array, type), tensor.dims, tensor.name, type)
      : tensor;
  const declared = (value: ValueInfo): ValueInfo =>
    value.elementType === 'float32' ? ValueInfo.tensor(value.name, type, value.shape) : value;
  for (const [name, tensor] of graph.initialisers) graph.initialisers.set(name, typed(tensor));
  for (const node of graph.nodes) {
    const value = node.tensor('value');
    if (value !== undefined) node.set('value', typed(value));
    if (node.opType === 'Cast' && node.int('to', 0) === 1) node.set('to', elementCodeOf(type));
  }
  graph.inputs = graph.inputs.map(declared);
  graph.outputs = graph.outputs.map(declared);
  graph.values.clear();
  return made;
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] ** 2;
    bb += b[i] ** 2;
  }
  return dot / Math.sqrt(aa * bb);
}

/**
 * The network with whole-number pixels of shape N×height×width×3 as its input, which it scales itself.
 * @param offset added to what comes in, so that it is 0…255: 128 for int8
 */
export function takingPixels(
  model: Model,
  type: ElementType,
  layout: 'nchw' | 'nhwc',
  { mean, std, offset = 0 }: { mean: number; std: number; offset?: number },
): Model {
  const made = model.copy();
  const { graph } = made;
  const [input] = graph.inputs;
  const [n, c, h, w] = input.shape ?? [];
  graph.inputs = [ValueInfo.tensor('pixels', type, layout === 'nhwc' ? [n, h, w, c] : [n, c, h, w])];
  graph.initialisers.set('pixel.mean', GraphTensor.floats([mean - offset], 'pixel.mean', []));
  graph.initialisers.set('pixel.std', GraphTensor.floats([std], 'pixel.std', []));
  const turned = layout === 'nhwc' ? 'pixel.turned' : 'pixel.float';
  graph.nodes.unshift(
    GraphNode.of('Cast', ['pixels'], ['pixel.float'], { to: 1 }),
    ...(layout === 'nhwc'
      ? [GraphNode.of('Transpose', ['pixel.float'], [turned], { perm: [0, 3, 1, 2] })]
      : []),
    GraphNode.of('Sub', [turned, 'pixel.mean'], ['pixel.centred']),
    GraphNode.of('Div', ['pixel.centred', 'pixel.std'], [input.name]),
  );
  graph.values.clear();
  return made;
}
