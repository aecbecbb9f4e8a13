import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Project } from '../../../core/project/project.ts';
import type { Quality } from '../../../core/project/types.ts';
import { projectOf, scratch } from './scratch.ts';

const folder = scratch();
const POINTS = [10, 10, 20, 10, 15, 15, 11, 20, 19, 20];

const figure = (face: number, total: number): Quality & { face: number } => ({
  ...{ face, total, size: total, sharpness: 1, pose: null, score: 0.9, occlusion: null },
});

test('figures are kept, selected by, and gone when the face or its picture becomes another', () => {
  const path = join(folder, 'p.visage');
  const project = projectOf(path, 4);
  expect(() => project.select({ minQuality: 0.5 })).toThrow('No face of this project has a quality figure');
  project.recordQualities(1, [figure(1, 0.2), figure(2, 0.7), figure(3, 0.9)]);
  expect(project.quality(2)).toEqual({
    ...{ total: 0.7, size: 0.7, sharpness: 1, pose: null, score: 0.9, occlusion: null },
  });
  expect(project.quality(4)).toBe(null);
  // Exactly the bound passes, although columns are float32; faces that were not judged do not.
  expect([...project.select({ minQuality: 0.7 })]).toEqual([2, 3]);
  expect([...project.labelTable(Int32Array.of(4, 1)).qualities]).toEqual([Number.NaN, Math.fround(0.2)]);
  expect([...project.judgedFaces(1)]).toEqual([1, 2, 3]);
  expect([...project.judgedFaces(2)]).toEqual([]);
  project.recordQualities(2, [figure(1, 0.75)]);
  expect([...project.select({ minQuality: 0.7 })]).toEqual([1, 2, 3]);
  expect(() => project.recordQualities(2, [figure(2, 1.5)])).toThrow("The total of face '2' is '1.5'");

  project.recordDetections([{ face: 2, box: [1, 1, 30, 30], points: POINTS, score: 0.8 }]);
  expect(project.quality(2)).toBe(null);
  const seen = (hash: string): void => project.recordImages([{ id: 3, state: 'ok', hash }]);
  seen('a'.repeat(64));
  seen('a'.repeat(64));
  expect([...project.select({ minQuality: 0.7 })]).toEqual([1, 3]);
  seen('b'.repeat(64));
  expect([...project.select({ minQuality: 0.7 })]).toEqual([1]);
  expect(project.verify()).toEqual([]);
  project.close();
});

test('a reader sees what another process wrote', () => {
  const path = join(folder, 'two.visage');
  const writer = projectOf(path, 2);
  const reader = Project.open(path, { readOnly: true });
  writer.recordQualities(1, [figure(1, 0.4)]);
  expect([...reader.select({ minQuality: 0.3 })]).toEqual([1]);
  writer.recordQualities(1, [figure(2, 0.5)]);
  expect([...reader.select({ minQuality: 0.3 })]).toEqual([1, 2]);
  reader.close();
  writer.close();
});

test('a project of the second schema is brought up to date with all its faces', () => {
  const path = join(folder, 'second.visage');
  projectOf(path, 3).close();
  const db = new Database(join(path, 'project.db'));
  db.exec(
    'DROP TRIGGER qualities_of_moved_faces; DROP TRIGGER qualities_of_other_pictures; DROP TABLE qualities',
  );
  db.pragma('user_version = 2');
  db.close();
  const project = Project.open(path);
  project.recordQualities(1, [figure(3, 0.6)]);
  expect([...project.select({ minQuality: 0.1 })]).toEqual([3]);
  expect(project.faceCount()).toBe(3);
  project.close();
});
