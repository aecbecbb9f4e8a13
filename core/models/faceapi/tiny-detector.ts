import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Model } from '../../graph/model.ts';
import type { Weight } from '../tfjs/weights.ts';
import { FaceApiLayers } from './layers.ts';

/** Side of the square input: the public code's default. */
export const TINY_SIDE = 416;

/** Widths and heights of the anchors in cells, as the public code gives them for these weights. */
const ANCHORS = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;

const LEAK = 0.1;

/**
 * face-api.js's tiny detector (YOLOv2's head over separable convolutions): N×3×416×416, RGB minus its mean, / 255 →
 * 'scores' N×845×2 (no face, face) and 'boxes' N×845×4 (left, top, right, bottom as fractions of the input).
 * @throws Fault where a weight is missing or has another shape.
 */
export function tinyDetectorModel(weights: ReadonlyMap<string, Weight>): Model {
  const b = new GraphBuilder('face-api-tiny-detector');
  const layers = new FaceApiLayers(b, weights, "face-api.js's tiny detector");
  const ONE_AROUND = { pads: [1, 1, 1, 1] };
  const leaky = (x: Handle): Handle => b.op('LeakyRelu', [x], { alpha: LEAK });

  let x = leaky(
    layers.conv(b.input('input', ['N', 3, TINY_SIDE, TINY_SIDE]), 'conv0/filters', 'conv0/bias', {
      padding: { pads: [0, 0, 0, 0] },
    }),
  );
  for (let i = 1; i <= 5; i++)
    x = leaky(layers.separable(layers.maxPool(x, 2, 2), `conv${i}`, 1, ONE_AROUND));
  x = layers.conv(layers.maxPool(x, 2, 1), 'conv8/filters', 'conv8/bias');

  const cells = (x.shape as number[])[2];
  const places = cells * cells * ANCHORS.length;
  // N×25×13×13 to one row of five numbers per cell and anchor.
  const rows = b.op('Reshape', [b.op('Transpose', [x], { perm: [0, 2, 3, 1] }), b.ints([0, places, 5])]);
  const columns = (from: number, to: number): Handle =>
    b.op('Slice', [rows, b.ints([from]), b.ints([to]), b.ints([2])]);

  const face = b.op('Sigmoid', [columns(4, 5)]);
  const scores = b.op('Concat', [b.op('Sub', [b.scalar(1, 'one'), face]), face], { axis: 2 }, 'scores');

  const corner = new Float32Array(2 * places);
  const halfSizes = new Float32Array(2 * places);
  for (let place = 0; place < places; place++) {
    const cell = Math.floor(place / ANCHORS.length);
    const [width, height] = ANCHORS[place % ANCHORS.length];
    corner.set([(cell % cells) / cells, Math.floor(cell / cells) / cells], 2 * place);
    halfSizes.set([width / cells / 2, height / cells / 2], 2 * place);
  }
  const within = b.op('Div', [b.op('Sigmoid', [columns(0, 2)]), b.scalar(cells, 'cells')]);
  const centre = b.op('Add', [within, b.constant('anchors/corners', corner, [1, places, 2])]);
  const halfSize = b.op('Mul', [
    b.op('Exp', [columns(2, 4)]),
    b.constant('anchors/half-sizes', halfSizes, [1, places, 2]),
  ]);
  const boxes = b.op(
    'Concat',
    [b.op('Sub', [centre, halfSize]), b.op('Add', [centre, halfSize])],
    { axis: 2 },
    'boxes',
  );
  return b.model([scores, boxes]);
}
