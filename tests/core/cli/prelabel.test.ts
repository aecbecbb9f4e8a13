import { describe, expect, test } from 'vitest';
import { startEngine } from '../../../core/engine/client.ts';
import type { PrelabelResult } from '../../../core/jobs/prelabel.ts';
import { prelabel as job } from '../../../core/jobs/prelabel.ts';
import { Project } from '../../../core/project/project.ts';
import { addModel, projectOfPictures } from '../models/prelabel/quarter-pictures.ts';
import { colourLabeller, quarterDetector } from '../models/prelabel/tiny-networks.ts';
import { ANA, scratch } from '../project/scratch.ts';
import { run } from './run.ts';

const [AGE, RACE] = [0, 2];

async function prelabel(...words: string[]): Promise<PrelabelResult> {
  const { code, err, json } = await run(['prelabel', ...words, '--json']);
  if (code !== 0) throw new Error(err);
  return json as unknown as PrelabelResult;
}

function open<Result>(path: string, look: (project: Project) => Result): Result {
  const project = Project.open(path);
  try {
    return look(project);
  } finally {
    project.close();
  }
}

async function colourful(): Promise<string> {
  const folder = scratch();
  const project = await projectOfPictures(folder, {
    'a red.png': { 0: [255, 0, 0] },
    'b green.png': { 3: [0, 255, 0] },
    'c blue.png': { 1: [128, 0, 255] },
    'd none.png': {},
  });
  await addModel(project, quarterDetector(folder));
  await addModel(project, colourLabeller(folder));
  const { code, err } = await run(['detect', project, '--min-score', '0.3']);
  if (code !== 0) throw new Error(err);
  return project;
}

describe('prelabel', async () => {
  const project = await colourful();
  let first: number[] = [];

  test('writes what the outputs say, with confidence and content hash, in one step', async () => {
    const result = await prelabel(project);
    expect(result.attributes).toMatchObject({ age: 3, race: 3, gender: 0 });
    expect(result.models.colours).toMatchObject({ faces: 3, labels: 6, rejected: 1 });
    expect(result.rejects[0].reason).toContain("run 'visage detect' first");
    expect(result.batches).toHaveLength(1);
    first = result.batches;
    open(project, (store) => {
      const [red, green, blue] = store.faces(store.select({}));
      expect([red, green, blue].map(({ labels }) => labels[RACE])).toEqual([0, 1, 2]);
      // Softmax of 10, 0, 0.
      expect(red.confidences[RACE]).toBeCloseTo(Math.exp(10) / (Math.exp(10) + 2), 5);
      // Ages 100, 0 and 50.2 years with an error of 5: the last one is a coin's toss.
      expect([red, green, blue].map(({ labels }) => labels[AGE])).toEqual([2, 0, 2]);
      expect(blue.confidences[AGE]).toBeCloseTo(0.516, 2);
      const [event] = store.history(red.id);
      expect(event).toMatchObject({ origin: 'model', agent: 'colours', hash: store.model('colours').hash });
      const numbers = store.featureSet('colours:numbers');
      expect(numbers.layout).toEqual(['age']);
      expect(store.featureMatrix(numbers, Int32Array.of(red.id))[0]).toBeCloseTo(100, 3);
    });
  });

  test('what this model said is not asked again, unless it is wanted; undo makes it open again', async () => {
    expect((await prelabel(project)).models.colours).toMatchObject({ faces: 0, skipped: 3 });
    const again = await prelabel(project, '--again');
    expect(again.models.colours).toMatchObject({ faces: 3, labels: 6, numbers: 'colours:numbers-2' });
    for (const batch of [...again.batches, ...first]) {
      expect((await run(['label', project, 'undo', String(batch)])).code).toBe(0);
    }
    open(project, (store) => expect(store.face(1).labels).toEqual([-1, -1, -1, -1, -1]));
    expect((await prelabel(project)).models.colours).toMatchObject({ faces: 3, labels: 6 });
  });

  test('people are never overruled', async () => {
    open(project, (store) =>
      store.label([{ face: 1, attribute: RACE, value: 4 }], ANA, { kind: 'label', description: 'by hand' }),
    );
    await prelabel(project, '--again');
    open(project, (store) => {
      const face = store.face(1);
      expect([face.labels[RACE], face.origins[RACE]]).toEqual([4, 'human']);
    });
  });

  test('a least confidence keeps unsure labels out', async () => {
    const result = await prelabel(project, '--again', '--at-least', '0.9');
    expect(result.models.colours).toMatchObject({ labels: 5, belowConfidence: 1 });
  });

  test('models that say nothing, and unknown ones, are refused', async () => {
    expect((await run(['prelabel', project, '--model', 'quarters'])).err).toContain(
      "'quarters' has no readings",
    );
    expect((await run(['prelabel', project, '--model', 'nobody'])).err).toContain("no model 'nobody'");
    expect((await run(['prelabel', project, '--at-least', '2'])).code).toBe(2);
  });
});

test('a cancelled run keeps what is done, and the next one does the rest', async () => {
  const pictures = Object.fromEntries(
    Array.from({ length: 80 }, (_, i) => [`${100 + i}.png`, { 0: [255, 0, 0] as const }]),
  );
  const folder = scratch();
  const path = await projectOfPictures(folder, pictures);
  await addModel(path, quarterDetector(folder));
  await addModel(path, colourLabeller(folder));
  await run(['detect', path, '--min-score', '0.3']);
  const project = Project.open(path);
  const engine = startEngine();
  try {
    const cancel = new AbortController();
    const onProgress = ({ done }: { done: number }) => void (done >= 32 && cancel.abort());
    await expect(job(project, engine, {}, { signal: cancel.signal, onProgress })).rejects.toThrow(
      'Cancelled',
    );
    const done = project.labelTable().values[RACE].filter((value) => value >= 0).length;
    expect(done).toBeGreaterThanOrEqual(32);
    expect(done).toBeLessThan(80);
    const rest = await job(project, engine);
    expect(rest.models.colours).toMatchObject({ faces: 80 - done, skipped: done });
    expect(project.featureSet('colours:numbers').rows).toBe(80);
    expect(
      project
        .jobs()
        .map(({ state }) => state)
        .slice(0, 2),
    ).toEqual(['done', 'cancelled']);
  } finally {
    await engine.close();
    project.close();
  }
});
