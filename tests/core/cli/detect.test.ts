import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DetectResult } from '../../../core/jobs/detect.ts';
import { fivePoints } from '../../../core/models/landmarks/points.ts';
import { Project } from '../../../core/project/project.ts';
import { addModel, projectOfPictures } from '../models/prelabel/quarter-pictures.ts';
import { circleLandmarks, FRACTIONS, quarterDetector } from '../models/prelabel/tiny-networks.ts';
import { scratch } from '../project/scratch.ts';
import { run } from './run.ts';

const WHITE = [255, 255, 255] as const;
const GREY = [200, 200, 200] as const;

async function detect(...words: string[]): Promise<DetectResult> {
  const { code, err, json } = await run(['detect', ...words, '--json']);
  if (code !== 0) throw new Error(err);
  return json as unknown as DetectResult;
}

function faces(path: string) {
  const project = Project.open(path, { readOnly: true });
  const all = project.faces(project.select({}));
  project.close();
  return all;
}

describe('detect', async () => {
  const folder = scratch();
  const project = await projectOfPictures(folder, {
    'a one.png': { 1: WHITE },
    'b two.png': { 0: GREY, 3: WHITE },
    'c none.png': {},
  });

  test('needs a detector, and says how to get one', async () => {
    const { code, err } = await run(['detect', project]);
    expect(code).toBe(1);
    expect(err).toContain("no model of task 'detector'");
    await addModel(project, quarterDetector(folder));
    await addModel(project, circleLandmarks(folder));
  });

  test('stores box, score, landmarks and five points, and lists what it did not find', async () => {
    const result = await detect(project);
    expect(result).toMatchObject({ model: 'quarters', landmarks: 'circle', faces: 3, pictures: 3, found: 2 });
    expect(result.missed.map(({ path }) => path)).toEqual(['c none.png']);
    expect(result.missed[0].reason).toContain('no face was found');
    expect(result.device).toContain('CPU');
    const [one, two, none] = faces(project);
    expect(one.box).toEqual([32, 0, 32, 32]);
    // Resampling takes a little of the black beside it.
    expect(one.score).toBeCloseTo(0.94, 2);
    // The second crop is 1.2 × the first crop's landmarks, whose bounds are 0.8 of the box.
    const side = 1.2 * 0.8 * 32;
    const expected = FRACTIONS.map((f, i) => (i % 2 === 0 ? 48 : 16) - side / 2 + f * side);
    for (let i = 0; i < 136; i++) expect(one.landmarks![i]).toBeCloseTo(expected[i], 3);
    expect([...one.points!]).toEqual([...fivePoints(one.landmarks!)]);
    // Two faces of one size, equally far from the middle: the better one comes first.
    expect(two.box).toEqual([32, 32, 32, 32]);
    expect(none.box).toBeNull();
  });

  test('leaves what is known, and looks again only when asked', async () => {
    const again = await detect(project);
    expect(again).toMatchObject({ faces: 1, pictures: 1, found: 0, skipped: 2 });
    expect(await detect(project, '--again')).toMatchObject({ faces: 3, found: 2, skipped: 0 });
  });

  test('--fallback centre gives what was not found the middle of the picture, and says so', async () => {
    const result = await detect(project, '--fallback', 'centre');
    expect(result).toMatchObject({ found: 0, centred: 1 });
    expect(result.missed).toHaveLength(1);
    const none = faces(project)[2];
    expect(none.score).toBe(0);
    expect(none.box![0]).toBeCloseTo(9.6, 4);
    // A stand-in counts as not located: the next search looks again.
    expect(await detect(project)).toMatchObject({ faces: 1, found: 0, skipped: 2 });
  });

  test('--all adds the other faces of a picture once, and known boxes keep their faces', async () => {
    const result = await detect(project, '--all');
    expect(result.added).toBe(1);
    const all = faces(project);
    const [first, other] = all.filter(({ path }) => path === 'b two.png');
    expect([first.key, other.key]).toEqual(['', 'face2']);
    expect(other.box).toEqual([0, 0, 32, 32]);
    expect(first.box).toEqual([32, 32, 32, 32]);
    expect((await detect(project, '--all', '--again')).added).toBe(0);
    expect(faces(project)).toEqual(all);
  });

  test('a picture that is gone is listed and does not stop the rest', async () => {
    rmSync(join(folder, 'pictures', 'a one.png'));
    const result = await detect(project, '--again');
    expect(result.missed.map(({ path }) => path)).toContain('a one.png');
    expect(result.missed.find(({ path }) => path === 'a one.png')?.reason).toMatch(/does not exist|missing/);
    expect(result.found).toBe(2);
  });

  test('wrong options are wrong use', async () => {
    for (const words of [
      ['--pad', 'wide'],
      ['--fallback', 'guess'],
      ['--min-score', '7'],
      ['--device', 'tpu'],
    ]) {
      expect((await run(['detect', project, ...words])).code).toBe(2);
    }
    const { err } = await run(['detect', project, '--model', 'circle']);
    expect(err).toContain("'circle' is of task 'landmarks', not 'detector'");
  });
});
