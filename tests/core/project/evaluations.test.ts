import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Project } from '../../../core/project/project.ts';
import { MIGRATIONS } from '../../../core/project/schema.ts';
import { scratch } from './scratch.ts';

const folder = scratch();
const judged = (key: string, accuracy: number) => ({
  ...{ key, model: 'net', modelHash: 'abc', pairs: 'lfw', pairsHash: 'def' },
  ...{ result: { accuracy }, detail: { roc: { far: [0, 1], tar: [0, 1] } } },
});

test('evaluations are kept, replaced where the same is judged again, and removed', () => {
  const path = join(folder, 'kept.visage');
  const project = Project.create(path);
  project.addEvaluation(judged('one', 0.9));
  const second = project.addEvaluation(judged('two', 0.8));
  const again = project.addEvaluation(judged('one', 0.95));
  expect(again.id).toBeGreaterThan(second.id);
  project.close();

  const opened = Project.open(path);
  const accuracies = (): unknown[] => opened.evaluations().map(({ result }) => result.accuracy);
  expect(accuracies()).toEqual([0.8, 0.95]);
  expect(opened.evaluations()[1]).toEqual({
    ...{ id: again.id, model: 'net', modelHash: 'abc', pairs: 'lfw', pairsHash: 'def' },
    ...{ result: { accuracy: 0.95 }, time: again.time },
  });
  expect(opened.evaluationDetail(again.id)).toEqual({ roc: { far: [0, 1], tar: [0, 1] } });
  opened.removeEvaluation(second.id);
  expect(accuracies()).toEqual([0.95]);
  expect(() => opened.removeEvaluation(second.id)).toThrow(`no evaluation '${second.id}'`);
  expect(() => opened.evaluationDetail(99)).toThrow("no evaluation '99'");
  expect(opened.verify()).toEqual([]);
  opened.close();
});

test('a project of the first schema is brought up to date', () => {
  const path = join(folder, 'first.visage');
  Project.create(path).close();
  const db = new Database(join(path, 'project.db'));
  db.exec(
    'DROP TRIGGER qualities_of_moved_faces; DROP TRIGGER qualities_of_other_pictures; DROP TABLE qualities; DROP TABLE evaluations',
  );
  db.pragma('user_version = 1');
  db.close();
  expect(() => Project.open(path, { readOnly: true })).toThrow('written by an older Visage');
  const project = Project.open(path);
  project.addEvaluation(judged('one', 0.9));
  expect(project.evaluations()).toHaveLength(1);
  project.close();
  const known = new Database(join(path, 'project.db'), { readonly: true });
  expect(known.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
  known.close();
});
