import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEngine } from '../../../core/engine/client.ts';
import { readNpy } from '../../../core/foundation/npy.ts';
import { Random } from '../../../core/foundation/random.ts';
import { Model } from '../../../core/graph/model.ts';
import { readRun } from '../../../core/jobs/train/run-manifest.ts';
import { type TrainInput, train } from '../../../core/jobs/train.ts';
import { planModel } from '../../../core/models/add.ts';
import { Project } from '../../../core/project/project.ts';
import { type CurvePoint, readCurve } from '../../../core/training/curve.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-train-'));
const faces = join(folder, 'faces');
const engine = startEngine();
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const SIDE = 16;
const PEOPLE = 3;
const PICTURES = 8;

/** Three people of eight pictures, each of a colour of its own under noise. */
beforeAll(async () => {
  const random = new Random(5);
  for (let person = 0; person < PEOPLE; person++) {
    mkdirSync(join(faces, `p${person}`), { recursive: true });
    for (let i = 0; i < PICTURES; i++) {
      const data = Buffer.alloc(SIDE * SIDE * 3);
      for (let at = 0; at < data.length; at++) data[at] = (at % 3 === person ? 170 : 50) + random.below(60);
      const file = join(faces, `p${person}`, `${i}.png`);
      await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
        .png()
        .toFile(file);
    }
  }
});

/** 24 pictures, steps of 2 × 4: three steps an epoch. */
const input = (name: string, change: Partial<TrainInput> = {}): TrainInput => ({
  ...{ folder: faces, runs: join(folder, 'runs'), name, device: 'cpu' },
  ...{ network: 'bl', width: 0.125, size: SIDE, embedding: 8, loss: 'softmax' },
  ...{ epochs: 6, batch: 4, accumulate: 2, rate: 0.1, schedule: 'cosine', seed: 3 },
  ...change,
});
const runFolder = (name: string): string => join(folder, 'runs', name);
const losses = (points: readonly CurvePoint[]) =>
  points.map(({ step, loss, accuracy, rate }) => ({ step, loss, accuracy, rate }));
const sha = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('a run', () => {
  test('learns, and its folder says what was done: hashes, versions, curve, network with manifest', async () => {
    const seen: CurvePoint[] = [];
    const result = await train(undefined, engine, input('whole'), {
      onCurve: (points) => seen.push(...points),
    });
    expect(result).toMatchObject({
      pictures: 24,
      classes: 3,
      steps: 18,
      resumed: 0,
      rejected: 0,
      restarts: 0,
    });
    // Who knows nothing has a loss of ln 3 and is right in a third.
    const at = runFolder('whole');
    const curve = readCurve(join(at, 'curve.jsonl'));
    const mean = (of: 'loss' | 'accuracy', from: number): number =>
      curve.slice(from).reduce((sum, point) => sum + point[of], 0) / -from;
    expect(mean('loss', -6)).toBeLessThan(Math.log(PEOPLE) / 2);
    expect(mean('accuracy', -6)).toBeGreaterThan(2 / 3);
    expect(result.loss).toBeCloseTo(mean('loss', -3), 12);
    expect(result.accuracy).toBeCloseTo(mean('accuracy', -3), 12);
    expect(seen).toEqual(curve);
    expect(curve.map(({ step }) => step)).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
    expect(curve[0].rate).toBe(0.1);
    expect(curve[6].rate).toBeCloseTo((0.1 * (1 + Math.cos(Math.PI / 3))) / 2, 9);

    const run = readRun(at);
    const list = Array.from({ length: 24 }, (_, i) => {
      const person = `p${Math.floor(i / PICTURES)}`;
      return `${JSON.stringify([person, `${person}/${i % PICTURES}.png`, null, null])}\n`;
    });
    expect(run).toMatchObject({
      ...{ state: 'done', starts: 1, device: result.device },
      data: { hash: createHash('sha256').update(list.join('')).digest('hex'), used: 24, classes: 3 },
      network: { initial: sha(join(at, 'initial.onnx')), trained: sha(join(at, 'network.onnx')) },
      versions: { node: process.versions.node, visage: expect.stringMatching(/^\d/) },
      recipe: { train: { seed: 3, epochs: 6 }, network: { width: 0.125 } },
    });
    expect(run?.versions.onnxruntime).toMatch(/^\d/);
    expect(existsSync(join(at, 'pictures.npy'))).toBe(false);
    const plan = planModel([join(at, 'network.onnx')], { manifest: join(at, 'manifest.json') });
    expect(plan).toMatchObject({ verified: true, remarks: [], manifest: { trained: true, name: 'whole' } });
    expect(plan.manifest.preparation.crop.kind).toBe('whole');

    const before = sha(join(at, 'run.json'));
    expect(await train(undefined, engine, input('whole'))).toEqual(result);
    expect(sha(join(at, 'run.json'))).toBe(before);
    await expect(train(undefined, engine, input('whole', { epochs: 5, seed: 3 }))).rejects.toThrow(
      /was started with train\.epochs 6, not 5\. Go on with what it was started with, or give this one another name/,
    );
  });

  test('that is killed goes on with the same losses to the same network', async () => {
    // Told of the second epoch's end, before its checkpoint is written, the whole program dies.
    const script = join(folder, 'killed.mjs');
    const url = (path: string): string =>
      JSON.stringify(new URL(`../../../core/${path}`, import.meta.url).href);
    writeFileSync(
      script,
      `import { startEngine } from ${url('engine/client.ts')};
import { train } from ${url('jobs/train.ts')};
await train(undefined, startEngine(), ${JSON.stringify(input('killed'))}, {
  onCurve: (points) => points.some(({ step }) => step === 6) && process.kill(process.pid, 'SIGKILL'),
});`,
    );
    const [, killedBy] = await once(spawn(process.execPath, [script], { stdio: 'inherit' }), 'exit');
    expect(killedBy).toBe('SIGKILL');
    const at = runFolder('killed');
    expect(readRun(at)?.state).toBe('running');
    expect(readCurve(join(at, 'curve.jsonl'))).toHaveLength(6);
    const result = await train(undefined, engine, input('killed'));
    expect(result).toMatchObject({ resumed: 3, steps: 18 });
    expect(losses(readCurve(join(at, 'curve.jsonl')))).toEqual(
      losses(readCurve(join(runFolder('whole'), 'curve.jsonl'))),
    );
    expect(result.hash).toBe(sha(join(runFolder('whole'), 'network.onnx')));
    expect(readRun(at)?.starts).toBe(2);
  });

  test('whose engine dies is taken up by itself, from the last checkpoint', async () => {
    const own = startEngine();
    try {
      const told: number[] = [];
      const result = await train(undefined, own, input('crashed'), {
        onCurve: (points) => {
          if (own.pid !== undefined && told.length < 6 && points.some(({ step }) => step === 6))
            process.kill(own.pid, 'SIGKILL');
          told.push(...points.map(({ step }) => step));
        },
      });
      expect(result).toMatchObject({ restarts: 1, resumed: 3, steps: 18 });
      expect(told.filter((step) => step === 6)).toHaveLength(2);
      expect(result.hash).toBe(sha(join(runFolder('whole'), 'network.onnx')));
      expect(readCurve(join(runFolder('crashed'), 'curve.jsonl'))).toHaveLength(18);
    } finally {
      await own.close();
    }
  });

  test('that its user stops keeps what it did, and goes on there', async () => {
    const stop = new AbortController();
    const stopped = train(undefined, engine, input('stopped'), {
      signal: stop.signal,
      onCurve: () => stop.abort(),
    });
    await expect(stopped).rejects.toThrow(/ancel/);
    expect(readRun(runFolder('stopped'))).toMatchObject({ state: 'stopped', problem: null });
    const made = readCurve(join(runFolder('stopped'), 'curve.jsonl')).length;
    const result = await train(undefined, engine, input('stopped'));
    expect(result.resumed).toBe(made);
    expect(result.hash).toBe(sha(join(runFolder('whole'), 'network.onnx')));
  });

  test('that diverges stops with a sentence, and leaves no network', async () => {
    await expect(train(undefined, engine, input('wild', { rate: 1e30 }))).rejects.toThrow(
      /diverged.*A smaller learning rate/,
    );
    const at = runFolder('wild');
    expect(readRun(at)).toMatchObject({ state: 'failed', problem: expect.stringContaining('diverged') });
    expect(existsSync(join(at, 'network.onnx'))).toBe(false);
  });

  test.runIf(existsSync('/dev/full'))('on a full disk says so', async () => {
    mkdirSync(runFolder('full'), { recursive: true });
    symlinkSync('/dev/full', join(runFolder('full'), `initial.onnx.${process.pid}.partial`));
    await expect(train(undefined, engine, input('full'))).rejects.toThrow(
      /initial\.onnx' cannot be written: its disk is full .* Free some space.* Then start the run again: it goes on from its last checkpoint/,
    );
    expect(readRun(runFolder('full'))?.state).toBe('failed');
  });
});

test('what cannot be trained is said before anything is written', async () => {
  const refused = (change: Partial<TrainInput>) =>
    expect(train(undefined, engine, input('refused', change))).rejects;
  await refused({ name: '../up' }).toThrow(/A run cannot be called '..\/up'/);
  await refused({ network: 'vgg' as 'bl' }).toThrow(
    /'vgg' is no network that is known; allowed: bl, dc, as4/,
  );
  await refused({ epochs: 0 }).toThrow(/epochs: /);
  await refused({ crop: 'aligned' }).toThrow(/None of the 24 faces has its five points/);
  await refused({ batch: 32, accumulate: 1 }).toThrow(
    'The training set has 24 pictures and a batch takes 32: add pictures, or ask for a smaller batch.',
  );
  await refused({ least: 9 }).toThrow(/at least two identities of 9 or more pictures, and there is none/);
  await refused({ validate: 2 }).toThrow(
    "'2' people cannot be held out; allowed: a share above 0 and below 1, or a whole number of identities from 4.",
  );
  // Three people are too few to hold four out and train on two: no bounds are said that nothing fits.
  for (const validate of [0.5, 4]) {
    await refused({ validate }).toThrow(
      /^Nobody can be held out to validate on: .* There are 3 identities, 3 of them with two pictures/,
    );
  }
  await refused({ schedule: 'step', dropAt: [4, 2] }).toThrow(/'4, 2' of a step schedule must rise/);
  await refused({ network: 'dc', clusters: 30, clusterLabels: 'kmeans' }).toThrow(
    '30 clusters of 24 pictures are not possible',
  );
  await refused({ clusters: 3 }).toThrow(/has no routing vector to cluster/);
  await refused({ start: join(folder, 'none.onnx') }).toThrow(/none\.onnx/);
  await refused({ folder: join(folder, 'nowhere') }).toThrow(/nowhere/);
  const gone = process.platform === 'darwin' ? 'dml' : 'coreml';
  await refused({ device: gone }).toThrow(/coreml|dml|CoreML|DirectML/);
  expect(existsSync(runFolder('refused'))).toBe(false);
  // Runs that were never made leave no folder of runs either.
  const apart = join(folder, 'apart', 'runs');
  await refused({ runs: apart, batch: 32 }).toThrow(/a batch takes/);
  expect(existsSync(join(folder, 'apart'))).toBe(false);
});

test('a run that turns out impossible when its pictures are opened leaves nothing', async () => {
  const blank = join(folder, 'blank');
  cpSync(join(faces, 'p0'), join(blank, 'p0'), { recursive: true });
  mkdirSync(join(blank, 'p1'));
  for (let i = 0; i < PICTURES; i++) writeFileSync(join(blank, 'p1', `${i}.png`), 'no picture');
  const apart = join(folder, 'late', 'runs');
  const given = { ...input('late', { folder: blank, runs: apart, batch: 4, accumulate: 1 }) };
  await expect(train(undefined, engine, given)).rejects.toThrow(
    /Training needs at least two identities of 2 or more pictures, and there is one.*'p1'/,
  );
  expect(existsSync(join(folder, 'late'))).toBe(false);
});

test('a network that could not be added under its name is refused before it is trained', async () => {
  const project = Project.create(join(folder, 'taken.visage'));
  try {
    const { folder: _faces, runs: _runs, ...given } = input('net');
    const record = {
      name: 'net',
      hash: 'a'.repeat(64),
      manifest: {},
      folder: join(project.path, 'models', 'net'),
    };
    project.addModel(record);
    const source = project.addSource({ name: 'Drawn', format: 'identities', root: faces });
    project.putFaces(source.id, [{ path: 'p0/0.png', identity: 'p0' }], 'test');
    await expect(train(project, engine, { ...given, add: true })).rejects.toThrow(
      "The project has a model 'net' already",
    );
    expect(readdirSync(join(project.path, 'runs'))).toEqual([]);
  } finally {
    project.close();
  }
});

test('a project is trained on, and takes the network', async () => {
  const project = Project.create(join(folder, 'p.visage'));
  try {
    const source = project.addSource({ name: 'Drawn', format: 'identities', root: faces });
    project.putFaces(
      source.id,
      Array.from({ length: 8 }, (_, i) => ({ path: `p${i >> 2}/${i & 3}.png`, identity: `p${i >> 2}` })),
      'test',
    );
    const { folder: _faces, runs: _runs, ...given } = input('mine', { epochs: 1, accumulate: 1, batch: 4 });
    const result = await train(project, engine, { ...given, add: true });
    expect(result).toMatchObject({
      run: join(project.path, 'runs', 'mine'),
      model: 'mine',
      pictures: 8,
      steps: 2,
    });
    expect(project.model('mine')).toMatchObject({ hash: result.hash });
    expect(project.jobs(1)[0]).toMatchObject({ kind: 'train', state: 'done', device: result.device });
  } finally {
    project.close();
  }
});

test('clusters of routing vectors are learnt beside, from a network that was trained without', async () => {
  const dc = { network: 'dc', epochs: 1, accumulate: 1, batch: 8 } as const;
  const first = await train(undefined, engine, input('dc', dc));
  const change = { ...dc, clusters: 3, clusterHead: 'linear', start: first.file } as const;
  const result = await train(undefined, engine, input('dc-p3', change));
  const curve = readCurve(join(runFolder('dc-p3'), 'curve.jsonl'));
  expect(curve).toHaveLength(3);
  for (const { clustering } of curve) expect(clustering).toBeGreaterThan(0);
  const plan = planModel([result.file], { manifest: result.manifest });
  expect(plan.manifest.taps.map(({ name }) => name)).toEqual(['embedding', 'pooled', 'routing', 'clusters']);
  expect(result.remarks.at(-1)).toMatch(/The identities go on with what was learnt/);
  expect(readNpy(join(runFolder('dc'), 'classifier.npy')).shape).toEqual([3, 8]);
  // With the pictures of two people the third one's row has no place.
  const fewer = join(folder, 'fewer');
  for (const person of ['p0', 'p1']) cpSync(join(faces, person), join(fewer, person), { recursive: true });
  const other = await train(undefined, engine, input('dc-fewer', { ...change, folder: fewer }));
  expect(other.remarks.at(-1)).toMatch(/The identities are learnt anew/);
  expect(plan.manifest.outputs.at(-1)).toMatchObject({ name: 'clusters', shape: ['N', 3] });
  // It starts where the first one ended: the stem's kernels of the two first networks differ, seeded and trained.
  const stem = (path: string): number[] =>
    Model.read(path).graph.initialisers.get('stem.conv.weight')?.numbers() ?? [];
  expect(stem(join(runFolder('dc-p3'), 'initial.onnx'))).toEqual(stem(first.file));
  expect(stem(join(runFolder('dc'), 'initial.onnx'))).not.toEqual(stem(first.file));
  const refused = (more: Partial<TrainInput>) =>
    expect(train(undefined, engine, input('dc-no', { ...change, ...more }))).rejects;
  await refused({ network: 'bl', start: undefined }).toThrow(/has no routing vector to cluster/);
  await refused({ network: 'as4' }).toThrow(/another architecture|must agree/);
  await refused({ embedding: 16 }).toThrow(/has the shape 8×\d+, and this network needs 16×/);
});

test('k-means labels of the whole set: a run that is stopped within an epoch goes on to the same network', async () => {
  const change: Partial<TrainInput> = {
    ...{ network: 'dc', clusters: 3, clusterLabels: 'kmeans', clusterHead: 'identity' },
    ...{ epochs: 4, accumulate: 1, batch: 2, rate: 0.01 },
  };
  const whole = await train(undefined, engine, input('kmeans', change));
  const labels = (name: string) =>
    JSON.parse(readFileSync(join(runFolder(name), 'clusters.json'), 'utf8')) as {
      epoch: number;
      assigned: number[];
    };
  expect(labels('kmeans').epoch).toBe(3);
  expect(new Set(labels('kmeans').assigned)).toEqual(new Set([0, 1, 2]));
  const stop = new AbortController();
  const stopped = train(undefined, engine, input('kmeans-stopped', change), {
    signal: stop.signal,
    // Twelve steps an epoch: nearly all places that it can be heard at lie within one.
    onProgress: ({ stage, done }) => stage === 'Training' && done > 2 && stop.abort(),
  });
  await expect(stopped).rejects.toThrow(/ancel/);
  const result = await train(undefined, engine, input('kmeans-stopped', change));
  expect(result.resumed).toBeGreaterThan(2);
  expect(result.resumed).toBeLessThan(48);
  expect(losses(readCurve(join(runFolder('kmeans-stopped'), 'curve.jsonl')))).toEqual(
    losses(readCurve(join(runFolder('kmeans'), 'curve.jsonl'))),
  );
  expect(result.hash).toBe(whole.hash);
});

const constant = (path: string, name: string): number[] =>
  Model.read(path).graph.initialisers.get(name)?.numbers() ?? [];
const PROTOTYPES = 'cluster.prototypes.weight';

test('CurricularFace, a falling temperature, frozen prototypes: killed, a run goes on to the same network', async () => {
  const change: Partial<TrainInput> = {
    ...{ network: 'dc', loss: 'curricularface', clusters: 3, clusterHead: 'linear', epochs: 4 },
    ...{ freezePrototypes: 1, normalisePrototypes: true, annealFrom: 30, annealEpochs: 2 },
  };
  const whole = await train(undefined, engine, input('swav', change));
  const curve = readCurve(join(runFolder('swav'), 'curve.jsonl'));
  // Three steps an epoch.
  const expected = Array.from({ length: 12 }, (_, i) => Math.max(1, 30 - (29 * i) / 6));
  expect(curve.map(({ temperature }) => temperature)).toEqual(
    expected.map((each) => expect.closeTo(each, 9)),
  );
  expect(constant(whole.file, 'routing.temperature')).toEqual([1]);
  for (const file of [join(runFolder('swav'), 'initial.onnx'), whole.file]) {
    const rows = constant(file, PROTOTYPES);
    for (let row = 0; row < 3; row++) {
      expect(Math.hypot(...rows.slice((row * rows.length) / 3, ((row + 1) * rows.length) / 3))).toBeCloseTo(
        1,
        5,
      );
    }
  }
  expect(readRun(runFolder('swav'))?.recipe).toMatchObject({
    train: {
      loss: { kind: 'curricularface', scale: 64, margin: 0.5 },
      annealing: { from: 30, to: 1, epochs: 2 },
      clustering: { frozen: 1, unit: true },
    },
  });

  const own = startEngine();
  try {
    let killed = false;
    const result = await train(undefined, own, input('swav-killed', change), {
      onCurve: (points) => {
        if (killed || own.pid === undefined || !points.some(({ step }) => step === 6)) return;
        killed = true;
        process.kill(own.pid, 'SIGKILL');
      },
    });
    expect(result).toMatchObject({ restarts: 1, resumed: 3, hash: whole.hash });
  } finally {
    await own.close();
  }

  // Frozen for as long as the run is, prototypes end where they began; the rest has moved.
  const frozen = await train(
    undefined,
    engine,
    input('frozen', { ...change, epochs: 3, freezePrototypes: 3 }),
  );
  const first = join(runFolder('frozen'), 'initial.onnx');
  const [before, after] = [constant(first, PROTOTYPES), constant(frozen.file, PROTOTYPES)];
  for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i], 6);
  expect(constant(frozen.file, 'cluster.fc.weight')).not.toEqual(constant(first, 'cluster.fc.weight'));
  const moved = constant(whole.file, PROTOTYPES);
  expect(Math.max(...moved.map((value, i) => Math.abs(value - before[i])))).toBeGreaterThan(1e-4);
});
