import { Fault } from '../../foundation/fault.ts';
import type { FoundFace } from './boxes.ts';
import { type Decoder, floatsOf, shapesOf } from './decoder.ts';

/**
 * Ultra-light face detectors (RFB and slim): scores N×P×2 (background, face; softmax done) and boxes N×P×4 (left, top,
 * right, bottom as fractions of the input; priors already applied inside the graph). No points.
 */
export const decodeRfb: Decoder = (outputs, items, { size, minScore }) => {
  const tensors = Object.values(outputs);
  const scores = tensors.find(({ dims }) => dims.at(-1) === 2);
  const boxes = tensors.find(({ dims }) => dims.at(-1) === 4);
  const places = scores?.dims.at(-2);
  if (!scores || !boxes || places === undefined || places !== boxes.dims.at(-2)) {
    throw new Fault(
      `An 'rfb' detector gives scores N×P×2 and boxes N×P×4; this one gives ${shapesOf(outputs)}.`,
    );
  }
  const score = floatsOf(scores);
  const box = floatsOf(boxes);
  const [width, height] = size;
  return Array.from({ length: items }, (_, item) => {
    const faces: FoundFace[] = [];
    for (let place = item * places; place < (item + 1) * places; place++) {
      if (!(score[2 * place + 1] >= minScore)) continue;
      const left = box[4 * place] * width;
      const top = box[4 * place + 1] * height;
      faces.push({
        box: [left, top, box[4 * place + 2] * width - left, box[4 * place + 3] * height - top],
        points: null,
        score: score[2 * place + 1],
      });
    }
    return faces;
  });
};
