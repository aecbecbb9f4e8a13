import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../core/cli/program.ts';
import { writeVerificationSet } from '../../../core/foundation/packed/verification-set.ts';
import { Model } from '../../../core/graph/model.ts';
import { GraphTensor } from '../../../core/graph/tensor.ts';
import { untrainedPlan } from '../../../core/models/architectures/untrained.ts';
import { canMount, makeReadOnly, mountDisk, unmountDisk } from '../disks.ts';
import { run } from './run.ts';

/** Every command meets every way in which a disk can refuse what the command reads or writes. */
const root = mkdtempSync(join(tmpdir(), 'visage-disks-'));
const good = (name: string): string => join(root, 'good', name);
const bad = (name: string): string => join(root, 'bad', name);
const P = good('p.visage');

type Words = (path: string) => readonly string[];
interface Place {
  /** What the path is: that decides which causes there are. */
  kind: 'project' | 'written project' | 'file read' | 'file written' | 'folder written' | 'source';
  words: Words;
}

const reads = (words: Words): Place => ({ kind: 'project', words });
const writes = (words: Words): Place => ({ kind: 'written project', words });
const at = (kind: Place['kind'], words: Words): Place => ({ kind, words });

const SMALL = [
  '--network',
  'bl',
  '--width',
  '0.125',
  '--size',
  '16',
  '--embedding',
  '8',
  '--batch',
  '2',
  '--epochs',
  '1',
];

/** The places of each command's command line; a reason where it has none. */
const PLACES: Readonly<Record<string, readonly Place[] | string>> = {
  serve: [reads((p) => ['serve', p]), at('file written', (p) => ['serve', P, '--token-file', p])],
  demo: [at('folder written', (p) => ['demo', p, '--faces', '300', '--identities', '30'])],
  synth: [at('folder written', (p) => ['synth', p, '--faces', '40', '--identities', '4', '--size', '64'])],
  new: [at('folder written', (p) => ['new', `${p}.visage`])],
  import: [
    writes((p) => ['import', p, good('pictures')]),
    at('source', (p) => ['import', P, p]),
    at('source', (p) => ['import', P, p, '--dry-run']),
    at('file written', (p) => ['import', P, good('list.csv'), '--dry-run', '--rejects', p]),
  ],
  models: [
    reads((p) => ['models', p]),
    writes((p) => ['models', p, 'add', good('net.onnx')]),
    at('file read', (p) => ['models', P, 'add', p]),
    at('file read', (p) => ['models', P, 'add', good('net.onnx'), '--manifest', p]),
    at('file read', (p) => ['models', P, 'manifest', 'net', p]),
  ],
  convert: [
    at('source', (p) => ['convert', p, good('new.rec')]),
    at('file read', (p) => ['convert', `${p}.bin`, good('new-folder')]),
    at('folder written', (p) => ['convert', good('set.bin'), p]),
    at('folder written', (p) => ['convert', good('pictures'), join(p, 'train.rec')]),
    at('file written', (p) => ['convert', good('pairs.txt'), `${p}.bin`]),
  ],
  devices: 'neither opens nor writes a file of its user',
  detect: [writes((p) => ['detect', p])],
  prelabel: [writes((p) => ['prelabel', p])],
  quality: [writes((p) => ['quality', p])],
  group: [reads((p) => ['group', p, '--features', 'f', '--threshold', '0.9'])],
  prepare: [reads((p) => ['prepare', p, '--plan']), writes((p) => ['prepare', p])],
  embed: [writes((p) => ['embed', p, '--model', 'net'])],
  heads: [
    writes((p) => ['heads', p, '--features', 'f']),
    reads((p) => ['heads', p, 'evaluate', '--features', 'f']),
  ],
  cluster: [
    writes((p) => ['cluster', p, '--features', 'f', '--k', '2']),
    reads((p) => ['cluster', p, '--list']),
  ],
  score: [writes((p) => ['score', p]), reads((p) => ['score', p, '--list'])],
  nearest: [reads((p) => ['nearest', p, '1', '--features', 'f'])],
  routing: [reads((p) => ['routing', p, '1'])],
  map: [writes((p) => ['map', p, '--features', 'f']), reads((p) => ['map', p, '--list'])],
  train: [
    writes((p) => ['train', p.endsWith('.visage') ? p : `${p}.visage`, '--epochs', '1', '--batch', '2']),
    at('source', (p) => ['train', p]),
    at('folder written', (p) => ['train', good('pictures'), ...SMALL, '--runs', p]),
    at('file read', (p) => ['train', good('pictures'), ...SMALL, '--runs', good('runs'), '--start', p]),
  ],
  reproduce: [at('folder written', (p) => ['reproduce', 'table-5.1', '--scale', 'smoke', '--out', p])],
  evaluate: [
    reads((p) => ['evaluate', '--list', '--project', p]),
    at('file read', (p) => ['evaluate', p, '--model', good('net.onnx')]),
    at('file read', (p) => ['evaluate', good('set.bin'), '--model', p, '--folds', '2']),
    at('file written', (p) => [
      ...['evaluate', good('set.bin'), '--model', good('net.onnx')],
      '--folds',
      '2',
      '--roc',
      p,
    ]),
  ],
  cohorts: [reads((p) => ['cohorts', p])],
  label: [
    writes((p) => ['label', p, 'set', '1', '--age', '50+']),
    reads((p) => ['label', p, 'history', '1']),
  ],
  queue: [reads((p) => ['queue', p, '--by', 'rarity'])],
  agreement: [reads((p) => ['agreement', p])],
  export: [
    reads((p) => ['export', p, '--list']),
    reads((p) => ['export', p, '--per-cohort', '1', '--out', good('export')]),
    at('folder written', (p) => ['export', P, '--per-cohort', '1', '--out', p]),
    at('file read', (p) => ['export', P, '--manifest', p, '--out', good('again')]),
  ],
  verify: [reads((p) => ['verify', p]), writes((p) => ['verify', p, '--rebuild'])],
};

/** A path, the words that must be said of it, and whether it can be had here. */
type Cause = readonly [title: string, path: string, said: RegExp, here?: boolean];
const CAUSES: Readonly<Record<Place['kind'], readonly Cause[]>> = {
  project: [
    ['that is missing', bad('none.visage'), /nothing stands at that path|is no Visage project|nothing at/i],
    ['whose parent is a file', bad('file/p.visage'), /nothing stands at that path|is a file/],
    ['that is a file', bad('file.visage'), /is no Visage project/],
    ['that is another folder', bad('folder.visage'), /is no Visage project/],
    ['that is cut short', bad('torn.visage'), /is truncated/],
  ],
  'written project': [
    ['that is missing', bad('none.visage'), /nothing stands at that path/],
    ['that is cut short', bad('torn.visage'), /is truncated/],
    ['on a read-only disk', bad('readonly/p.visage'), /is read-only/, canMount],
    ['on a full disk', bad('full/p.visage'), /is full/, canMount],
  ],
  'file read': [
    ['that is missing', bad('none'), /no such|is no file|nothing at|does not exist|cannot be (read|opened)/i],
    [
      'whose parent is a file',
      bad('file/x'),
      /is a file|is no file|nothing at|does not exist|cannot be (read|opened)/i,
    ],
    ['that is a folder', bad('folder'), /folder/],
  ],
  source: [
    ['that is missing', bad('none'), /no such|nothing at|does not exist|nothing stands/i],
    ['whose parent is a file', bad('file/x'), /no such|nothing at|does not exist|nothing stands|is a file/i],
  ],
  'file written': [
    ['in a folder that is missing', bad('none/x'), /no such file or folder \(ENOENT\)/],
    ['whose parent is a file', bad('file/x'), /is a file where a folder is expected \(ENOTDIR\)/],
    ['on a read-only disk', bad('readonly/x'), /is read-only \(EROFS\)/, canMount],
    ['on a full disk', bad('full/x'), /is full \(ENOSPC\)/, canMount],
    ['where nobody may write', '/proc/x', /\((ENOENT|EACCES|EPERM|EROFS)\)/, existsSync('/proc/self')],
  ],
  'folder written': [
    ['whose parent is a file', bad('file/x'), /is a file where a folder is expected \(ENOTDIR\)/],
    ['on a read-only disk', bad('readonly/x'), /is read-only \(EROFS\)/, canMount],
    ['on a full disk', bad('full/x'), /is full/, canMount],
    ['where nobody may write', '/proc/x', /\((ENOENT|EACCES|EPERM|EROFS)\)/, existsSync('/proc/self')],
  ],
};

/** All names below a folder. What SQLite keeps beside an open database comes and goes. */
const names = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/-(wal|shm)$/.test(name))
    .sort();

beforeAll(async () => {
  for (const folder of ['good/pictures', 'bad/folder', 'bad/folder.visage'])
    mkdirSync(join(root, folder), { recursive: true });
  const encoded: Buffer[] = [];
  for (let i = 0; i < 8; i++) {
    const file = good(`pictures/p${i >> 1}/${i & 1}.png`);
    mkdirSync(good(`pictures/p${i >> 1}`), { recursive: true });
    const pixels = Buffer.alloc(32 * 32 * 3, 25 * i);
    await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toFile(file);
    encoded.push(await sharp(file).toBuffer());
  }
  writeVerificationSet(good('set.bin'), { pictures: encoded, same: [true, false, true, false] });
  writeFileSync(
    good('pairs.txt'),
    'pictures/p0/0.png\tpictures/p0/1.png\t1\npictures/p0/0.png\tpictures/p1/0.png\t0\n',
  );
  writeFileSync(good('list.csv'), 'file,age\npictures/p0/0.png,12 old\n');
  const plan = untrainedPlan('net', { kind: 'BL', width: 0.125, size: 16, embedding: 8 });
  writeFileSync(good('net.onnx'), plan.files[0].bytes as Uint8Array);
  const split = Model.read(good('net.onnx'));
  const [[name, weight]] = [...split.graph.initialisers].filter(([each]) => each.endsWith('.weight'));
  const { rawData: _data, ...rest } = weight.message;
  const externalData = [{ key: 'location', value: 'split.onnx_data' }];
  split.graph.initialisers.set(name, new GraphTensor({ ...rest, externalData, dataLocation: 1 }, root));
  split.write(good('split.onnx'));
  expect((await run(['new', P])).code).toBe(0);
  expect((await run(['import', P, good('pictures'), '--format', 'identities'])).code).toBe(0);
  expect(
    (
      await run([
        'label',
        P,
        'set',
        '1',
        '2',
        '--age',
        '50+',
        '--gender',
        'male',
        '--race',
        'white',
        '--pitch',
        'within',
        '--yaw',
        'within',
      ])
    ).err,
  ).toBe('');
  writeFileSync(bad('file'), '');
  writeFileSync(bad('file.visage'), '');
  writeFileSync(bad('file.bin'), '');
  mkdirSync(bad('folder.bin'));
  cpSync(P, bad('torn.visage'), { recursive: true });
  truncateSync(join(bad('torn.visage'), 'project.db'), 8192);
  if (!canMount) return;
  for (const [disk, size] of [
    ['readonly', '8m'],
    ['full', '4m'],
  ]) {
    mountDisk(bad(disk), size);
    cpSync(P, join(bad(disk), 'p.visage'), { recursive: true });
  }
  makeReadOnly(bad('readonly'));
  const filler = bad('full/filler');
  for (const portion of [1 << 16, 4096, 1]) {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(portion));
    } catch (thrown) {
      expect((thrown as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }
}, 60_000);
afterAll(() => {
  if (canMount) for (const disk of ['readonly', 'full']) unmountDisk(bad(disk));
  rmSync(root, { recursive: true, force: true });
});

test('every command says what it reads and writes here, a new one too', () => {
  expect(Object.keys(PLACES).sort()).toEqual(Object.keys(COMMANDS).sort());
});

const walk = Object.entries(PLACES).flatMap(([command, places]) =>
  typeof places === 'string' ? [] : places.map((place) => ({ command, ...place })),
);
const shown = (words: readonly string[]): string => words.join(' ').replaceAll(join(root, ''), '');

describe.each(walk)('$command, $kind', ({ kind, words }) => {
  for (const [title, path, said, here = true] of CAUSES[kind]) {
    const line = words(path);
    test.skipIf(!here)(
      `${title}: ${shown(line)}`,
      async () => {
        const before = names(root);
        const { code, out, err } = await run([...line]);
        expect(`${out}${err}`).not.toMatch(/\n {4}at |fault of its own/);
        // One line of whole sentences; but what `verify` finds wrong with a project is its answer.
        const answered = line[0] === 'verify';
        if (!answered) expect(err).toMatch(/^\S.*[.]( .*)?\n$/);
        expect(`${err}${answered ? out : ''}`).toMatch(said);
        expect(`${err}${out}`).toContain(path);
        expect(code).toBe(1);
        expect(names(root)).toEqual(before);
      },
      20_000,
    );
  }
});

test.for([
  ['models', P, 'add', good('split.onnx')],
  ['evaluate', good('set.bin'), '--folds', '2', '--model', good('split.onnx')],
  ['train', good('pictures'), ...SMALL, '--runs', good('runs'), '--start', good('split.onnx')],
])('a network whose .onnx_data is missing: $0', async (words) => {
  const before = names(root);
  const { code, err } = await run(words);
  expect(err).toMatch(/split\.onnx_data', which is not (there|beside it)\. Put that file/);
  expect(code).toBe(1);
  expect(names(root)).toEqual(before);
});

/** The program as a process of its own, with its output led where the shell says. */
const shell = (line: string) => {
  const main = fileURLToPath(new URL('../../../core/cli/main.ts', import.meta.url));
  const env = { ...process.env, NODE: process.execPath, MAIN: main, P };
  return spawnSync('bash', ['-c', line], { env, encoding: 'utf8' });
};

test.skipIf(!existsSync('/dev/full'))(
  'an answer that finds no room is lost with a sentence (needs /dev/full)',
  () => {
    const { status, stderr } = shell('"$NODE" "$MAIN" cohorts "$P" > /dev/full');
    expect(stderr).toBe(
      "'standard output' cannot be written: its disk is full (ENOSPC). Free some space, or choose another disk, and try again. What the command did is done; only its answer is lost.\n",
    );
    expect(status).toBe(1);
  },
);

test.skipIf(process.platform === 'win32')('a reader that goes away is no error', () => {
  const { stdout, stderr } = shell('"$NODE" "$MAIN" cohorts "$P" --all | head -1');
  expect(stdout).toMatch(/^\S.*\n$/);
  expect(stderr).toBe('');
  // Nor is one that closes both before anything is written.
  expect(shell('"$NODE" "$MAIN" cohorts "$P" --all 2>&1 | true; echo "$PIPESTATUS"').stdout).toBe('0\n');
});
