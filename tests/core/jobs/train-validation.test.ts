import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine } from '../../../core/engine/client.ts';
import { Random } from '../../../core/foundation/random.ts';
import { readRun } from '../../../core/jobs/train/run-manifest.ts';
import { heldForValidation } from '../../../core/jobs/train/validation.ts';
import { type TrainInput, train } from '../../../core/jobs/train.ts';
import { type CurvePoint, readCurve } from '../../../core/training/curve.ts';
import { listHash } from '../../../core/training/data/candidates.ts';
import { classesOf } from '../../../core/training/data/classes.ts';
import { folderFaces } from '../../../core/training/data/folder-faces.ts';
import { python } from '../graph/python.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-validation-'));
const faces = join(folder, 'faces');
const engine = startEngine();
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const SIDE = 16;
const PEOPLE = 26;
const PICTURES = 4;
const HELD = 20;

/** People of four noisy pictures, each of a colour of its own. */
beforeAll(async () => {
  const random = new Random(7);
  for (let person = 0; person < PEOPLE; person++) {
    const colour = [0, 1, 2].map(() => 40 + random.below(120));
    mkdirSync(join(faces, `p${person}`), { recursive: true });
    for (let i = 0; i < PICTURES; i++) {
      const data = Buffer.from(
        Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => colour[at % 3] + random.below(90)),
      );
      const picture = sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } });
      await picture.png().toFile(join(faces, `p${person}`, `${i}.png`));
    }
  }
});

/** 24 pictures are left, in steps of 8: three an epoch. */
const input = (name: string, change: Partial<TrainInput> = {}): TrainInput => ({
  ...{ folder: faces, runs: join(folder, 'runs'), name, device: 'cpu' },
  ...{ network: 'bl', width: 0.125, size: SIDE, embedding: 8, loss: 'softmax' },
  ...{ epochs: 4, batch: 8, rate: 0.05, schedule: 'cosine', seed: 3, validate: HELD },
  ...change,
});
const runFolder = (name: string): string => join(folder, 'runs', name);
const curveOf = (name: string): CurvePoint[] => readCurve(join(runFolder(name), 'curve.jsonl'));
const numbers = (name: string) => curveOf(name).map(({ imagesPerSecond: _, ...rest }) => rest);
const heldNow = async () => {
  const { faces: all } = await folderFaces(faces);
  const classes = classesOf(
    all.map(({ identity }) => identity),
    new Uint8Array(all.length).fill(1),
    [],
    2,
  );
  return { all, ...heldForValidation(classes, all, { hold: HELD, seed: 1 }) };
};

test('people are held out, and a run says after every epoch how well they are told apart', async () => {
  const notes: string[] = [];
  const result = await train(undefined, engine, input('whole'), {
    onProgress: ({ note }) => note !== undefined && notes.push(note),
  });
  const { all, trained, validation } = await heldNow();
  expect(result).toMatchObject({ pictures: 24, classes: PEOPLE - HELD, steps: 12 });
  expect(result.remarks).toContain(
    `20 identities with 80 pictures held out, to be judged by in ${validation.record.pairs} pairs.`,
  );
  const heldNames = new Set(
    all.map(({ identity }) => identity).filter((name) => !trained.names.includes(name)),
  );
  expect(readRun(runFolder('whole'))).toMatchObject({
    recipe: { validation: { hold: HELD, seed: 1 } },
    data: {
      ...{ faces: 104, used: 24, classes: 6 },
      validation: {
        ...{ identities: HELD, pictures: 80, folds: 10, pairs: validation.record.pairs },
        hash: listHash(all.filter(({ identity }) => heldNames.has(identity))),
      },
    },
    result: { validation: result.validation },
  });
  const curve = curveOf('whole');
  expect(curve.filter(({ validation }) => validation !== undefined).map(({ step }) => step)).toEqual([
    3, 6, 9, 12,
  ]);
  expect(curve[11].validation).toBe(result.validation);
  expect(notes[3]).toMatch(
    new RegExp(`Held-out people: ${(100 * (curve[11].validation as number)).toFixed(2)} % of pairs right`),
  );

  // The public code's protocol in numpy over the trained network's own embeddings.
  const session = await InferenceSession.create(result.file);
  const embeddings: number[][] = [];
  for (const row of validation.rows) {
    const sums = new Float32Array(8);
    for (const mirrored of [false, true]) {
      const read = sharp(all[row].image.path).removeAlpha();
      const raw = await (mirrored ? read.flop() : read).raw().toBuffer();
      const pixels = new Float32Array(raw.length);
      for (const [at, level] of raw.entries()) {
        pixels[(at % 3) * SIDE * SIDE + Math.floor(at / 3)] = (level - 127.5) / 127.5;
      }
      const found = await session.run({ input: new Tensor('float32', pixels, [1, 3, SIDE, SIDE]) });
      for (const [i, value] of (found.embedding.data as Float32Array).entries()) sums[i] += value;
    }
    embeddings.push([...sums]);
  }
  await session.release();
  const { first, second, same, folds } = validation.pairs;
  expect(folds).toBe(10);
  const accuracy = python<number>(
    `
import numpy as np
e = np.array(x['embeddings']); e /= np.linalg.norm(e, axis=1, keepdims=True)
d = ((e[x['first']] - e[x['second']]) ** 2).sum(1)
same = np.array(x['same']) == 1
at = np.arange(0, 4, 0.01)
right = lambda t, rows: ((d[rows] < t) == same[rows]).mean()
found = []
for test in np.array_split(np.arange(len(d)), 10):
    rest = np.setdiff1d(np.arange(len(d)), test)
    found.append(right(at[np.argmax([right(t, rest) for t in at])], test))
print(json.dumps(float(np.mean(found))))`,
    { embeddings, first: [...first], second: [...second], same: [...same] },
  );
  expect(result.validation).toBeCloseTo(accuracy, 9);
  // Colours differ: better than chance.
  expect(result.validation).toBeGreaterThan(0.6);
});

test('nothing of people who are held out reaches the network', async () => {
  const { trained, all } = await heldNow();
  const others = join(folder, 'others');
  cpSync(faces, others, { recursive: true });
  const kept = new Set(trained.names);
  const strangers = all.filter(({ identity }) => !kept.has(identity));
  for (const [i, { name }] of strangers.entries()) {
    // Every held-out face becomes another one's.
    cpSync(strangers[(i * 7 + 3) % strangers.length].image.path, join(others, name));
  }
  const result = await train(undefined, engine, input('others', { folder: others }));
  const whole = readRun(runFolder('whole'));
  expect(result.hash).toBe(whole?.network.trained);
  expect(readRun(runFolder('others'))?.data.pictures).not.toBe(whole?.data.pictures);
  const losses = (name: string) => curveOf(name).map(({ loss }) => loss);
  expect(losses('others')).toEqual(losses('whole'));
  const judged = (name: string) => curveOf(name).map(({ validation }) => validation);
  expect(judged('others')).not.toEqual(judged('whole'));
});

test('killed or stopped while it is judged, a run goes on with the same numbers', async () => {
  const own = startEngine();
  try {
    let killed = false;
    const result = await train(undefined, own, input('killed'), {
      onProgress: ({ stage }) => {
        if (killed || stage !== 'Validating' || curveOf('killed').length < 3) return;
        killed = true;
        process.kill(own.pid as number, 'SIGKILL');
      },
    });
    expect(killed).toBe(true);
    expect(result.restarts).toBe(1);
  } finally {
    await own.close();
  }
  expect(numbers('killed')).toEqual(numbers('whole'));

  const stop = new AbortController();
  const stopped = train(undefined, engine, input('stopped'), {
    signal: stop.signal,
    onProgress: ({ stage }) => stage === 'Validating' && stop.abort(),
  });
  await expect(stopped).rejects.toThrow(/ancel/);
  const told: CurvePoint[] = [];
  const result = await train(undefined, engine, input('stopped'), {
    onCurve: (points) => told.push(...points),
  });
  expect(result.resumed).toBeGreaterThan(0);
  expect(numbers('stopped')).toEqual(numbers('whole'));
  expect(told.findLast(({ step }) => step === 12)?.validation).toBe(result.validation);
  const hash = readRun(runFolder('whole'))?.network.trained;
  expect(
    [readRun(runFolder('killed')), readRun(runFolder('stopped'))].map((run) => run?.network.trained),
  ).toEqual([hash, hash]);
});

test('what training starts from may have seen them: then that is said, and its rows are not taken', async () => {
  const start = join(runFolder('whole'), 'network.onnx');
  const same = await train(undefined, engine, input('after', { epochs: 1, start }));
  expect(same.remarks).toContain(
    'The identities go on with what was learnt of them beside the network that training starts from.',
  );
  const other = await train(undefined, engine, input('after-others', { epochs: 1, start, validateSeed: 2 }));
  expect(other.remarks).toContain(
    'The network that training starts from may have been trained on people who are held out here.',
  );
  expect(other.remarks.some((remark) => remark.startsWith('The identities are learnt anew'))).toBe(true);
  const hashes = ['whole', 'after', 'after-others'].map(
    (name) => readRun(runFolder(name))?.data.validation?.hash,
  );
  expect(hashes[1]).toBe(hashes[0]);
  expect(hashes[2]).not.toBe(hashes[0]);
});

test('what cannot be held out is refused', async () => {
  const refused = (validate: number) =>
    expect(train(undefined, engine, input('refused', { validate }))).rejects;
  await refused(1.5).toThrow(
    /'1\.5' people cannot be held out; allowed: a share above 0 and below 1, or a whole number/,
  );
  await refused(25).toThrow(/25 of 26 identities cannot be held out to validate on; allowed: 4 to 24/);
});
