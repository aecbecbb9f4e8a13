import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StartedEngine, startEngine } from '../../../core/engine/client.ts';
import { drawPairs } from '../../../core/evaluation/identity-pairs.ts';
import { writeNpy } from '../../../core/foundation/npy.ts';
import { closePackedFiles } from '../../../core/foundation/packed/pictures.ts';
import { writeVerificationSet } from '../../../core/foundation/packed/verification-set.ts';
import { Random } from '../../../core/foundation/random.ts';
import { convert } from '../../../core/jobs/convert.ts';
import { type EvaluateResult, type EvaluationDetail, evaluate } from '../../../core/jobs/evaluate.ts';
import { importSource } from '../../../core/jobs/import.ts';
import { addModel } from '../../../core/jobs/models.ts';
import { Project } from '../../../core/project/project.ts';
import { run } from '../cli/run.ts';

const PAIRS = 60;
const SIDE = 32;
let folder: string;
let engine: StartedEngine;
const at = (name: string): string => join(folder, name);

/** Two noisy views of one pattern, or of two. */
async function pictures(): Promise<{ encoded: Buffer[]; pixels: Uint8Array; same: boolean[] }> {
  const random = new Random(8);
  const same = Array.from({ length: PAIRS }, (_, i) => i % 6 < 3);
  const length = SIDE * SIDE * 3;
  const pixels = new Uint8Array(2 * PAIRS * length);
  const pattern = (): Float32Array => {
    const blobs = Array.from({ length: 6 }, () => [
      random.uniform() * SIDE,
      random.uniform() * SIDE,
      random.normal(),
    ]);
    return Float32Array.from({ length }, (_, k) => {
      const [x, y] = [Math.floor(k / 3) % SIDE, Math.floor(k / 3 / SIDE)];
      return blobs.reduce((sum, [bx, by, h]) => sum + h * Math.exp(-((x - bx) ** 2 + (y - by) ** 2) / 40), 0);
    });
  };
  for (const [i, flag] of same.entries()) {
    const one = pattern();
    for (const [k, view] of [one, flag ? one : pattern()].entries()) {
      const row = pixels.subarray((2 * i + k) * length, (2 * i + k + 1) * length);
      for (let p = 0; p < length; p++)
        row[p] = Math.max(0, Math.min(255, 127 + 60 * view[p] + 45 * random.normal()));
    }
  }
  const encoded = await Promise.all(
    Array.from({ length: 2 * PAIRS }, (_, i) =>
      sharp(pixels.subarray(i * length, (i + 1) * length), {
        raw: { width: SIDE, height: SIDE, channels: 3 },
      })
        .png()
        .toBuffer(),
    ),
  );
  return { encoded, pixels, same };
}

/** The protocol as PyTorch, NumPy and scikit-learn compute it from the same pixels and checkpoint. */
interface Reference {
  accuracy: number;
  deviation: number;
  auc: number;
  tar: number[];
  plain: number;
}
let theirs: Reference;
let encoded: Buffer[];
let same: boolean[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-evaluate-'));
  engine = startEngine();
  const made = await pictures();
  ({ encoded, same } = made);
  writeVerificationSet(at('set.bin'), { pictures: encoded, same });
  writeNpy(at('pixels.npy'), made.pixels);
  const program = `
import importlib, json, sys, numpy as np
folder, networks = sys.argv[1:3]
sys.path.insert(0, networks)
public = importlib.import_module('public-networks')
import pickle, torch
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.model_selection import KFold
torch.manual_seed(5)
net = public.ArcFaceIR([2, 2, 2, 2], 16, 32, 32)
x = np.load(folder + '/pixels.npy').reshape(-1, 32, 32, 3)
x = torch.from_numpy((x.transpose(0, 3, 1, 2).astype(np.float32) - 127.5) / 127.5)
net.train()
with torch.no_grad(): net(x)
net.eval()
torch.save({'epoch': 1, 'backbone': {'module.' + k: v for k, v in net.state_dict().items()}}, folder + '/net.pth')
_, same = pickle.load(open(folder + '/set.bin', 'rb'))
same = np.array(same)
with torch.no_grad(): one = net(x).numpy(); both = one + net(x.flip(3)).numpy()
def judge(e):
    e = e / np.linalg.norm(e, axis=1, keepdims=True)
    d = ((e[0::2] - e[1::2]) ** 2).sum(1)
    ts, accs = np.arange(0, 4, 0.01), []
    for train, test in KFold(10).split(d):
        best = ts[np.argmax([np.mean((d[train] < t) == same[train]) for t in ts])]
        accs.append(np.mean((d[test] < best) == same[test]))
    return d, accs
d, accs = judge(both)
far, tar, _ = roc_curve(same, -d, drop_intermediate=False)
print(json.dumps(dict(accuracy=np.mean(accs), deviation=np.std(accs), auc=roc_auc_score(same, -d),
  tar=[tar[far <= x].max() for x in (0.05, 0.2)], plain=np.mean(judge(one)[1]))))`;
  const out = execFileSync(
    '/usr/bin/python3',
    ['-B', '-W', 'ignore', '-c', program, folder, join(import.meta.dirname, '../models')],
    { env: { ...process.env, OMP_NUM_THREADS: '2' } },
  );
  theirs = JSON.parse(out.toString()) as Reference;
  await convert({ from: at('net.pth'), to: at('net.onnx') });
}, 60_000);
afterAll(async () => {
  await engine.close();
  closePackedFiles();
  rmSync(folder, { recursive: true, force: true });
});

const judge = (input: { flip?: boolean; pairs?: string; images?: string } = {}): Promise<EvaluateResult> =>
  evaluate(undefined, engine, {
    ...{
      model: at('net.onnx'),
      manifest: at('net.json'),
      pairs: at('set.bin'),
      device: 'cpu',
      fars: [0.05, 0.2],
    },
    ...input,
  });

describe('a checkpoint, converted and judged on a verification set', () => {
  test('gives what PyTorch, NumPy and scikit-learn give', async () => {
    const ours = await judge();
    expect(theirs.accuracy).toBeGreaterThan(0.6);
    expect(theirs.accuracy).toBeLessThan(1);
    expect(ours.accuracy).toBeCloseTo(theirs.accuracy, 6);
    expect(ours.deviation).toBeCloseTo(theirs.deviation, 6);
    expect(ours.auc).toBeCloseTo(theirs.auc, 6);
    expect(ours.tarAtFar.map(({ tar }) => tar)).toEqual(theirs.tar.map((tar) => expect.closeTo(tar, 6)));
    expect([ours.pairs, ours.same, ours.pictures, ours.folds, ours.flip]).toEqual([
      PAIRS,
      30,
      2 * PAIRS,
      10,
      true,
    ]);
    expect((await judge({ flip: false })).accuracy).toBeCloseTo(theirs.plain, 6);
  }, 30_000);

  test('the same from a folder of pictures, a list, and the faces of a project', async () => {
    const whole = await judge();
    await convert({ from: at('set.bin'), to: at('unpacked') });
    expect(await judge({ pairs: at('unpacked') })).toMatchObject({
      accuracy: whole.accuracy,
      auc: whole.auc,
    });
    await convert({ from: at('unpacked'), to: at('again.bin') });
    expect(await judge({ pairs: at('again.bin') })).toMatchObject({
      accuracy: whole.accuracy,
      auc: whole.auc,
    });

    const project = Project.create(at('p.visage'));
    try {
      await importSource(project, { source: at('unpacked'), name: 'pairs', format: 'folder' });
      const manifest = JSON.parse(readFileSync(at('net.json'), 'utf8')) as { preparation: { crop: unknown } };
      manifest.preparation.crop = { kind: 'whole', fit: 'stretch' };
      writeFileSync(at('whole.json'), JSON.stringify(manifest));
      await addModel(project, engine, { files: [at('net.onnx')], manifest: at('whole.json') });
      const input = { model: 'net', pairs: at('unpacked'), device: 'cpu' as const };
      expect(await evaluate(project, engine, input)).toMatchObject({
        accuracy: whole.accuracy,
        auc: whole.auc,
      });
      // The same list of the same paths over another source's pictures is another evaluation; over its own, the same.
      await importSource(project, { source: at('unpacked'), name: 'twin', format: 'folder' });
      const ids: (number | null)[] = [];
      for (const source of ['pairs', 'twin', 'pairs']) {
        ids.push((await evaluate(project, engine, { ...input, source })).evaluation);
      }
      const kept = project.evaluations().filter(({ id }) => ids.includes(id));
      expect(kept).toHaveLength(2);
      expect(new Set(kept.map(({ pairsHash }) => pairsHash)).size).toBe(2);
      const other = evaluate(project, engine, { ...input, source: 'nothing' });
      await expect(other).rejects.toThrow("'nothing'");
      rmSync(at('unpacked/000.png'));
      writeFileSync(at('unpacked/001.png'), 'no picture');
      await expect(evaluate(project, engine, input)).rejects.toThrow(
        /^2 of the 120 faces could not be embedded, so the protocol cannot be evaluated whole/,
      );
    } finally {
      project.close();
    }
    await expect(judge({ pairs: at('unpacked') })).rejects.toThrow(
      `1 of the 120 pictures of the pairs are missing below '${at('unpacked')}': '000.png'. The protocol is only evaluated whole.`,
    );
  }, 60_000);

  test('pairs drawn from a project’s identities are judged as the same pairs in a list', async () => {
    // The 30 same pairs of the set are 30 people of two faces.
    const views = encoded.filter((_, i) => same[Math.floor(i / 2)]);
    const paths = views.map((_, i) => `${String(i >> 1).padStart(2, '0')}/${i % 2}.png`);
    for (const [i, path] of paths.entries()) {
      mkdirSync(at(`drawn/${path.slice(0, 2)}`), { recursive: true });
      writeFileSync(at(`drawn/${path}`), views[i]);
    }
    const drawn = drawPairs(paths.map((path) => path.slice(0, 2)));
    expect(drawn).toMatchObject({ folds: 10, count: 30, identities: 30 });
    const lines = drawn.pairs.map(({ first, second, same }) => `${paths[first]}\t${paths[second]}\t${+same}`);
    writeFileSync(at('drawn.tsv'), lines.join('\n'));
    const listed = await judge({ pairs: at('drawn.tsv'), images: at('drawn') });
    expect(listed.accuracy).toBeGreaterThan(0.6);

    const project = Project.create(at('drawn.visage'));
    try {
      await importSource(project, { source: at('drawn'), name: 'people', format: 'identities' });
      const manifest = JSON.parse(readFileSync(at('net.json'), 'utf8')) as { preparation: { crop: unknown } };
      const input = { model: at('net.onnx'), device: 'cpu' as const };
      await expect(
        evaluate(project, engine, { ...input, manifest: at('net.json'), pairs: {} }),
      ).rejects.toThrow(
        'None of the 60 faces can be in a pair. 60 faces left out: they lack the five points',
      );
      manifest.preparation.crop = { kind: 'whole', fit: 'stretch' };
      writeFileSync(at('drawn.json'), JSON.stringify(manifest));
      const own = { ...input, manifest: at('drawn.json') };
      const result = await evaluate(project, engine, { ...own, pairs: { seed: 0 } });
      expect(result).toMatchObject({
        ...{
          accuracy: listed.accuracy,
          deviation: listed.deviation,
          auc: listed.auc,
          pairs: 60,
          pictures: 60,
        },
        ...{ drawn: { identities: 30, seed: 0 }, folds: 10, set: 'own pairs of 30 identities, seed 0' },
      });
      const half = { faces: project.select({}).slice(0, 30) };
      expect(await evaluate(project, engine, { ...own, pairs: { selection: half } })).toMatchObject({
        ...{ drawn: { identities: 15 }, folds: 7, pairs: 28 },
      });
      await expect(evaluate(undefined, engine, { ...own, pairs: {} })).rejects.toThrow('say which');
    } finally {
      project.close();
    }
    const words = ['evaluate', '--model', at('net.onnx'), '--manifest', at('drawn.json'), '--device', 'cpu'];
    const command = await run([...words, '--project', at('drawn.visage'), '--draw', '--json']);
    expect([command.code, command.json.accuracy]).toEqual([0, listed.accuracy]);

    // Judged again in the same way, an evaluation is replaced; the one of half the faces stays.
    const list = await run(['evaluate', '--project', at('drawn.visage'), '--list', '--json']);
    const kept = list.json.evaluations as Record<string, unknown>[];
    expect(kept.map(({ set }) => set)).toEqual([
      'own pairs of 15 identities, seed 0',
      'own pairs of 30 identities, seed 0',
    ]);
    const { evaluation, roc, similarities, wrong, ...figures } = command.json;
    expect(kept[1]).toMatchObject({ ...figures, id: evaluation, inProject: false });
    expect((await run(['evaluate', '--project', at('drawn.visage'), '--list'])).out).toContain(
      `${(100 * listed.accuracy).toFixed(2)} % ± `,
    );

    // What is read for one evaluation, against its figures.
    const detail = { roc, similarities, wrong } as unknown as EvaluationDetail;
    const reader = Project.open(at('drawn.visage'), { readOnly: true });
    expect(reader.evaluationDetail(evaluation as number)).toEqual(detail);
    reader.close();
    const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
    expect([sum(detail.similarities.same), sum(detail.similarities.different)]).toEqual([30, 30]);
    const { accepted, rejected } = detail.wrong;
    // 'people/07/1.png', a face of the project.
    const person = ({ path, face }: { path: string; face: number | null }): string => {
      expect(face).toBeGreaterThan(0);
      return path.split('/')[1];
    };
    expect((accepted.length + rejected.length) / 60).toBeCloseTo(1 - listed.accuracy, 12);
    for (const { first, second, cosine, threshold } of accepted) {
      expect(cosine).toBeGreaterThan(threshold);
      expect(person(first)).not.toBe(person(second));
    }
    for (const { first, second } of rejected) expect(person(first)).toBe(person(second));
  }, 60_000);

  test('as a command', async () => {
    const words = [
      'evaluate',
      at('set.bin'),
      '--model',
      at('net.onnx'),
      '--manifest',
      at('net.json'),
      '--device',
      'cpu',
    ];
    const { code, json } = await run([...words, '--far', '0.05,0.2', '--roc', at('roc.csv'), '--json']);
    expect(code).toBe(0);
    expect(json.accuracy).toBeCloseTo(theirs.accuracy, 6);
    const [head, ...lines] = readFileSync(at('roc.csv'), 'utf8').trim().split('\n');
    expect([head, lines[0], lines.at(-1)?.startsWith('1,1,')]).toEqual(['far,tar,cosine', '0,0,', true]);
    const text = await run(words);
    expect(text.out).toContain(`Accuracy ${(100 * theirs.accuracy).toFixed(2)} %`);
    expect(text.out).toContain('too few different pairs for this target');
  }, 30_000);

  test('wrong use and wrong files are said', async () => {
    const wrong = async (...words: string[]): Promise<[number, string]> => {
      const { code, err } = await run(['evaluate', ...words]);
      return [code, err];
    };
    const model = ['--model', at('net.onnx')];
    expect(await wrong(at('set.bin'), ...model, '--far', '2')).toEqual([
      2,
      expect.stringContaining("'--far 2'"),
    ]);
    expect(await wrong(at('set.bin'), ...model, '--crop', '1,2')).toEqual([
      2,
      expect.stringContaining("'--crop 1,2'"),
    ]);
    expect(await wrong(at('set.bin'), ...model, '--source', 'x')).toEqual([
      2,
      expect.stringContaining("'--project'"),
    ]);
    for (const [words, sentence] of [
      [[...model], 'Name a set of pairs, or draw them'],
      [['--draw', ...model], "'--draw' needs '--project'"],
      [[at('set.bin'), '--draw', ...model], 'exclude each other'],
      [[at('set.bin'), '--count', '3', ...model], "'--count' needs '--draw'"],
      [[at('set.bin'), '--min-confidence', '1', ...model], "'--min-confidence' needs '--draw'"],
      [['--draw', '--project', at('p.visage'), '--frontal', ...model], "'--frontal' is for a set"],
    ] as const) {
      expect(await wrong(...words)).toEqual([2, expect.stringContaining(sentence)]);
    }
    expect(await wrong(at('set.bin'), '--model', 'none.onnx')).toEqual([
      1,
      expect.stringContaining("'none.onnx' is no file"),
    ]);
    expect(await wrong(at('none.bin'), ...model)).toEqual([
      1,
      expect.stringContaining('There is nothing at'),
    ]);
    expect(await wrong(at('set.bin'), ...model, '--folds', '61')).toEqual([
      1,
      expect.stringContaining('61 folds'),
    ]);
  }, 30_000);

  test('pairs of one kind only are told as that, before any network runs', async () => {
    const cases: [string, boolean, string][] = [
      ['all-same.bin', true, 'of one person'],
      ['all-different.bin', false, 'of two people'],
    ];
    for (const [name, flag, kind] of cases) {
      writeVerificationSet(at(name), { pictures: encoded.slice(0, 8), same: [flag, flag, flag, flag] });
      const { code, out, err } = await run(['evaluate', at(name), '--model', at('net.onnx'), '--folds', '2']);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain(`All 4 pairs of '${at(name)}' are ${kind}. Accuracy, ROC, AUC and TAR at FAR`);
    }
    // A list that stands 'all same, then all different' has both, but not in each fold.
    const halves = at('halves.bin');
    writeVerificationSet(halves, {
      pictures: encoded.slice(0, 16),
      same: Array.from({ length: 8 }, (_, i) => i < 4),
    });
    const words = ['evaluate', halves, '--model', at('net.onnx'), '--folds', '2', '--json'];
    expect((await run(words)).json.remarks).toContainEqual(
      expect.stringMatching(/^2 of 2 folds hold pairs of one kind only.*--alternate/),
    );
    expect((await run([...words, '--alternate'])).json.remarks).not.toContainEqual(
      expect.stringContaining('one kind only'),
    );
  }, 30_000);
});

describe('conversions', () => {
  test('records to folders and back: the same pictures under the same people', async () => {
    mkdirSync(at('people/ann'), { recursive: true });
    mkdirSync(at('people/bob'));
    mkdirSync(at('people/cy'));
    for (const [i, name] of ['ann/1.png', 'ann/2.png', 'bob/1.png', 'cy/1.png'].entries()) {
      writeFileSync(at(`people/${name}`), encoded[i]);
    }
    writeFileSync(at('people/cy/broken.jpg'), 'no picture');
    writeFileSync(at('people/loose.png'), encoded[5]);
    writeFileSync(at('people/cy/wide.png'), await sharp(encoded[4]).resize(40, 32).png().toBuffer());
    const packed = await convert({ from: at('people'), to: at('set/train.rec') });
    expect(packed).toMatchObject({
      ...{ kind: 'folder to records', identities: 3, pictures: 4, singles: 2, rejected: 3 },
      rejects: [
        { what: 'cy/broken.jpg' },
        { what: 'cy/wide.png', sentence: expect.stringContaining('It has 40×32 pixels') },
        { what: 'loose.png', sentence: expect.stringContaining('no folder of a person') },
      ],
    });
    expect(readFileSync(at('set/property'), 'utf8')).toBe('3,32,32\n');
    const unpacked = await convert({ from: at('set/train.rec'), to: at('back') });
    expect(unpacked).toMatchObject({ kind: 'records to folder', identities: 3, pictures: 4, rejected: 0 });
    expect(readFileSync(at('back/ann/2.png')).equals(encoded[1])).toBe(true);
    expect(readFileSync(at('back/cy/4.png')).equals(encoded[3])).toBe(true);
  });

  test('nothing is overwritten, and ways that do not exist are said', async () => {
    await expect(convert({ from: at('net.pth'), to: at('net.onnx') })).rejects.toThrow('is there already');
    await expect(convert({ from: at('set.bin'), to: at('people') })).rejects.toThrow('is not empty');
    await expect(convert({ from: at('people'), to: at('set/train.rec') })).rejects.toThrow(
      'is there already',
    );
    await expect(convert({ from: at('net.pth'), to: at('x.txt') })).rejects.toThrow('There is no way from');
    await expect(convert({ from: at('none.pth'), to: at('x.onnx') })).rejects.toThrow('There is nothing at');
    await expect(convert({ from: at('net.pth'), to: at('x.onnx'), key: 'model' })).rejects.toThrow(
      "no weights under 'model'; it holds: 'backbone'",
    );
    const { code, json } = await run(['convert', at('net.pth'), at('y.onnx'), '--name', 'tiny', '--json']);
    expect([code, json.architecture, json.key, json.input]).toEqual([
      0,
      'ArcFace IR-18',
      'backbone',
      [32, 32],
    ]);
    expect(JSON.parse(readFileSync(at('y.json'), 'utf8'))).toMatchObject({
      name: 'tiny',
      task: 'embedding',
      batch: 'free',
    });
  });

  test('cancelled, it leaves nothing behind', async () => {
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    await expect(
      convert({ from: at('set.bin'), to: at('half') }, { signal: stop.signal, onProgress }),
    ).rejects.toThrow('Cancelled');
    const left = readdirSync(folder).filter((name) => name.startsWith('half'));
    expect(left).toEqual([]);
  });
});
