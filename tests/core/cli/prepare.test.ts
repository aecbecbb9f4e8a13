import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ATTRIBUTE_NAMES } from '../../../core/attributes/attributes.ts';
import type { PreparePlan } from '../../../core/jobs/prepare/plan.ts';
import type { PrepareResult } from '../../../core/jobs/prepare.ts';
import { Project } from '../../../core/project/project.ts';
import { ANA, scratch } from '../project/scratch.ts';
import { run } from './run.ts';

const FACES = 32;
const SLOW = 300_000;

async function json<Result>(...words: string[]): Promise<Result> {
  const { code, err, json: result } = await run([...words, '--json']);
  if (code !== 0) throw new Error(err);
  return result as Result;
}

function look<Result>(path: string, work: (project: Project) => Result): Result {
  const project = Project.open(path);
  try {
    return work(project);
  } finally {
    project.close();
  }
}

const states = ({ steps }: PreparePlan | PrepareResult): Record<string, string> =>
  Object.fromEntries(steps.map(({ step, state }) => [step, state]));

describe('prepare: from a plain folder of photographs to labels, clusters and a map', () => {
  const folder = scratch();
  const path = join(folder, 'photos.visage');
  const photos = join(folder, 'photos');

  beforeAll(async () => {
    // Synthetic faces, without the labels and points that come with them.
    const drawn = join(folder, 'drawn');
    await json('synth', drawn, '--faces', String(FACES), '--identities', '8', '--size', '250');
    mkdirSync(photos);
    const pictures = readdirSync(drawn, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.jpg'));
    for (const [i, name] of pictures.entries()) cpSync(join(drawn, name), join(photos, `${i}.jpg`));
    expect(pictures).toHaveLength(FACES);
    await json('new', path);
    await json('import', path, photos);
  }, SLOW);

  test('the plan names what comes with the program, estimates the time, and says what nobody can say', async () => {
    const plan = await json<PreparePlan>('prepare', path, '--plan');
    expect(states(plan)).toEqual({
      ...{ find: 'to do', quality: 'to do', label: 'to do', embed: 'to do', race: 'cannot be done' },
      ...{ cluster: 'to do', score: 'to do', map: 'to do' },
    });
    expect(plan.steps[0]).toMatchObject({ faces: FACES, adds: ['face-api-ssd', 'face-api-landmarks'] });
    expect(plan.steps[2]).toMatchObject({ uses: ['landmark-pose', 'age-gender'], adds: ['age-gender'] });
    expect(plan.seconds).toBeGreaterThan(1);
    expect(plan.missing).toEqual([expect.stringContaining(`Race stays open for ${FACES} faces.`)]);
    expect(look(path, (project) => project.models())).toEqual([]);
  });

  test(
    'does it all, and the second time nothing',
    async () => {
      const result = await json<PrepareResult>('prepare', path);
      expect(states(result)).toMatchObject({
        find: 'done',
        quality: 'done',
        label: 'done',
        embed: 'done',
        map: 'done',
      });
      expect(result.added).toEqual([
        'face-api-ssd',
        'face-api-landmarks',
        'age-gender',
        'face-api-recognition',
      ]);
      look(path, (project) => {
        const ids = project.select({});
        expect(project.faces(ids).filter(({ landmarks }) => landmarks !== null).length).toBeGreaterThan(
          0.9 * FACES,
        );
        const table = project.labelTable(ids);
        const said = ATTRIBUTE_NAMES.map(
          (_, i) => table.values[i].filter((value) => value >= 0).length / ids.length,
        );
        // Age, gender, pitch, yaw of all that were found; race of none.
        expect(said.map((share) => share > 0.9)).toEqual([true, true, false, true, true]);
        expect(project.clustering(result.clustering ?? '').k).toBe(3);
        expect(project.projection(result.projection ?? '')).toBeDefined();
        // One job, not seven.
        expect(project.jobs().map(({ kind, state }) => [kind, state])).toEqual([
          ['prepare', 'done'],
          ['import', 'done'],
        ]);
      });
      const again = await json<PrepareResult>('prepare', path);
      expect(again.added).toEqual([]);
      expect(again.steps.every(({ seconds }) => seconds === 0)).toBe(true);
    },
    SLOW,
  );

  test(
    'only what is new is done; race is learnt once people have labelled enough',
    async () => {
      look(path, (project) => {
        const ids = project.select({});
        const changes = [...ids.subarray(0, 28)].map((face, i) => ({ face, attribute: 2, value: i % 2 }));
        project.label(changes, ANA, { kind: 'label', description: 'race by hand' });
      });
      const before = await json<PreparePlan>('prepare', path, '--plan');
      expect(states(before)).toMatchObject({ find: 'done', race: 'to do', cluster: 'done' });
      const result = await json<PrepareResult>('prepare', path);
      expect(result.steps.filter(({ seconds }) => seconds > 0).map(({ step }) => step)).toEqual(['race']);
      expect(result.missing).toEqual([]);
    },
    SLOW,
  );

  test('wrong words are refused by name', async () => {
    const { code, err } = await run(['prepare', path, '--without', 'sleep']);
    expect([code, err]).toEqual([2, expect.stringContaining("'--without sleep' is not allowed")]);
    const other = await run(['prepare', path, '--plan', '--embedding', 'face-api-ssd']);
    expect([other.code, other.err]).toEqual([1, expect.stringContaining("is a network for 'detector'")]);
    const empty = join(folder, 'empty.visage');
    await json('new', empty);
    const nothing = await run(['prepare', empty]);
    expect([nothing.code, nothing.err]).toEqual([1, expect.stringContaining('has no faces yet')]);
  });
});
