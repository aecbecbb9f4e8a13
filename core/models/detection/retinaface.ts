import { Fault } from '../../foundation/fault.ts';
import type { FoundFace } from './boxes.ts';
import { type Decoder, floatsOf, shapesOf } from './decoder.ts';

const LEVELS = [
  { stride: 8, sides: [16, 32] },
  { stride: 16, sides: [64, 128] },
  { stride: 32, sides: [256, 512] },
];
const CENTRE_VARIANCE = 0.1;
const SIZE_VARIANCE = 0.2;

/**
 * Priors of RetinaFace in its widely used PyTorch form: per stride a grid of cell centres with two square boxes each,
 * row by row; centre x, centre y, side in pixels.
 */
export function retinaPriors([width, height]: readonly [number, number]): Float32Array {
  const priors: number[] = [];
  for (const { stride, sides } of LEVELS) {
    const columns = Math.ceil(width / stride);
    const rows = Math.ceil(height / stride);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (const side of sides) priors.push((column + 0.5) * stride, (row + 0.5) * stride, side);
      }
    }
  }
  return Float32Array.from(priors);
}

/**
 * RetinaFace (Deng et al. 2019; variances 0.1 and 0.2 as in SSD): outputs N×P×4 (box offsets), N×P×2 (background,
 * face; a softmax is applied here where the file left it out) and N×P×10 (point offsets). Centre = prior centre +
 * 0.1·offset·side, size = side·exp(0.2·offset), points like the centre.
 */
export const decodeRetinaFace: Decoder = (outputs, items, { size, minScore }) => {
  const priors = retinaPriors(size);
  const places = priors.length / 3;
  const tensors = Object.values(outputs);
  const read = (columns: number): Float32Array | undefined => {
    const tensor = tensors.find(
      ({ dims, data }) => dims.at(-1) === columns && data.length === items * places * columns,
    );
    return tensor && floatsOf(tensor);
  };
  const offsets = read(4);
  const classes = read(2);
  const points = read(10);
  if (!offsets || !classes) {
    throw new Fault(
      `A 'retinaface' detector gives, at ${size.join('×')} pixels, outputs of ${places} places with 4 box offsets, ` +
        `2 classes and 10 point offsets; this one gives ${shapesOf(outputs)}.`,
    );
  }
  const probabilities = classes.every((value) => value >= 0 && value <= 1);
  const scoreAt = (at: number): number =>
    probabilities ? classes[2 * at + 1] : 1 / (1 + Math.exp(classes[2 * at] - classes[2 * at + 1]));

  return Array.from({ length: items }, (_, item) => {
    const faces: FoundFace[] = [];
    for (let place = 0; place < places; place++) {
      const at = item * places + place;
      const score = scoreAt(at);
      if (!(score >= minScore)) continue;
      const [x, y, side] = priors.subarray(3 * place, 3 * place + 3);
      const width = side * Math.exp(offsets[4 * at + 2] * SIZE_VARIANCE);
      const height = side * Math.exp(offsets[4 * at + 3] * SIZE_VARIANCE);
      const shift = CENTRE_VARIANCE * side;
      faces.push({
        box: [
          x + offsets[4 * at] * shift - width / 2,
          y + offsets[4 * at + 1] * shift - height / 2,
          width,
          height,
        ],
        points:
          points === undefined
            ? null
            : Float32Array.from(
                { length: 10 },
                (_, i) => (i % 2 === 0 ? x : y) + points[10 * at + i] * shift,
              ),
        score,
      });
    }
    return faces;
  });
};
