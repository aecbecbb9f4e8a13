import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Migration, migrate, versionOf } from '../../../core/project/migrations.ts';
import { Project } from '../../../core/project/project.ts';
import { canMount, makeReadOnly, mountDisk, unmountDisk } from '../disks.ts';
import { ANA, projectOf, scratch } from './scratch.ts';

const folder = scratch();
let made = 0;
const place = (): string => join(folder, `${made++}.visage`);

/** A file system of its own for one test, of `size`, mounted while it runs. */
function mounted(size: string): string {
  const at = join(folder, `disk-${made++}`);
  mountDisk(at, size);
  onTestFinished(() => unmountDisk(at));
  return at;
}

describe('creating and opening', () => {
  test('makes the folders, durable settings and a name', () => {
    const path = place();
    const project = Project.create(path, { name: 'Our faces' });
    expect(project.name).toBe('Our faces');
    for (const name of ['project.db', 'vectors', 'models', 'runs', 'thumbs', 'exports']) {
      expect(existsSync(join(path, name))).toBe(true);
    }
    project.close();
    project.close();
    expect(() => project.faceCount()).toThrow('was closed');
    const db = new Database(join(path, 'project.db'), { readonly: true });
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect((db.pragma('application_id', { simple: true }) as number).toString(16)).toBe('56495347');
    db.close();
  });

  test('what is no project, or stands already, is said in words', () => {
    expect(() => Project.open(join(folder, 'nothing.visage'))).toThrow('nothing stands at that path');
    expect(() => Project.open(folder)).toThrow('is no Visage project');
    const path = place();
    Project.create(path).close();
    expect(() => Project.create(path)).toThrow('exists already');
    const other = place();
    mkdirSync(other);
    const db = new Database(join(other, 'project.db'));
    db.exec('CREATE TABLE t (x)');
    db.close();
    expect(() => Project.open(other)).toThrow('a database of another program');
  });

  test('a database that is no database, or is damaged inside, is said in words and still verified', () => {
    const text = place();
    projectOf(text, 5).close();
    writeFileSync(join(text, 'project.db'), 'This is no database, whatever its name says. '.repeat(200));
    expect(() => Project.open(text)).toThrow(
      /project\.db' is no database: it does not begin as SQLite's do\..*Put project\.db back/,
    );

    const torn = place();
    const project = projectOf(torn, 3000, [1, 1, 1, 1, 1]);
    project.close();
    const file = join(torn, 'project.db');
    const fd = openSync(file, 'r+');
    // Every page behind the schema and the roots of tables and indexes.
    for (let at = 60 * 4096; at < statSync(file).size; at += 4096)
      writeSync(fd, Buffer.alloc(4096, 0xa5), 0, 4096, at);
    closeSync(fd);
    const opened = Project.open(torn);
    expect(() => {
      opened.labelTable();
      opened.faces(Int32Array.from({ length: 3000 }, (_, i) => i + 1));
    }).toThrow(/is damaged/);
    const problems = opened.verify();
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatch(/damaged/);
    opened.close();
  });

  test('a database that is cut short, or empty, is told as that, for reading too', () => {
    const path = place();
    projectOf(path, 2000, [1, 1, 1, 1, 1]).close();
    const file = join(path, 'project.db');
    const whole = readFileSync(file);
    for (const size of [Math.floor(whole.length / 2), whole.length - 1, whole.length - 4096, 120]) {
      writeFileSync(file, whole.subarray(0, size));
      const told = `is truncated: it has ${size.toLocaleString('en-US')} bytes of ${whole.length.toLocaleString('en-US')}. `;
      for (const readOnly of [false, true]) expect(() => Project.open(path, { readOnly })).toThrow(told);
      // It was not touched: a copy that goes on finds what it wrote.
      expect(statSync(file).size).toBe(size);
    }
    writeFileSync(file, '');
    expect(() => Project.open(path)).toThrow(/project\.db' is empty \(0 bytes\).*from a backup/);
    rmSync(file);
    mkdirSync(file);
    expect(() => Project.open(path)).toThrow(/project\.db' cannot be read: it is a folder/);
    rmSync(file, { recursive: true });
    writeFileSync(file, whole);
    Project.open(path).close();
  });

  test('a database that another program has locked is told as that', () => {
    const path = place();
    projectOf(path, 5).close();
    const db = new Database(join(path, 'project.db'));
    try {
      db.pragma('locking_mode = EXCLUSIVE');
      db.exec('BEGIN EXCLUSIVE');
      expect(() => Project.open(path, { wait: 0 })).toThrow(
        /is being written by another process\. Try again when that is finished/,
      );
      db.exec('ROLLBACK');
    } finally {
      db.close();
    }
    Project.open(path, { wait: 0 }).close();
  });

  test('a project of a newer version is refused and not touched', () => {
    const path = place();
    Project.create(path).close();
    const file = join(path, 'project.db');
    const db = new Database(file);
    db.pragma('user_version = 99');
    db.close();
    expect(() => Project.open(path)).toThrow('was written by a newer Visage (its schema is version 99');
    expect(() => Project.open(path, { readOnly: true })).toThrow('newer Visage');
    const again = new Database(file, { readonly: true });
    expect(versionOf(again)).toBe(99);
    again.close();
  });
});

describe('migrations', () => {
  const first: Migration = (db) => db.exec('CREATE TABLE a (x); INSERT INTO a VALUES (1)');
  const second: Migration = (db) => db.exec('ALTER TABLE a ADD COLUMN y DEFAULT 7');

  test('bring an older database up step by step, once', () => {
    const db = new Database(':memory:');
    migrate(db, [first], 'p');
    expect(versionOf(db)).toBe(1);
    migrate(db, [first, second], 'p');
    migrate(db, [first, second], 'p');
    expect(versionOf(db)).toBe(2);
    expect(db.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: 7 }]);
    expect(() => migrate(db, [first], 'p')).toThrow('newer Visage');
    db.close();
  });

  test('a step that fails leaves the old version whole', () => {
    const db = new Database(':memory:');
    migrate(db, [first], 'p');
    const third: Migration = () => {
      throw new Error('no');
    };
    expect(() => migrate(db, [first, second, third], 'p')).toThrow('no');
    expect(versionOf(db)).toBe(1);
    expect(db.prepare('SELECT * FROM a').all()).toEqual([{ x: 1 }]);
    db.close();
  });
});

const CHILD = fileURLToPath(new URL('labelling-child.ts', import.meta.url));

async function writing(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [CHILD, path, '5', '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve);
    child.once('exit', () => reject(new Error('The child ended.')));
  });
  child.stdout?.resume();
  return child;
}

describe('two processes', () => {
  test('one writes; another reads what it commits, and is told why it cannot write', async () => {
    const path = place();
    projectOf(path, 5).close();
    const child = await writing(path);
    expect(() => Project.open(path, { wait: 50 })).toThrow(
      'is open for writing in another process (waited 0.05 s)',
    );
    const view = Project.open(path, { readOnly: true });
    expect(view.readOnly).toBe(true);
    const before = view.batches(1)[0].id;
    // The columns in memory follow the other process.
    view.labelTable();
    await expect.poll(() => view.batches(1)[0].id).toBeGreaterThan(before + 5);
    expect(() =>
      view.label([{ face: 1, attribute: 0, value: 1 }], ANA, { kind: 'label', description: 'x' }),
    ).toThrow('is open for reading only');
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exit;
    const table = view.labelTable();
    expect(view.faces(table.faces).map(({ labels }) => labels)).toEqual(
      [...table.faces].map((_, row) => table.values.map((column) => column[row])),
    );
    view.close();
    const writer = Project.open(path, { wait: 0 });
    expect(writer.verify()).toEqual([]);
    expect(() => Project.open(path, { wait: 0 })).toThrow('is open for writing');
    writer.close();
    Project.open(path, { wait: 0 }).close();
  });
});

describe.skipIf(!canMount)('disks (skipped where this user may not mount one)', () => {
  test('a full one is said in words and loses nothing that was committed', () => {
    const disk = mounted('2m');
    const project = projectOf(join(disk, 'full.visage'), 500);
    const { path } = project;
    const step = { kind: 'label', description: 'fill' };
    const all = Int32Array.from({ length: 500 }, (_, i) => i + 1);
    const committed: number[] = [];
    const fill = (): void => {
      for (let i = 0; i < 1000; i++) {
        committed.push(project.labelColumns({ faces: all, attributes: i % 5, values: i % 2 }, ANA, step).id);
      }
    };
    expect(fill).toThrow(/^The disk that holds project '.*full\.visage' is full\. This step was not written/);
    expect(committed.length).toBeGreaterThan(3);
    expect(project.batches().length).toBe(committed.length);
    expect(project.verify()).toEqual([]);
    const labels = project.labelTable().values.map((column) => [...column]);
    project.close();

    const set = {
      name: 's',
      model: 'm',
      modelHash: 'h',
      tap: 't',
      dimensions: 512,
      kind: 'pooled',
      device: 'CPU',
    };
    const opened = Project.open(path);
    const rows = new Float32Array(500 * 512);
    expect(() => opened.beginFeatureSet(set).append(all, rows)).toThrow('is full');
    opened.close();
    const again = Project.open(path);
    expect(again.batches().length).toBe(committed.length);
    expect(again.labelTable().values.map((column) => [...column])).toEqual(labels);
    expect(again.featureSets().every(({ rows: n }) => n === 0)).toBe(true);
    again.close();
  });

  test('a read-only one can be read, and says why it cannot be written', () => {
    const disk = mounted('4m');
    const path = join(disk, 'archive.visage');
    projectOf(path, 5, [1]).close();
    makeReadOnly(disk);
    expect(() => Project.open(path)).toThrow(
      /archive\.visage' cannot be written: its disk is read-only \(EROFS\)\. Choose a place/,
    );
    expect(() => Project.create(join(disk, 'new.visage'))).toThrow(/read-only/);
    const view = Project.open(path, { readOnly: true });
    expect(view.faceCount()).toBe(5);
    expect([...view.labelTable().values[0]]).toEqual([1, 1, 1, 1, 1]);
    expect(view.verify()).toEqual([]);
    view.close();
  });
});

describe('verify', () => {
  test('finds current labels that are not what the events say, and they can be rebuilt', () => {
    const path = place();
    projectOf(path, 5, [1, 1, 1, 1, 1]).close();
    const db = new Database(join(path, 'project.db'));
    db.exec(
      'UPDATE labels SET state = state + 1 WHERE face = 2; UPDATE labels SET cohort = 7 WHERE face = 3',
    );
    db.exec('UPDATE batches SET standing = 0; UPDATE sources SET faces = 6');
    db.close();
    const project = Project.open(path);
    expect(project.verify()).toEqual([
      "Face 2: the current age is '50+', its label events say '20–49'.",
      'Face 2: its cohort is recorded as 148, its labels make it 238.',
      'Face 3: its cohort is recorded as 7, its labels make it 148.',
      'Batch 1 is recorded as undone, but 5 of its 5 events stand.'.replaceAll('5', '25'),
      "Source 'Set' counts 6 faces, 5 are there.",
    ]);
    project.rebuildLabels();
    expect(project.verify()).toEqual([]);
    expect(project.labelTable().values[0][1]).toBe(1);
    project.close();
  });

  test('finds images that are gone or changed', () => {
    const root = join(folder, 'pictures');
    mkdirSync(root, { recursive: true });
    const path = place();
    const project = projectOf(path, 3);
    project.setSourceRoot(1, root);
    for (const id of [1, 2, 3]) writeFileSync(join(root, `${id}.jpg`), `picture ${id}`);
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    project.recordImages(
      [1, 2, 3].map((id) => ({ id, hash: hash(`picture ${id}`), bytes: 9, state: 'ok' as const })),
    );
    expect(project.verify({ hashes: true })).toEqual([]);
    copyFileSync(join(root, '1.jpg'), join(root, '2.jpg'));
    writeFileSync(join(root, '3.jpg'), 'longer than it was');
    expect(project.verify().length).toBe(1);
    const problems = project.verify({ hashes: true });
    expect(problems.length).toBe(2);
    expect(problems[0]).toContain("2.jpg' was changed: its SHA-256 is");
    expect(problems[1]).toContain("3.jpg' was changed: it has 18 bytes, not 9.");
    expect(readFileSync(join(root, '1.jpg'), 'utf8')).toBe('picture 1');
    project.close();
  });
});
