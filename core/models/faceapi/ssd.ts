import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Model } from '../../graph/model.ts';
import type { Weight } from '../tfjs/weights.ts';
import { FaceApiLayers, type PerChannel } from './layers.ts';

/** Side of the square input that the anchors of the weights file belong to. */
export const SSD_SIDE = 512;

/** TensorFlow's object detection code writes 0.001 so. */
const EPSILON = 0.0010000000474974513;

/** Depthwise convolutions of MobileNetV1 that halve the size. */
const HALVING = new Set([2, 4, 6, 12]);

/** How strongly offsets of centres and of sizes are scaled, the object detection code's box coder. */
const CENTRE_SCALE = 10;
const SIZE_SCALE = 5;

/**
 * face-api.js's SSD over MobileNetV1: N×3×512×512, RGB / 127.5 − 1 → 'scores' N×5118×2 (no face, face) and 'boxes'
 * N×5118×4 (left, top, right, bottom as fractions of the input), decoded against the anchors in the graph.
 * @throws Fault where a weight is missing or has another shape.
 */
export function ssdModel(weights: ReadonlyMap<string, Weight>): Model {
  const b = new GraphBuilder('face-api-ssd');
  const layers = new FaceApiLayers(b, weights, "face-api.js's SSD detector");

  const pointwise = (x: Handle, at: string, stride = 1): Handle =>
    layers.relu6(layers.conv(x, `${at}/weights`, `${at}/convolution_bn_offset`, { stride }));

  const depthwise = (x: Handle, at: string, stride: number): Handle => {
    const of = (name: string): Float32Array => layers.weight(`${at}/BatchNorm/${name}`, 1).data;
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(of);
    const scale = Float64Array.from(gamma, (g, i) => g / Math.sqrt(variance[i] + EPSILON));
    const after: PerChannel = { scale, offset: Float64Array.from(beta, (v, i) => v - mean[i] * scale[i]) };
    return layers.relu6(layers.depthwise(x, `${at}/depthwise_weights`, stride, undefined, after));
  };

  let x = pointwise(b.input('input', ['N', 3, SSD_SIDE, SSD_SIDE]), 'MobilenetV1/Conv2d_0_pointwise', 2);
  let eleventh = x;
  for (let i = 1; i <= 13; i++) {
    x = depthwise(x, `MobilenetV1/Conv2d_${i}_depthwise`, HALVING.has(i) ? 2 : 1);
    x = pointwise(x, `MobilenetV1/Conv2d_${i}_pointwise`);
    if (i === 11) eleventh = x;
  }
  const maps = [eleventh, x];
  for (let i = 0; i < 8; i += 2) {
    x = pointwise(
      pointwise(x, `Prediction/Conv2d_${i}_pointwise`),
      `Prediction/Conv2d_${i + 1}_pointwise`,
      2,
    );
    maps.push(x);
  }

  /** Rows of `width` numbers, place after place, anchor after anchor. */
  const rows = (map: Handle, at: string, width: number): Handle => {
    const found = layers.conv(map, `${at}/weights`, `${at}/biases`);
    return b.op('Reshape', [b.op('Transpose', [found], { perm: [0, 2, 3, 1] }), b.ints([0, -1, width])]);
  };
  const each = (predictor: string, width: number): Handle =>
    b.op(
      'Concat',
      maps.map((map, i) => rows(map, `Prediction/BoxPredictor_${i}/${predictor}`, width)),
      { axis: 1 },
    );
  const columns = (value: Handle, from: number, to: number): Handle =>
    b.op('Slice', [value, b.ints([from]), b.ints([to]), b.ints([2])]);

  // Of the three classes (background, face, one that was never trained) a sigmoid of the second is the score.
  const face = b.op('Sigmoid', [columns(each('ClassPredictor', 3), 1, 2)]);
  const scores = b.op('Concat', [b.op('Sub', [b.scalar(1, 'one'), face]), face], { axis: 2 }, 'scores');

  const anchors = layers.weight('Output/extra_dim', 3);
  const { centres, sizes } = centresAndSizes(anchors.data);
  const shape = [1, anchors.shape[1], 2];
  const size = b.constant('anchors/sizes', sizes, shape);
  const codes = each('BoxEncodingPredictor', 4);
  const scaled = (value: Handle, by: number): Handle => b.op('Div', [value, b.scalar(by, 'scale')]);
  const centre = b.op('Add', [
    b.op('Mul', [scaled(columns(codes, 0, 2), CENTRE_SCALE), size]),
    b.constant('anchors/centres', centres, shape),
  ]);
  const halfSize = scaled(b.op('Mul', [b.op('Exp', [scaled(columns(codes, 2, 4), SIZE_SCALE)]), size]), 2);
  const corners = b.op('Concat', [b.op('Sub', [centre, halfSize]), b.op('Add', [centre, halfSize])], {
    axis: 2,
  });
  // TensorFlow's boxes are top, left, bottom, right.
  const boxes = b.op('Gather', [corners, b.ints([1, 0, 3, 2])], { axis: 2 }, 'boxes');
  return b.model([scores, boxes]);
}

/** Anchors given by their corners (top, left, bottom, right): centres and sizes as y, x in turn. */
function centresAndSizes(corners: Float32Array): { centres: Float32Array; sizes: Float32Array } {
  const centres = new Float32Array(corners.length / 2);
  const sizes = new Float32Array(corners.length / 2);
  for (let i = 0; i < corners.length / 4; i++) {
    for (let axis = 0; axis < 2; axis++) {
      const from = corners[4 * i + axis];
      const extent = corners[4 * i + 2 + axis] - from;
      sizes[2 * i + axis] = extent;
      centres[2 * i + axis] = from + extent / 2;
    }
  }
  return { centres, sizes };
}
