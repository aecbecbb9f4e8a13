import { Fault } from '../../../foundation/fault.ts';
import type { Handle } from '../../../graph/builder.ts';
import { depthwiseKernel, SAME, transposedKernel } from '../kernels.ts';
import { ACTIVATIONS } from './elementwise.ts';
import type { NodeContext, Operator, Operators } from './operator.ts';

type Attributes = Record<string, number | number[] | string>;

/** Rows and columns of an attribute that lists one number per axis of N×H×W×C. */
function planar(node: NodeContext, name: string): number[] {
  const all = node.wholes(name);
  return all.length === 4 ? [all[1], all[2]] : [1, 1];
}

/** 'SAME' (the odd pixel behind), 'VALID', or explicit margins, as ONNX's attributes. */
function padding(node: NodeContext): Attributes {
  const kind = node.text('padding', 'VALID');
  if (kind === 'SAME') return SAME;
  if (kind === 'VALID') return { pads: [0, 0, 0, 0] };
  const margins = node.wholes('explicit_paddings');
  return { pads: [margins[2], margins[4], margins[3], margins[5]] };
}

function checkLayout(node: NodeContext): void {
  const layout = node.text('data_format', 'NHWC');
  if (layout !== 'NHWC') {
    throw new Fault(
      `${node.label} works on ${layout}; TensorFlow.js models are NHWC, and only that is converted.`,
    );
  }
}

function convolve(node: NodeContext, depthwise: boolean, bias?: Handle): Handle {
  checkLayout(node);
  const weight = node.values.floats(node.input(1), `The kernel of ${node.node.op} '${node.node.name}'`);
  const { dims, data } = depthwise ? depthwiseKernel(weight) : transposedKernel(weight);
  const kernel = node.b.constant(node.node.input[1], data, dims);
  return node.b.op('Conv', [node.nchw(0), kernel, ...(bias === undefined ? [] : [bias])], {
    strides: planar(node, 'strides'),
    dilations: planar(node, 'dilations'),
    ...(depthwise ? { group: weight.shape[2] } : {}),
    ...padding(node),
  });
}

/** Adds what a fused operator does after its product, in order: a bias, an activation. */
function fused(node: NodeContext, product: (bias: Handle | undefined) => Handle, turned: boolean): Handle {
  const steps = node.texts('fused_ops');
  const biased = steps[0] === 'BiasAdd';
  const known = steps.slice(biased ? 1 : 0);
  let x = product(biased ? node.plain(2) : undefined);
  for (const step of known) {
    if (step === 'Prelu') {
      const slope = node.values.plain(node.input(3));
      x = node.b.op('PRelu', [x, turned ? node.b.op('Reshape', [slope, node.b.ints([-1, 1, 1])]) : slope]);
      continue;
    }
    const activation = ACTIVATIONS[step];
    if (activation === undefined) {
      throw new Fault(
        `${node.label} is fused with '${step}', which is not known; known: BiasAdd, Prelu, ${Object.keys(ACTIVATIONS).join(', ')}.`,
      );
    }
    x = activation(node.b, x, step === 'LeakyRelu' ? node.number('leakyrelu_alpha', 0.2) : 1);
  }
  return x;
}

const fusedConvolution =
  (depthwise: boolean): Operator =>
  (node) =>
    node.giveTurned(fused(node, (bias) => convolve(node, depthwise, bias), true));

const pool =
  (opType: string): Operator =>
  (node) => {
    checkLayout(node);
    return node.giveTurned(
      node.b.op(opType, [node.nchw(0)], {
        kernel_shape: planar(node, 'ksize'),
        strides: planar(node, 'strides'),
        ...padding(node),
      }),
    );
  };

function matrices(node: NodeContext, a: string, b: string): [Handle, Handle] {
  const turn = (handle: Handle, wanted: boolean): Handle => {
    if (!wanted) return handle;
    const rank = handle.shape?.length ?? 2;
    const perm = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
    return node.b.op('Transpose', [handle], { perm });
  };
  return [turn(node.plain(0), node.flag(a)), turn(node.plain(1), node.flag(b))];
}

const batchProduct: Operator = (node) => node.give(node.b.op('MatMul', matrices(node, 'adj_x', 'adj_y')));

/** Per channel (x − mean) / √(variance + ε) · scale + offset; only as it runs after training. */
const normalisation: Operator = (node) => {
  checkLayout(node);
  if (node.flag('is_training')) {
    throw new Fault(
      `${node.label} is in training mode; only a network that has been frozen can be converted.`,
    );
  }
  const rest = [1, 2, 3, 4].map((i) => node.plain(i));
  const epsilon = node.number('epsilon', 1e-3);
  return node.giveTurned(node.b.op('BatchNormalization', [node.nchw(0), ...rest], { epsilon }));
};

/** Resizing with TensorFlow's three ways to place the grid. */
const resize =
  (mode: 'linear' | 'nearest'): Operator =>
  (node) => {
    const [height, width] = node.integers(1);
    const x = node.nchw(0);
    const [corners, centres] = [node.flag('align_corners'), node.flag('half_pixel_centers')];
    const batch = node.b.op('Shape', [x], { start: 0, end: 2 });
    const sizes = node.b.op('Concat', [batch, node.b.ints([height, width])], { axis: 0 });
    return node.giveTurned(
      node.b.op('Resize', [x, null, null, sizes], {
        mode,
        coordinate_transformation_mode: corners ? 'align_corners' : centres ? 'half_pixel' : 'asymmetric',
        ...(mode === 'nearest' ? { nearest_mode: corners || centres ? 'round_prefer_ceil' : 'floor' } : {}),
      }),
    );
  };

/** The gradient of a convolution with regard to its input: what is called a transposed convolution. */
const transposedConvolution: Operator = (node) => {
  checkLayout(node);
  const shape = node.integers(0);
  const { shape: dims, data } = node.values.floats(node.input(1), `The kernel of '${node.node.name}'`);
  const [h, w, outputs, inputs] = dims;
  // height × width × out × in to in × out × height × width.
  const kernel = transposedKernel({ shape: [h, w, outputs, inputs], data });
  const constant = node.b.constant(node.node.input[1], kernel.data, kernel.dims);
  const strides = planar(node, 'strides');
  const same = node.text('padding') === 'SAME';
  return node.giveTurned(
    node.b.op('ConvTranspose', [node.nchw(2), constant], {
      strides,
      ...(same ? { auto_pad: 'SAME_UPPER', output_shape: [shape[1], shape[2]] } : { pads: [0, 0, 0, 0] }),
    }),
  );
};

export const CONVOLUTION: Operators = {
  Conv2D: (node) => node.giveTurned(convolve(node, false)),
  DepthwiseConv2dNative: (node) => node.giveTurned(convolve(node, true)),
  DepthwiseConv2d: (node) => node.giveTurned(convolve(node, true)),
  _FusedConv2D: fusedConvolution(false),
  FusedDepthwiseConv2dNative: fusedConvolution(true),
  Conv2DBackpropInput: transposedConvolution,
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  FusedBatchNorm: normalisation,
  FusedBatchNormV2: normalisation,
  FusedBatchNormV3: normalisation,
  ResizeBilinear: resize('linear'),
  ResizeNearestNeighbor: resize('nearest'),
  MatMul: (node) => node.give(node.b.op('MatMul', matrices(node, 'transpose_a', 'transpose_b'))),
  BatchMatMul: batchProduct,
  BatchMatMulV2: batchProduct,
  _FusedMatMul: (node) =>
    node.give(
      fused(
        node,
        (bias) => {
          const product = node.b.op('MatMul', matrices(node, 'transpose_a', 'transpose_b'));
          return bias === undefined ? product : node.b.op('Add', [product, bias]);
        },
        false,
      ),
    ),
};
