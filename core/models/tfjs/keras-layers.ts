import { Fault } from '../../foundation/fault.ts';
import type { GraphBuilder, Handle } from '../../graph/builder.ts';
import { depthwiseKernel, SAME, transposedKernel } from './kernels.ts';
import { ACTIVATIONS } from './operators/elementwise.ts';
import type { Value, Values } from './values.ts';
import type { Weight } from './weights.ts';

/** What Keras wrote of a layer: numbers, flags, names. */
export type LayerConfig = Readonly<Record<string, unknown>>;

/** A layer of a Keras model on its way into an ONNX graph. */
export interface LayerContext {
  name: string;
  kind: string;
  config: LayerConfig;
  inputs: readonly Value[];
  values: Values;
  /** The layer's weight of that name ('kernel'). @throws Fault where it has none */
  weight(name: string): Weight;
  has(name: string): boolean;
}

export type Layer = (layer: LayerContext) => Value;

type Attributes = Record<string, number | number[] | string>;

const turned = (handle: Handle): Value => ({ layout: 'nchw', handle });
const plain = (handle: Handle): Value => ({ layout: 'plain', handle });
const same = (value: Value, handle: Handle): Value => ({ layout: value.layout, handle });

/** One number for both axes, or one each. */
function planar(config: LayerConfig, name: string, otherwise: number): number[] {
  const value = config[name] ?? otherwise;
  return Array.isArray(value) ? value.map(Number) : [Number(value), Number(value)];
}

function padding({ config, name }: LayerContext): Attributes {
  const kind = config.padding ?? 'valid';
  if (kind === 'same') return SAME;
  if (kind === 'valid') return { pads: [0, 0, 0, 0] };
  throw new Fault(`The layer '${name}' pads by '${String(kind)}'; known: same, valid.`);
}

/** Names of Keras's activations to TensorFlow's. */
const NAMES: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  selu: 'Selu',
  sigmoid: 'Sigmoid',
  softplus: 'Softplus',
  softsign: 'Softsign',
  tanh: 'Tanh',
};

function activated({ values, name }: LayerContext, value: Value, activation: unknown): Value {
  if (activation === undefined || activation === null || activation === 'linear') return value;
  const { builder: b } = values;
  if (activation === 'softmax') return plain(b.op('Softmax', [values.plain(value)], { axis: -1 }));
  const handle = value.layout === 'nchw' ? values.nchw(value) : values.plain(value);
  if (activation === 'hardSigmoid' || activation === 'hard_sigmoid') {
    return same(value, b.op('HardSigmoid', [handle], { alpha: 0.2, beta: 0.5 }));
  }
  if (activation === 'swish' || activation === 'silu') {
    return same(value, b.op('Mul', [handle, b.op('Sigmoid', [handle])]));
  }
  const write = ACTIVATIONS[NAMES[String(activation)] ?? ''];
  if (write === undefined) {
    throw new Fault(
      `The layer '${name}' is activated by '${String(activation)}', which is not known; known: linear, softmax, hardSigmoid, swish, ${Object.keys(NAMES).join(', ')}.`,
    );
  }
  return same(value, write(b, handle, 1));
}

const only = (layer: LayerContext): Value => {
  if (layer.inputs.length !== 1) {
    throw new Fault(`The layer '${layer.name}' (${layer.kind}) has ${layer.inputs.length} inputs, not one.`);
  }
  return layer.inputs[0];
};

const picture = (layer: LayerContext): Handle => layer.values.nchw(only(layer));

function checkLayout({ config, name }: LayerContext): void {
  const format = config.data_format ?? 'channels_last';
  if (format !== 'channels_last') {
    throw new Fault(`The layer '${name}' works on ${String(format)}; only channels_last is converted.`);
  }
}

function biasOf(layer: LayerContext): Handle[] {
  return layer.has('bias')
    ? [layer.values.builder.constant(`${layer.name}/bias`, layer.weight('bias').data)]
    : [];
}

/** @param kernel the name of the weight */
function convolution(
  layer: LayerContext,
  x: Handle,
  kernel: string,
  depthwise: boolean,
  bias: Handle[],
): Handle {
  checkLayout(layer);
  const weight = layer.weight(kernel);
  const { dims, data } = depthwise ? depthwiseKernel(weight) : transposedKernel(weight);
  const { builder: b } = layer.values;
  return b.op('Conv', [x, b.constant(`${layer.name}/${kernel}`, data, dims), ...bias], {
    strides: planar(layer.config, 'strides', 1),
    dilations: planar(layer.config, 'dilation_rate', 1),
    ...(depthwise ? { group: weight.shape[2] } : {}),
    ...padding(layer),
  });
}

function separable(layer: LayerContext): Value {
  const { builder: b } = layer.values;
  const spread = convolution(layer, picture(layer), 'depthwise_kernel', true, []);
  const { dims, data } = transposedKernel(layer.weight('pointwise_kernel'));
  const point = b.constant(`${layer.name}/pointwise_kernel`, data, dims);
  return activated(layer, turned(b.op('Conv', [spread, point, ...biasOf(layer)])), layer.config.activation);
}

function transposed(layer: LayerContext): Value {
  checkLayout(layer);
  const { builder: b } = layer.values;
  const { shape, data } = layer.weight('kernel');
  const kernel = transposedKernel({ shape, data });
  const same = layer.config.padding === 'same';
  const strides = planar(layer.config, 'strides', 1);
  const x = picture(layer);
  const [, , height, width] = x.shape ?? [];
  if (same && (typeof height !== 'number' || typeof width !== 'number')) {
    throw new Fault(`The layer '${layer.name}' pads by 'same' over pictures of an open size.`);
  }
  const sizes = same ? { output_shape: [Number(height) * strides[0], Number(width) * strides[1]] } : {};
  const found = b.op(
    'ConvTranspose',
    [x, b.constant(`${layer.name}/kernel`, kernel.data, kernel.dims), ...biasOf(layer)],
    { strides, ...(same ? { auto_pad: 'SAME_UPPER', ...sizes } : { pads: [0, 0, 0, 0] }) },
  );
  return activated(layer, turned(found), layer.config.activation);
}

const pool =
  (opType: string): Layer =>
  (layer) => {
    checkLayout(layer);
    const size = planar(layer.config, 'pool_size', 2);
    const strides = layer.config.strides == null ? size : planar(layer.config, 'strides', 1);
    return turned(
      layer.values.builder.op(opType, [picture(layer)], { kernel_shape: size, strides, ...padding(layer) }),
    );
  };

const overAll =
  (opType: string): Layer =>
  (layer) => {
    const { builder: b } = layer.values;
    const found = b.op(opType, [picture(layer)]);
    return layer.config.keepdims === true ? turned(found) : plain(b.op('Flatten', [found], { axis: 1 }));
  };

function dense(layer: LayerContext): Value {
  const { builder: b } = layer.values;
  const { shape, data } = layer.weight('kernel');
  const kernel = b.constant(`${layer.name}/kernel`, data, shape);
  let found = b.op('MatMul', [layer.values.plain(only(layer)), kernel]);
  for (const bias of biasOf(layer)) found = b.op('Add', [found, bias]);
  return activated(layer, plain(found), layer.config.activation);
}

function normalisation(layer: LayerContext): Value {
  const { builder: b } = layer.values;
  const mean = layer.weight('moving_mean').data;
  const variance = layer.weight('moving_variance').data;
  const gamma = layer.has('gamma') ? layer.weight('gamma').data : new Float32Array(mean.length).fill(1);
  const beta = layer.has('beta') ? layer.weight('beta').data : new Float32Array(mean.length);
  const epsilon = Number(layer.config.epsilon ?? 1e-3);
  const rank = layer.values.rank(only(layer));
  const rows: [string, Float32Array][] = [
    ['gamma', gamma],
    ['beta', beta],
    ['moving_mean', mean],
    ['moving_variance', variance],
  ];
  const weights = rows.map(([name, data]) => b.constant(`${layer.name}/${name}`, data));
  const x = rank === 4 ? picture(layer) : layer.values.plain(only(layer));
  const found = b.op('BatchNormalization', [x, ...weights], { epsilon });
  return rank === 4 ? turned(found) : plain(found);
}

const merge =
  (opType: string): Layer =>
  (layer) => {
    const { builder: b } = layer.values;
    const [first, ...rest] = layer.inputs;
    const sum = rest.reduce((a, value): Value => {
      const { handles, layout } = layer.values.together(a, value);
      return { layout, handle: b.op(opType, handles) };
    }, first);
    if (layer.kind !== 'Average') return sum;
    const handle = sum.layout === 'nchw' ? layer.values.nchw(sum) : layer.values.plain(sum);
    return same(sum, b.op('Div', [handle, b.scalar(layer.inputs.length, 'count')]));
  };

function concatenate({ values, inputs, config }: LayerContext): Value {
  const axis = Number(config.axis ?? -1);
  const rank = values.rank(inputs[0]);
  const channels = axis === -1 || (rank !== undefined && axis === rank - 1);
  if (channels && rank === 4) {
    return turned(
      values.builder.op(
        'Concat',
        inputs.map((value) => values.nchw(value)),
        { axis: 1 },
      ),
    );
  }
  return plain(
    values.builder.op(
      'Concat',
      inputs.map((value) => values.plain(value)),
      { axis },
    ),
  );
}

function zeroPadding(layer: LayerContext): Value {
  const given = layer.config.padding ?? 1;
  const [rows, columns] = (Array.isArray(given) ? given : [given, given]).map((side: unknown) =>
    Array.isArray(side) ? side.map(Number) : [Number(side), Number(side)],
  );
  const { builder: b } = layer.values;
  const pads = b.ints([0, 0, rows[0], columns[0], 0, 0, rows[1], columns[1]]);
  return turned(b.op('Pad', [picture(layer), pads], { mode: 'constant' }));
}

function upsampling(layer: LayerContext): Value {
  const [rows, columns] = planar(layer.config, 'size', 2);
  const { builder: b } = layer.values;
  const scales = b.constant(`${layer.name}/scales`, Float32Array.of(1, 1, rows, columns));
  const linear = layer.config.interpolation === 'bilinear';
  return turned(
    b.op('Resize', [picture(layer), null, scales], {
      mode: linear ? 'linear' : 'nearest',
      coordinate_transformation_mode: linear ? 'half_pixel' : 'asymmetric',
      ...(linear ? {} : { nearest_mode: 'floor' }),
    }),
  );
}

function prelu(layer: LayerContext): Value {
  const value = only(layer);
  const { shape, data } = layer.weight('alpha');
  const { builder: b } = layer.values;
  const slope = layer.values.constant({ shape, type: 'float32', data });
  // One slope per place and channel, or (shared over places) 1×1×C.
  if (shape.length === 3) {
    const four = layer.values.constant({ shape: [1, ...shape], type: 'float32', data });
    return turned(b.op('PRelu', [picture(layer), layer.values.nchw(four)]));
  }
  return plain(b.op('PRelu', [layer.values.plain(value), layer.values.plain(slope)]));
}

const passed: Layer = (layer) => only(layer);

function reshaped(layer: LayerContext, sizes: readonly number[]): Value {
  const { builder: b } = layer.values;
  return plain(b.op('Reshape', [layer.values.plain(only(layer)), b.ints([0, ...sizes])]));
}

const unary =
  (write: (b: GraphBuilder, x: Handle, config: LayerConfig) => Handle): Layer =>
  (layer) => {
    const value = only(layer);
    const handle = value.layout === 'nchw' ? layer.values.nchw(value) : layer.values.plain(value);
    return same(value, write(layer.values.builder, handle, layer.config));
  };

/** Keras's layers, by class. */
export const KERAS_LAYERS: Readonly<Record<string, Layer>> = {
  Activation: (layer) => activated(layer, only(layer), layer.config.activation),
  Add: merge('Add'),
  Average: merge('Add'),
  AveragePooling2D: pool('AveragePool'),
  BatchNormalization: normalisation,
  Concatenate: concatenate,
  Conv2D: (layer) =>
    activated(
      layer,
      turned(convolution(layer, picture(layer), 'kernel', false, biasOf(layer))),
      layer.config.activation,
    ),
  Conv2DTranspose: transposed,
  Dense: dense,
  DepthwiseConv2D: (layer) =>
    activated(
      layer,
      turned(convolution(layer, picture(layer), 'depthwise_kernel', true, biasOf(layer))),
      layer.config.activation,
    ),
  Dropout: passed,
  ELU: unary((b, x, config) => ACTIVATIONS.Elu(b, x, Number(config.alpha ?? 1))),
  Flatten: (layer) => reshaped(layer, [-1]),
  GaussianNoise: passed,
  GlobalAveragePooling2D: overAll('GlobalAveragePool'),
  GlobalMaxPooling2D: overAll('GlobalMaxPool'),
  LeakyReLU: unary((b, x, config) => ACTIVATIONS.LeakyRelu(b, x, Number(config.alpha ?? 0.3))),
  MaxPooling2D: pool('MaxPool'),
  Maximum: merge('Max'),
  Minimum: merge('Min'),
  Multiply: merge('Mul'),
  Permute: (layer) => {
    const perm = [0, ...(layer.config.dims as number[])];
    return plain(layer.values.builder.op('Transpose', [layer.values.plain(only(layer))], { perm }));
  },
  PReLU: prelu,
  ReLU: unary((b, x, config) => {
    const most = config.max_value ?? null;
    if (most === null) return b.op('Relu', [x]);
    return b.op('Clip', [x, b.scalar(0, 'zero'), b.scalar(Number(most), 'most')]);
  }),
  // TensorFlow.js writes the length that is to be found as null, Keras as −1.
  Reshape: (layer) =>
    reshaped(
      layer,
      (layer.config.target_shape as (number | null)[]).map((size) => size ?? -1),
    ),
  SeparableConv2D: separable,
  Softmax: (layer) => activated(layer, only(layer), 'softmax'),
  SpatialDropout2D: passed,
  Subtract: merge('Sub'),
  UpSampling2D: upsampling,
  ZeroPadding2D: zeroPadding,
};
