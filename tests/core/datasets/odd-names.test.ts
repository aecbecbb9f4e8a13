import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inspectSource } from '../../../core/datasets/inspect.ts';
import { RowPaths } from '../../../core/datasets/paths.ts';
import { ReadReport } from '../../../core/datasets/report.ts';
import { decode } from '../../../core/engine/images/decode.ts';
import thumbnails from '../../../core/engine/images/thumbnail-task.ts';
import { verifyExport } from '../../../core/exports/verify.ts';
import { exportSubset, rebuildExport } from '../../../core/jobs/export.ts';
import { importSource } from '../../../core/jobs/import.ts';
import { Project } from '../../../core/project/project.ts';
import { run } from '../cli/run.ts';
import { folderWith, jpeg, temporary } from './fixtures.ts';

const LINUX = process.platform === 'linux';

/** Names that Linux and macOS allow, each of one complaint or of its neighbours. */
const NAMES = [
  'A: team/1.jpg',
  'N: O.jpg',
  'C:/x.jpg',
  'x\\..\\y.jpg',
  '..\\..\\up.jpg',
  '..foo.jpg',
  '..foo/1.jpg',
  '.../1.jpg',
  'x.rec\\17.jpg',
  ' leading.jpg',
  'trailing .jpg',
  'after.jpg ',
  'dot.jpg.',
  ' /1.jpg',
  'line\nbreak.jpg',
  'bell\u0007.jpg',
  'escape\u001b[31m.jpg',
  'quote".jpg',
  "apostrophe'.jpg",
  'comma,semi;.jpg',
  '=1+1.jpg',
  '@sum.jpg',
  '-rf.jpg',
  '--help.jpg',
  'http:/host/1.jpg',
  '%2e%2e%2f1.jpg',
  '%d.jpg',
  '$HOME.jpg',
  '😀.jpg',
  'e\u0301.jpg',
  'é.jpg',
  '\uFFFD.jpg',
  '人/顔.jpg',
  `${'l'.repeat(251)}.jpg`,
  'Nul.jpg',
  '[1].jpg',
  '*?.jpg',
];

async function oddFolder(): Promise<string> {
  const files: Record<string, Buffer> = {};
  for (const [i, name] of NAMES.entries()) files[name] = await jpeg(i + 1);
  return folderWith(files);
}

function newProject(): Project {
  const project = Project.create(join(temporary(), 'p.visage'));
  onTestFinished(() => project.close());
  return project;
}

const row = (text: string, root?: string, beside: string[] = []): string | undefined => {
  const report = new ReadReport();
  return new RowPaths(report, root, beside).take('a.csv', 2, text) ?? report.rejects[0].sentence;
};

describe.skipIf(!LINUX)('odd names (skipped elsewhere than on Linux, which allows the most)', () => {
  test('the run takes what the dry run says, and every picture works afterwards', {
    timeout: 60_000,
  }, async () => {
    const root = await oddFolder();
    const preview = await inspectSource(root, { format: 'folder' });
    expect(preview).toMatchObject({ rows: NAMES.length, imported: NAMES.length, rejects: [], notes: [] });
    const project = newProject();
    const result = await importSource(project, { source: root, format: 'folder', name: 'odd' });
    expect(result).toMatchObject({ imported: NAMES.length, added: NAMES.length, rejects: [] });
    expect(result.images).toMatchObject({ ok: NAMES.length, missing: 0, unreadable: 0, moved: 0 });
    const ids = project.select({});
    const faces = project.faces(ids);
    expect(faces.map(({ path }) => path).sort()).toEqual([...NAMES].sort());
    expect(await importSource(project, { source: root, format: 'folder', name: 'odd' })).toMatchObject({
      added: 0,
      unchanged: NAMES.length,
    });

    // As detect and embed read them, and as the window's picture server does.
    const paths = Array.from(ids, (id) => project.picture(id)?.file as string);
    for (const path of paths) expect(await decode(path)).toMatchObject({ width: 24, height: 16 });
    const made: unknown[] = [];
    await thumbnails(
      paths.map((path, id) => ({ id, path, region: null, size: 64 })),
      { part: (one: unknown) => void made.push(one), signal: new AbortController().signal } as never,
    );
    expect(made).toHaveLength(NAMES.length);
    for (const one of made) expect(one).toHaveProperty('bytes');
    expect(project.verify({ hashes: true })).toEqual([]);

    project.label(
      Array.from(ids).flatMap((face) =>
        [1, 1, 4, 2, 2].map((value, attribute) => ({ face, attribute, value })),
      ),
      { origin: 'human', name: 'test' },
      { kind: 'label', description: 'all alike' },
    );
    for (const mode of ['copy', 'link', 'list'] as const) {
      const out = join(temporary(), mode);
      const settings = {
        ...{ perCohort: NAMES.length, seed: 1, balance: { sources: false, identities: false } },
        ...({ short: 'leave-out', layout: 'visage', selection: {} } as const),
      };
      const { manifest } = await exportSubset(project, { ...settings, mode, out });
      expect(await verifyExport(out)).toEqual([]);
      // Nothing in the tables that a spreadsheet would run; numbers may begin with their sign.
      const cells = parse(readFileSync(join(out, 'faces.csv'))).flat() as string[];
      expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell)))).toEqual([]);
      expect(cells).toContain("'=1+1.jpg");
      const again = join(temporary(), 'again');
      await rebuildExport(project, { manifest, out: again });
      expect(await verifyExport(again)).toEqual([]);
      const back = newProject();
      expect(await importSource(back, { source: out })).toMatchObject({
        imported: NAMES.length,
        rejects: [],
        images: { ok: NAMES.length },
      });
    }
  });

  test('a table names them as they are called, and Windows’ backslashes where nothing is called so', async () => {
    const root = await oddFolder();
    const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const csv = join(root, 'list.csv');
    writeFileSync(csv, ['file', ...NAMES.map(cell), 'A: team\\1.jpg'].join('\n'));
    const preview = await inspectSource(csv);
    expect(preview.rejects.map(({ sentence }) => sentence)).toEqual([
      "'A: team\\1.jpg' stands here a second time; its first row, on line 2, counts.",
    ]);
    const result = await importSource(newProject(), { source: csv });
    expect(result.images).toMatchObject({ total: NAMES.length, ok: NAMES.length, missing: 0 });
  });

  test('bytes that are no UTF-8 are listed name by name; sound neighbours stay', async () => {
    const root = folderWith({ 'a.jpg': await jpeg(1), 'a\uFFFD.jpg': await jpeg(2) });
    const name = (...bytes: number[]): Buffer =>
      Buffer.concat([Buffer.from(`${root}/a`), Buffer.from(bytes), Buffer.from('.jpg')]);
    writeFileSync(name(0xe9), 'x');
    writeFileSync(name(0xe8), 'x');
    mkdirSync(Buffer.concat([Buffer.from(`${root}/ordner`), Buffer.from([0xfc])]));
    const preview = await inspectSource(root, { format: 'folder' });
    const project = newProject();
    const result = await importSource(project, { source: root, format: 'folder' });
    for (const read of [preview, result]) {
      expect(read).toMatchObject({ rows: 5, imported: 2, rejected: 3 });
      expect(read.rejects.map(({ file }) => file).sort()).toEqual([
        'a\\xE8.jpg',
        'a\\xE9.jpg',
        'ordner\\xFC',
      ]);
      expect(read.rejects[0].sentence).toContain('no UTF-8');
    }
    expect(result.images).toMatchObject({ ok: 2, missing: 0 });
  });

  test('pipes, sockets, devices and links that lead nowhere are named and never opened', async () => {
    const root = folderWith({ 'sub/a.jpg': await jpeg(1), 'b.jpg': await jpeg(2) });
    // Opening a pipe without a writer would wait for ever: the test would not end.
    execFileSync('mkfifo', ['pipe.jpg', 'labels.csv', 'pairs.txt', 'train.rec', 'sub/a.mat'], { cwd: root });
    symlinkSync('pipe.jpg', join(root, 'link.jpg'));
    symlinkSync('/dev/zero', join(root, 'zero.jpg'));
    symlinkSync('nowhere', join(root, 'gone.jpg'));
    symlinkSync('circle.jpg', join(root, 'circle.jpg'));
    symlinkSync('..', join(root, 'sub', 'up'));
    const server = createServer().listen(join(root, 'socket.jpg'));
    onTestFinished(() => void server.close());
    await new Promise((done) => server.once('listening', done));
    for (const format of [undefined, 'folder', 'aflw2000', 'lfw', 'utkface']) {
      const { rejects } = await inspectSource(root, format === undefined ? {} : { format }).catch(() => ({
        rejects: [],
      }));
      if (format === undefined || format === 'folder') {
        expect(Object.fromEntries(rejects.map(({ file, sentence }) => [file, sentence]))).toEqual({
          'pipe.jpg': 'it is a named pipe (FIFO), which is not opened.',
          'labels.csv': 'it is a named pipe (FIFO), which is not opened.',
          'pairs.txt': 'it is a named pipe (FIFO), which is not opened.',
          'train.rec': 'it is a named pipe (FIFO), which is not opened.',
          'sub/a.mat': 'it is a named pipe (FIFO), which is not opened.',
          'link.jpg': 'it is a named pipe (FIFO), which is not opened.',
          'zero.jpg': 'it is a device, which is not opened.',
          'socket.jpg': 'it is a socket, which is not opened.',
          'gone.jpg': 'the link leads to nothing.',
          'circle.jpg': 'the link cannot be followed: its links lead in a circle.',
        });
      }
    }
    const result = await importSource(newProject(), { source: root, format: 'folder' });
    expect(result).toMatchObject({ imported: 2, rejected: 10, images: { ok: 2 } });
    await expect(inspectSource(join(root, 'labels.csv'))).rejects.toThrow(
      'is a named pipe (FIFO); a folder or',
    );
    await expect(inspectSource(join(root, 'circle.jpg'))).rejects.toThrow('its links lead in a circle');
  });

  test('a picture that a row names, or that became a pipe, is not opened by any job', async () => {
    const root = folderWith({ 'a.jpg': await jpeg(1), 'list.csv': 'file\na.jpg\npipe.jpg\nsub\n' });
    execFileSync('mkfifo', ['pipe.jpg'], { cwd: root });
    mkdirSync(join(root, 'sub'));
    const project = newProject();
    const { images } = await importSource(project, { source: join(root, 'list.csv') });
    expect(images?.problems).toEqual([
      {
        path: 'pipe.jpg',
        problem: 'There is a named pipe (FIFO) where an image file is expected; it was not opened.',
      },
      { path: 'sub', problem: 'There is a folder where an image file is expected; it was not opened.' },
    ]);
    await expect(decode(join(root, 'pipe.jpg'))).rejects.toThrow('is a named pipe (FIFO), not a file');
    const made: { problem?: string }[] = [];
    await thumbnails([{ id: 0, path: join(root, 'pipe.jpg'), region: null, size: 64 }], {
      part: (one: never) => void made.push(one),
      signal: new AbortController().signal,
    } as never);
    expect(made[0].problem).toContain('named pipe');
    execFileSync('sh', ['-c', 'rm a.jpg && mkfifo a.jpg'], { cwd: root });
    expect(project.verify({ hashes: true })).toEqual([
      `At the place of the image '${join(root, 'a.jpg')}' is no file any more.`,
    ]);
  });

  test('folders that cannot be read are named, and the rest is read', async () => {
    const root = folderWith({
      'a.jpg': await jpeg(1),
      'deep/b.jpg': await jpeg(2),
      'shut/c.jpg': await jpeg(3),
    });
    // Longer than any path may be: no system opens it, whoever asks.
    const script = 'cd deep; for i in $(seq 20); do mkdir -p "$0" && cd "$0" || exit 1; done';
    expect(spawnSync('bash', ['-c', script, 'd'.repeat(250)], { cwd: root }).status).toBe(0);
    onTestFinished(() => void execFileSync('rm', ['-rf', join(root, 'deep')]));
    const preview = await inspectSource(root, { format: 'folder' });
    expect(preview.imported).toBe(3);
    expect(preview.rejects).toHaveLength(1);
    expect(preview.rejects[0].sentence).toBe(
      'the folder was passed over: its name is too long for its disk.',
    );
    const result = await importSource(newProject(), { source: root, format: 'folder' });
    expect(result).toMatchObject({ imported: 3, rejected: 1, images: { ok: 3 } });
  });

  test('what a row would do outside its folder is refused, and addresses are called so', () => {
    expect(row('../a.jpg')).toContain('leaves the folder of the images');
    expect(row('x\\..\\..\\y.jpg')).toContain('leaves the folder');
    expect(row('C:\\faces\\1.jpg')).toContain('is an absolute path');
    expect(row('/faces/1.jpg', '/faces')).toBe('1.jpg');
    expect(row('/faces/..foo/1.jpg', '/faces')).toBe('..foo/1.jpg');
    expect(row('/other/1.jpg', '/faces')).toContain('is an absolute path outside');
    expect(row('..foo/1.jpg')).toBe('..foo/1.jpg');
    expect(row('A: team/1.jpg')).toBe('A: team/1.jpg');
    expect(row(' train\\1.jpg ')).toBe('train/1.jpg');
    for (const address of ['http://a.org/1.jpg', 'HTTPS://a.org/1.jpg', 's3://b/1.jpg', 'file:///a/1.jpg']) {
      expect(row(address)).toBe(
        `'${address}' is an address, not a path, and Visage fetches nothing; download the image and write its path relative to the folder of the images.`,
      );
    }
    expect(row(`data:image/png;base64,${'A'.repeat(5000)}`)?.length).toBeLessThan(400);
  });

  test('a row that the project would refuse is a reject in both, not the end of the import', async () => {
    const root = folderWith({
      'a.jpg': await jpeg(1),
      'list.csv': 'file,x,y,width,height\na.jpg,1,1,5,5\nb.jpg,1,1,0,5\n',
    });
    const csv = join(root, 'list.csv');
    const [preview, result] = [await inspectSource(csv), await importSource(newProject(), { source: csv })];
    expect(preview).toMatchObject({ rows: 2, imported: 1, rejected: 1 });
    expect(result.rejects).toEqual(preview.rejects);
    expect(result.imported).toBe(1);
    expect(preview.rejects[0].sentence).toContain("'1 1 0 5' is no box");
  });

  test('names cannot steer the terminal', async () => {
    const root = folderWith({ 'a\u001b[31m.jpg': 'x', 'b.jpg': await jpeg(1) });
    const { out } = await run(['import', newProject().path, root, '--dry-run']);
    expect(out).toContain('a\\x1b[31m.jpg');
    expect(out).not.toContain('\u001b');
  });
});
