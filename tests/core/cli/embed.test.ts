import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type StartedEngine, startEngine } from '../../../core/engine/client.ts';
import { readNpy } from '../../../core/foundation/npy.ts';
import type { Progress } from '../../../core/foundation/progress.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { embed } from '../../../core/jobs/embed.ts';
import { Project } from '../../../core/project/project.ts';
import { scratch } from '../project/scratch.ts';
import { run } from './run.ts';

/** Level of the left and the right half of picture i. */
const levels = (i: number): [number, number] => [(i * 7) % 256, (i * 13 + 50) % 256];

/** A project of `count` pictures of two grey halves, 32×32, and a network of which the answers are known. */
async function made(count: number, batch: 1 | 'n' = 1): Promise<string> {
  const folder = scratch();
  const images = join(folder, 'pictures');
  mkdirSync(images);
  for (let i = 0; i < count; i++) {
    const [left, right] = levels(i);
    const data = Buffer.from(Array.from({ length: 32 * 32 }, (_, at) => (at % 32 < 16 ? left : right)));
    await sharp(data, { raw: { width: 32, height: 32, channels: 1 } })
      .png()
      .toFile(join(images, `${1000 + i}.png`));
  }
  const b = new GraphBuilder('halves');
  const input = b.input('input', [batch, 3, 8, 8]);
  // One number per half, and their sum: [left, right] and [left + right].
  const pooled = b.op('AveragePool', [input], { kernel_shape: [8, 4], strides: [8, 4] }, 'pooled');
  const halves = b.op('ReduceMean', [pooled], { axes: [1, 2], keepdims: 0 }, 'halves');
  const sum = b.op('ReduceSum', [halves, b.ints([1])], { keepdims: 1 }, 'sum');
  b.model([halves, sum]).write(join(folder, 'halves.onnx'));
  const manifest = {
    ...{ name: 'halves', task: 'embedding', description: 'for tests', source: 'made here', licence: 'none' },
    ...{
      files: [{ path: 'halves.onnx', sha256: null }],
      input: 'input',
      batch: batch === 1 ? 'fixed' : 'free',
    },
    preparation: {
      ...{ size: [8, 8], crop: { kind: 'whole', fit: 'stretch' }, channels: 'rgb', layout: 'nchw' },
      ...{ mean: [0, 0, 0], std: [1, 1, 1] },
    },
    outputs: [{ name: 'halves', meaning: 'two levels' }],
    taps: [
      { name: 'embedding', values: ['halves'], kind: 'embedding' },
      { name: 'stage', values: ['pooled'], pool: 'average', kind: 'pooled' },
    ],
  };
  writeFileSync(join(folder, 'halves.json'), JSON.stringify(manifest));
  const project = join(folder, 'P.visage');
  for (const words of [
    ['new', project],
    ['import', project, images, '--format', 'folder'],
    ['models', project, 'add', join(folder, 'halves.onnx'), '--manifest', join(folder, 'halves.json')],
  ]) {
    const { code, err } = await run(words);
    if (code !== 0) throw new Error(err);
  }
  return project;
}

/** Features of each face, by the number of its picture. */
function rowsOf(project: Project, name: string): Map<number, number[]> {
  const set = project.featureSet(name);
  const matrix = project.featureMatrix(set);
  return new Map(
    [...project.featureFaces(set)].map((face, row) => [
      Number.parseInt(project.face(face).path, 10) - 1000,
      [...matrix.subarray(row * set.dimensions, (row + 1) * set.dimensions)],
    ]),
  );
}

/**
 * A half's mean in the input: four of its columns, of which the one at the border sees the other half through an eighth
 * of the filter, which reaches over four of the picture's columns to either side.
 */
const seen = (i: number, half: number): number => (31 * levels(i)[half] + levels(i)[1 - half]) / 32;

function expectLevels(rows: Map<number, number[]>, count: number): void {
  expect(rows.size).toBe(count);
  for (const [i, row] of rows) {
    for (const [half, value] of row.entries()) expect(value).toBeCloseTo(seen(i, half), 2);
  }
}

describe('visage embed', async () => {
  const path = await made(21);

  test('writes one row per face, readable by numpy, and says where it ran', async () => {
    const { code, json, err } = await run(['embed', path, '--model', 'halves', '--device', 'cpu', '--json']);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      ...{ features: 'halves:embedding', faces: 21, dimensions: 2, embedded: 21, skipped: 0, rejected: 0 },
      ...{
        device: expect.stringMatching(/^CPU, \d+ threads?$/),
        reason: expect.stringContaining("'cpu' was asked for"),
      },
    });
    expect(json.facesPerSecond).toBeGreaterThan(0);
    const project = Project.open(path);
    try {
      expectLevels(rowsOf(project, 'halves:embedding'), 21);
      const set = project.featureSet('halves:embedding');
      expect(set).toMatchObject({
        kind: 'embedding',
        model: 'halves',
        modelHash: project.model('halves').hash,
      });
      expect(readNpy(set.file).shape).toEqual([21, 2]);
    } finally {
      project.close();
    }
  });

  test('asked again it does nothing; faces that came later are added', async () => {
    const again = await run(['embed', path, '--model', 'halves', '--json']);
    expect(again.json).toMatchObject({ faces: 21, embedded: 0, skipped: 21, device: null });
    const { out } = await run(['embed', path, '--model', 'halves']);
    expect(out).toContain('Nothing to do');
  });

  test('several taps make several sets; the mirrored face is added where it is asked for', async () => {
    const { json } = await run([
      'embed',
      path,
      '--model',
      'halves',
      '--taps',
      'embedding,stage',
      '--flip',
      '--json',
    ]);
    expect(json).toMatchObject({
      features: ['halves:embedding+flip', 'halves:stage+flip'],
      dimensions: [2, 3],
      faces: 21,
    });
    const project = Project.open(path);
    try {
      for (const [i, row] of rowsOf(project, 'halves:embedding+flip')) {
        const sum = levels(i)[0] + levels(i)[1];
        for (const value of row) expect(value).toBeCloseTo(sum, 2);
      }
    } finally {
      project.close();
    }
  });

  test.each([
    [['--model', 'nobody'], 1, /no model 'nobody'/],
    [['--model', 'halves', '--taps', 'nowhere'], 1, /nowhere/],
    [['--model', 'halves', '--device', 'tpu'], 2, /tpu/],
    [
      ['--model', 'halves', '--engine', 'torch'],
      2,
      /'--engine torch' is not allowed\. Allowed: auto, ort, tfjs\./,
    ],
    [['--model', 'halves', '--batch', '1.5'], 2, /--batch 1.5/],
    [['--model', 'halves', '--batch', '0'], 2, /--batch 0/],
    [[], 2, /--model/],
  ] as const)('%j is refused', async (words, code, sentence) => {
    const ran = await run(['embed', path, ...words]);
    expect(ran.err).toMatch(sentence);
    expect(ran.code).toBe(code);
  });
});

test('a picture that cannot be read costs its own face only', async () => {
  const path = await made(9);
  writeFileSync(join(path, '..', 'pictures', '1004.png'), 'not a picture any more');
  const { code, json } = await run(['embed', path, '--model', 'halves', '--batch', '4', '--json']);
  expect(code).toBe(0);
  expect(json).toMatchObject({
    ...{ faces: 8, embedded: 8, rejected: 1, batch: 4 },
    rejects: [{ path: '1004.png', reason: expect.stringContaining('is not a picture') }],
  });
});

describe('interrupted', () => {
  async function within<Result>(
    path: string,
    work: (project: Project, engine: StartedEngine) => Promise<Result>,
  ): Promise<Result> {
    const project = Project.open(path);
    const engine = startEngine();
    try {
      return await work(project, engine);
    } finally {
      await engine.close();
      project.close();
    }
  }
  const input = { model: 'halves', device: 'cpu', batch: 2 } as const;

  test('by SIGKILL of the engine: it is started again, says so, and the features are the same', async () => {
    const path = await made(120, 'n');
    await within(path, async (project, engine) => {
      const notes: string[] = [];
      let killed = false;
      const onProgress = ({ done, note }: Progress): void => {
        if (note !== undefined) notes.push(note);
        if (!killed && done >= 10 && engine.pid !== undefined) {
          killed = true;
          process.kill(engine.pid, 'SIGKILL');
        }
      };
      const result = await embed(project, engine, input, { onProgress });
      expect(result).toMatchObject({ restarts: 1, faces: 120, embedded: 120, rejected: 0 });
      expect(notes).toEqual([expect.stringMatching(/killed \(SIGKILL.*It is started again/)]);
      expectLevels(rowsOf(project, 'halves:embedding'), 120);
      const { file, rows } = project.featureSet('halves:embedding');
      expect(readNpy(file).shape).toEqual([rows, 2]);
      expect(project.verify()).toEqual([]);
    });
  });

  test('by its user: what is done is kept, and the next run does the rest', async () => {
    const path = await made(120);
    await within(path, async (project, engine) => {
      const cancel = new AbortController();
      const onProgress = ({ done }: Progress): void => void (done >= 10 && cancel.abort());
      await expect(embed(project, engine, input, { signal: cancel.signal, onProgress })).rejects.toThrow(
        'Cancelled',
      );
      const { rows } = project.featureSet('halves:embedding');
      expect(rows).toBeGreaterThanOrEqual(10);
      expect(rows).toBeLessThan(120);
      const rest = await embed(project, engine, input);
      expect(rest).toMatchObject({ skipped: rows, embedded: 120 - rows, faces: 120 });
      expectLevels(rowsOf(project, 'halves:embedding'), 120);
      const jobs = project.jobs().filter(({ kind }) => kind === 'embed');
      expect(jobs.map(({ state }) => state)).toEqual(['done', 'cancelled']);
    });
  });
});

test('the same features come from TensorFlow.js where it is asked for, and it is said', async () => {
  const path = await made(5, 'n');
  const words = ['embed', path, '--model', 'halves', '--device', 'cpu', '--json'];
  const other = await run([...words, '--engine', 'tfjs', '--name', 'other']);
  expect(other.err).toBe('');
  expect(other.json).toMatchObject({
    embedded: 5,
    device: 'CPU by TensorFlow.js in JavaScript',
    reason: "TensorFlow.js was asked for. 'cpu' was asked for.",
  });
  await run([...words, '--engine', 'ort', '--name', 'first']);
  const project = Project.open(path);
  try {
    const first = rowsOf(project, 'first:embedding');
    expectLevels(first, 5);
    for (const [i, row] of rowsOf(project, 'other:embedding')) {
      for (const [at, value] of row.entries()) expect(value).toBeCloseTo(first.get(i)?.[at] ?? Number.NaN, 3);
    }
  } finally {
    project.close();
  }
});

test('visage devices lists the CPU and why others cannot run', async () => {
  const { code, json, out } = await run(['devices', '--json']);
  expect(code).toBe(0);
  expect(json.devices).toContainEqual(expect.objectContaining({ id: 'cpu', engine: 'ort', usable: true }));
  expect(out.trim().split('\n')).toHaveLength(1);
  const table = await run(['devices']);
  expect(table.out).toMatch(/^cpu {5}ort {2}yes {2}CPU, \d+ threads?/m);
  expect(table.out).toMatch(/^cpu {5}tfjs (yes|no ) {2}CPU by TensorFlow\.js/m);
});
