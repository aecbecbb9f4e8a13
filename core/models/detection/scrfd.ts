import type { Tensor } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { FoundFace } from './boxes.ts';
import { type Decoder, floatsOf, shapesOf } from './decoder.ts';

const STRIDES = [8, 16, 32];
const ANCHORS = 2;

/** One output per stride, finest first: told apart by the last dimension, ordered by how many places they have. */
function byStride(outputs: readonly Tensor[], columns: number): Tensor[] {
  return outputs.filter(({ dims }) => dims.at(-1) === columns).sort((a, b) => b.data.length - a.data.length);
}

/**
 * SCRFD (Guo et al. 2021) as its public ONNX files give it: per stride 8, 16, 32 scores P×1, box distances P×4 (left,
 * top, right, bottom) and, in the files with points, P×10; P = 2 anchors × columns × rows of the stride's grid, row
 * by row. Distances and points are in strides from the anchor's place (column·stride, row·stride). Files differ in
 * whether a batch dimension stands in front, and in the order of their outputs: both are taken.
 */
export const decodeScrfd: Decoder = (outputs, items, { size, minScore }) => {
  const tensors = Object.values(outputs);
  const scores = byStride(tensors, 1);
  const boxes = byStride(tensors, 4);
  const points = byStride(tensors, 10);
  const grid = STRIDES.map((stride) => [Math.ceil(size[0] / stride), Math.ceil(size[1] / stride)]);
  const fits = (group: readonly Tensor[], columns: number): boolean =>
    group.length === STRIDES.length &&
    group.every(
      ({ data }, level) => data.length === items * ANCHORS * grid[level][0] * grid[level][1] * columns,
    );
  if (!fits(scores, 1) || !fits(boxes, 4) || (points.length > 0 && !fits(points, 10))) {
    throw new Fault(
      `An 'scrfd' detector gives, for strides ${STRIDES.join(', ')} and ${ANCHORS} anchors at ${size.join('×')} pixels, ` +
        `scores, boxes and points of ${grid.map(([columns, rows]) => ANCHORS * columns * rows).join(', ')} places; ` +
        `this one gives ${shapesOf(outputs)}.`,
    );
  }

  const found: FoundFace[][] = Array.from({ length: items }, () => []);
  for (const [level, stride] of STRIDES.entries()) {
    const [columns, rows] = grid[level];
    const places = ANCHORS * columns * rows;
    const score = floatsOf(scores[level]);
    const box = floatsOf(boxes[level]);
    const point = points.length > 0 ? floatsOf(points[level]) : null;
    for (let at = 0; at < items * places; at++) {
      if (!(score[at] >= minScore)) continue;
      const cell = Math.floor((at % places) / ANCHORS);
      const x = (cell % columns) * stride;
      const y = Math.floor(cell / columns) * stride;
      const left = x - box[4 * at] * stride;
      const top = y - box[4 * at + 1] * stride;
      found[Math.floor(at / places)].push({
        box: [left, top, x + box[4 * at + 2] * stride - left, y + box[4 * at + 3] * stride - top],
        points:
          point &&
          Float32Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? x : y) + point[10 * at + i] * stride),
        score: score[at],
      });
    }
  }
  return found;
};
