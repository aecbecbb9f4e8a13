import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PrelabelResult } from '../../../core/jobs/prelabel.ts';
import { MEAN_FACE } from '../../../core/models/pose/mean-face.ts';
import { Project } from '../../../core/project/project.ts';
import { rotationOf } from '../../../core/synthetic/pose.ts';
import { ANA, scratch } from '../project/scratch.ts';
import { run } from './run.ts';

const [PITCH, YAW] = [3, 4];
const BELOW = 0;
const ABOVE = 1;
const WITHIN = 2;

/** The mean face turned, as 68 points in pixels. */
function turned(pitch: number, yaw: number): Float32Array {
  const r = rotationOf({ pitch, yaw, roll: 0 });
  const out = new Float32Array(136);
  for (const { landmark, place } of MEAN_FACE) {
    out[2 * landmark] = 100 + place.reduce((sum, value, k) => sum + r[k] * value, 0);
    out[2 * landmark + 1] = 100 - place.reduce((sum, value, k) => sum + r[3 + k] * value, 0);
  }
  return out;
}

test('landmarks say pitch and yaw where no network does; people stay in front; undo takes it back', async () => {
  const path = join(scratch(), 'p.visage');
  const project = Project.create(path);
  const source = project.addSource({ name: 'Set', format: 'folder', root: null });
  const poses = [
    [0, 0],
    [0, -55],
    [0, 55],
    [45, 10],
  ];
  const faces = poses.map(([pitch, yaw], i) => ({ path: `${i}.jpg`, landmarks: turned(pitch, yaw) }));
  project.putFaces(source.id, [...faces, { path: 'none.jpg' }], 'read Set');
  project.label([{ face: 1, attribute: YAW, value: ABOVE }], ANA, { kind: 'label', description: 'by hand' });
  project.close();

  const { code, err, json } = await run(['prelabel', path, '--json']);
  expect({ code, err }).toMatchObject({ code: 0 });
  const result = json as unknown as PrelabelResult;
  expect(result.models['landmark-pose']).toMatchObject({ faces: 4, labels: 8, rejected: 1 });
  expect(result.rejects[0]).toMatchObject({ path: 'none.jpg', model: 'landmark-pose' });
  expect(result.rejects[0].reason).toContain("run 'visage detect' with a landmark network first");

  const said = Project.open(path);
  const all = said.faces(said.select({}));
  expect(all.map(({ labels }) => labels[YAW])).toEqual([ABOVE, BELOW, ABOVE, WITHIN, -1]);
  expect(all.map(({ labels }) => labels[PITCH])).toEqual([WITHIN, WITHIN, WITHIN, ABOVE, -1]);
  expect(said.history(2)[0]).toMatchObject({ origin: 'model', agent: 'landmark-pose' });
  const numbers = said.featureMatrix(said.featureSet('landmark-pose:numbers'), Int32Array.of(2));
  expect(numbers[0]).toBeCloseTo(-55, 0);
  said.close();

  const second = (await run(['prelabel', path, '--model', 'landmark-pose', '--json'])).json;
  expect((second as unknown as PrelabelResult).models['landmark-pose']).toMatchObject({
    faces: 0,
    skipped: 4,
  });
  expect((await run(['label', path, 'undo', String(result.batches[0])])).code).toBe(0);
  const after = Project.open(path, { readOnly: true });
  expect(after.face(2).labels[YAW]).toBe(-1);
  after.close();
});

test('a project with neither networks nor landmarks is told what would help', async () => {
  const path = join(scratch(), 'q.visage');
  const project = Project.create(path);
  const source = project.addSource({ name: 'Set', format: 'folder', root: null });
  project.putFaces(source.id, [{ path: 'a.jpg' }], 'read Set');
  project.close();
  const { code, err } = await run(['prelabel', path]);
  expect(code).toBe(1);
  expect(err).toContain('no face has the 68 landmarks that pose is read from');
});
