import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProgram } from '../../../core/cli/program.ts';
import { Cancelled } from '../../../core/foundation/fault.ts';
import { synth } from '../../../core/jobs/synth.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-synth-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function visage(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const result = { code: 0, out: '', err: '' };
  const streams = {
    out: { write: (text: string) => (result.out += text) },
    err: { write: (text: string) => (result.err += text) },
  };
  result.code = await runProgram(argv, streams, new AbortController().signal);
  return result;
}

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

test('synth writes pictures, labels and its own record, and says so as JSON', async () => {
  const dir = join(folder, 'faces');
  const run = await visage('synth', dir, '--faces', '20', '--identities', '4', '--seed', '3', '--json');
  expect(run.code).toBe(0);
  const json = JSON.parse(run.out.trimEnd().split('\n').at(-1)!) as Record<string, unknown>;
  expect(json).toMatchObject({ faces: 20, identities: 4, folder: dir, drawn: 20 });
  expect(json.facesPerSecond).toBeGreaterThan(0);
  const rows = parse(readFileSync(join(dir, 'faces.csv')), { columns: true }) as Record<string, string>[];
  expect(rows).toHaveLength(20);
  const header = Object.keys(rows[0]);
  expect(header.slice(0, 11).join()).toBe('file,identity,age_years,age,gender,race,pitch,yaw,roll,p1x,p1y');
  expect(header.slice(19, 21).join()).toBe('l1x,l1y');
  expect(header.slice(153, 159).join()).toBe('l68x,l68y,box_x,box_y,box_w,box_h');
  for (const row of rows) {
    const { width, height, format } = await sharp(join(dir, row.file)).metadata();
    expect([width, height, format]).toEqual([112, 112, 'jpeg']);
    expect(row.file.split('/')[1]).toBe(row.identity);
    const years = Number(row.age_years);
    expect(row.age).toBe(years < 20 ? '0' : years < 50 ? '1' : '2');
    expect(['0', '1']).toContain(row.gender);
    expect(Math.abs(Number(row.yaw))).toBeLessThanOrEqual(70);
  }
  expect(JSON.parse(readFileSync(join(dir, 'synthetic.json'), 'utf8'))).toMatchObject({
    seed: 3,
    faces: 20,
    size: 112,
  });
});

test('a run that was cut off goes on and gives the same files', async () => {
  const whole = join(folder, 'whole');
  const cut = join(folder, 'cut');
  const settings = { faces: 60, identities: 6, seed: 5, size: 64 };
  await synth({ ...settings, folder: whole });
  const cancel = new AbortController();
  await expect(
    synth(
      { ...settings, folder: cut },
      {
        signal: cancel.signal,
        onProgress: ({ done }) => {
          if (done >= 16) cancel.abort(new Cancelled());
        },
      },
    ),
  ).rejects.toBeInstanceOf(Cancelled);
  expect(existsSync(join(cut, 'faces.csv'))).toBe(false);
  const again = await synth({ ...settings, folder: cut });
  expect(again.drawn).toBeLessThan(60);
  expect(digest(join(cut, 'faces.csv'))).toBe(digest(join(whole, 'faces.csv')));
  for (const identity of readdirSync(join(whole, 'images'))) {
    for (const file of readdirSync(join(whole, 'images', identity))) {
      expect(digest(join(cut, 'images', identity, file))).toBe(digest(join(whole, 'images', identity, file)));
    }
  }
});

test('other settings, foreign folders and wrong use are refused in sentences', async () => {
  const dir = join(folder, 'faces');
  const args = ['--faces', '4', '--identities', '2', '--size', '64', '--format', 'png'];
  expect((await visage('synth', dir, ...args)).code).toBe(0);
  expect(readdirSync(join(dir, 'images', '00000'))).toEqual(['000.png', '001.png']);
  const other = await visage('synth', dir, ...args, '--seed', '2');
  expect([other.code, other.err]).toEqual([
    1,
    expect.stringContaining('holds synthetic faces of other settings'),
  ]);
  const foreign = join(folder, 'foreign');
  writeFileSync(foreign, 'a file');
  expect((await visage('synth', foreign, ...args)).err).toContain('is a file; a folder is expected');
  for (const [wrong, sentence] of [
    [['--faces', 'many'], "'many' is no value for --faces"],
    [['--size', '20'], "'20' is no value for --size: a whole number from 64 to 512"],
    [['--format', 'gif'], "'gif' is no value for --format"],
    [['--faces', '2', '--identities', '5'], '--identities 5 is more than --faces 2'],
    [['--balanced', '--faces', '9', '--identities', '9'], '--balanced needs at least 10 identities'],
  ] as const) {
    const run = await visage('synth', join(folder, 'none'), ...wrong);
    expect(run.code).toBe(2);
    expect(run.err).toContain(sentence);
  }
  expect((await visage('synth')).code).toBe(2);
  expect((await visage('synth', '--help')).out).toContain('Examples:');
});
