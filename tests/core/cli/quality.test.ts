import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { QualityResult } from '../../../core/jobs/quality.ts';
import { Project } from '../../../core/project/project.ts';
import { scratch } from '../project/scratch.ts';
import { run } from './run.ts';

const FACES = 40;

async function json<Result>(...words: string[]): Promise<Result> {
  const { code, err, json: result } = await run([...words, '--json']);
  if (code !== 0) throw new Error(err);
  return result as Result;
}

describe('visage quality', () => {
  const folder = scratch();
  const path = join(folder, 'p.visage');

  beforeAll(async () => {
    const plain = join(folder, 'plain');
    const blurred = join(folder, 'blurred');
    await json('synth', plain, '--faces', String(FACES), '--identities', '10', '--size', '160');
    cpSync(plain, blurred, { recursive: true });
    for (const name of readdirSync(join(blurred, 'images'), { recursive: true }).map(String)) {
      if (!name.endsWith('.jpg')) continue;
      await sharp(join(plain, 'images', name))
        .blur(2.5)
        .toFile(join(blurred, 'images', name));
    }
    await json('new', path);
    for (const set of [plain, blurred])
      await json('import', path, set, '--name', set === plain ? 'plain' : 'blurred');
  }, 120_000);

  test('blurred pictures of the same faces score lower; the second time nothing is done', async () => {
    const none = await run([
      'export',
      path,
      '--per-cohort',
      '1',
      '--min-quality',
      '0.5',
      '--out',
      `${path}-none`,
    ]);
    expect(none.code).toBe(1);
    expect(none.err).toContain('No face of this project has a quality figure yet');
    const result = await json<QualityResult>('quality', path);
    expect(result).toMatchObject({ faces: 2 * FACES, skipped: 0, rejects: [] });
    const project = Project.open(path);
    const [plain, blurred] = project
      .sources()
      .map(({ id }) => project.faces(project.select({ sources: [id] })).map((face) => face.id));
    expect(blurred).toHaveLength(FACES);
    for (const [i, face] of plain.entries()) {
      const [good, bad] = [project.quality(face), project.quality(blurred[i])];
      expect(bad?.sharpness).toBeLessThan(0.7 * Number(good?.sharpness));
      expect(bad?.total).toBeLessThan(0.7 * Number(good?.total));
      expect(bad?.pose).toBe(good?.pose);
      expect(bad?.occlusion).toBe(good?.occlusion);
    }
    project.close();
    expect(await json<QualityResult>('quality', path)).toMatchObject({ faces: 0, skipped: 2 * FACES });
    expect(await json<QualityResult>('quality', path, '--again', '--faces', '1-3')).toMatchObject({
      faces: 3,
    });
  }, 120_000);

  test('--min-quality picks faces; an export keeps it in its manifest and is rebuilt bit for bit', async () => {
    const project = Project.open(path);
    const least = [...project.labelTable().qualities].sort((a, b) => a - b)[FACES];
    const good = new Set(project.select({ minQuality: least }));
    expect(good.size).toBe(FACES);
    const paths = new Map(project.faces(project.select({})).map((face) => [face.id, face.path]));
    project.close();
    const out = join(folder, 'out');
    const rebuilt = join(folder, 'rebuilt');
    const said = ['--per-cohort', '1', '--min-quality', String(least)];
    await json('export', path, ...said, '--out', out);
    await json('export', path, '--manifest', join(out, 'manifest.json'), '--out', rebuilt);
    const text = readFileSync(join(out, 'manifest.json'), 'utf8');
    expect(readFileSync(join(rebuilt, 'manifest.json'), 'utf8')).toBe(text);
    const manifest = JSON.parse(text);
    expect(manifest.settings.selection).toEqual({ minQuality: least });
    expect(manifest.faces.length).toBeGreaterThan(0);
    const sources = new Set([...good].map((id) => paths.get(id)));
    for (const face of manifest.faces) expect(sources).toContain(face.path);
  }, 120_000);

  test('a face that was not found says so', async () => {
    const project = Project.open(path);
    const [{ id }] = project.sources();
    project.putFaces(id, [{ path: 'images/unknown.jpg' }], 'one more');
    project.close();
    const result = await json<QualityResult>('quality', path);
    expect(result.faces).toBe(0);
    expect(result.rejects).toEqual([
      expect.objectContaining({
        path: 'images/unknown.jpg',
        reason: expect.stringContaining('visage detect'),
      }),
    ]);
  });

  test('a figure that is none is refused', async () => {
    const { code, err } = await run(['quality', path, '--min-quality', '40']);
    expect(code).toBe(2);
    expect(err).toContain("'--min-quality 40' is not allowed: a number from 0 to 1 is expected.");
  });
});
