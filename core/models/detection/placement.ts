import type { Rectangle } from '../alignment/rectangle.ts';
import type { FoundFace } from './boxes.ts';

/**
 * The part of a picture that a detector sees: the whole of it with a border of `pad` × its sides on every side (tight
 * crops have no context, and detectors miss faces that fill the picture), stretched to the input or widened to the
 * input's aspect ('letterbox'; what lies outside the picture is black).
 */
export function seenRectangle(
  [width, height]: readonly [number, number],
  input: readonly [number, number],
  fit: 'stretch' | 'letterbox',
  pad: number,
): Rectangle {
  const wide = width * (1 + 2 * pad);
  const high = height * (1 + 2 * pad);
  const scale = Math.max(wide / input[0], high / input[1]);
  const seen = fit === 'stretch' ? [wide, high] : [scale * input[0], scale * input[1]];
  return [(width - seen[0]) / 2, (height - seen[1]) / 2, seen[0], seen[1]];
}

/** A face in pixels of the input, in pixels of the picture. */
export function toPicture(face: FoundFace, seen: Rectangle, input: readonly [number, number]): FoundFace {
  const x = seen[2] / input[0];
  const y = seen[3] / input[1];
  const [left, top, width, height] = face.box;
  return {
    box: [seen[0] + left * x, seen[1] + top * y, width * x, height * y],
    points: face.points?.map((value, i) => (i % 2 === 0 ? seen[0] + value * x : seen[1] + value * y)) ?? null,
    score: face.score,
  };
}
