import { expect, test } from 'vitest';
import type { FoundFace } from '../../../../core/models/detection/boxes.ts';
import { faceOfRecord, matchRecords } from '../../../../core/models/detection/choice.ts';

const face = (x: number, y: number, side: number, score = 0.9): FoundFace => ({
  box: [x, y, side, side],
  points: null,
  score,
});
const SIZE = [250, 250] as const;

test('without a known box the most central large face is the record’s', () => {
  const centre = face(85, 85, 80);
  const edge = face(0, 0, 100, 0.99);
  expect(faceOfRecord([edge, centre], null, SIZE)).toBe(centre);
  const huge = face(0, 0, 200);
  expect(faceOfRecord([centre, huge], null, SIZE)).toBe(huge);
  expect(faceOfRecord([], null, SIZE)).toBeUndefined();
});

test('with a known box it is the one that overlaps it, or none', () => {
  const left = face(10, 80, 60);
  const right = face(170, 80, 60);
  expect(faceOfRecord([left, right], [165, 75, 70, 70], SIZE)).toBe(right);
  expect(faceOfRecord([left, right], [100, 200, 20, 20], SIZE)).toBeUndefined();
});

test('records of one picture never share a face', () => {
  const faces = [face(10, 80, 60), face(170, 80, 60), face(95, 95, 60)];
  const known = [null, [15, 85, 60, 60], [12, 80, 60, 60], null] as const;
  // Record 2 overlaps face 0 more than record 1 does; record 1 then has none; record 0 gets the central face.
  expect([...matchRecords(faces, known, SIZE)]).toEqual([2, -1, 0, -1]);
});
