import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS, runProgram } from '../../../core/cli/program.ts';
import { duration, progressLine, progressPrinter } from '../../../core/cli/progress.ts';

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runProgram(
    argv,
    { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) } },
    new AbortController().signal,
  );
  return { code, out, err };
}

test('every command is one file, and every file a command', () => {
  const files = readdirSync(new URL('../../../core/cli/commands/', import.meta.url))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace('.ts', ''));
  expect(files.sort()).toEqual(Object.keys(COMMANDS).sort());
});

test.for(Object.keys(COMMANDS))('%s has a help page that names --json', async (name) => {
  const { code, out } = await run(name, '--help');
  expect(code).toBe(0);
  expect(out).toContain(`visage ${name}`);
  expect(out).toContain('--json');
});

test('wrong use ends with 2 and a hint', async () => {
  expect(await run('cohrts')).toMatchObject({ code: 2, out: '' });
  expect((await run('cohrts')).err).toContain('Did you mean cohorts?');
  expect((await run('cohorts')).code).toBe(2);
  expect((await run('cohorts', 'a', '--no-such-option')).code).toBe(2);
});

test('failed work ends with 1 and a sentence without a stack', async () => {
  const { code, out, err } = await run('cohorts', '/nowhere/at-all.visage', '--json');
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toContain('/nowhere/at-all.visage');
  expect(err).not.toContain('    at ');
});

test('durations read as people say them', () => {
  expect([3.4, 59.6, 3600, 7500].map(duration)).toEqual(['3 s', '1 min 0 s', '1 h 0 min', '2 h 5 min']);
});

test('a progress line tells count, rate, remaining time and device', () => {
  const line = progressLine(
    { stage: 'Embedding', done: 500, total: 2000, unit: 'faces', device: 'CPU, 2 threads' },
    5,
  );
  expect(line).toBe('Embedding: 500 of 2,000 faces · 100 faces/s · 15 s left · CPU, 2 threads');
});

test('a resumed job counts its rate from where it went on', () => {
  let time = 0;
  const lines: string[] = [];
  const { onProgress } = progressPrinter({ write: (text) => lines.push(text) }, false, () => time);
  onProgress({ stage: 'Embedding', done: 1000, total: 2000, unit: 'faces' });
  time = 10_000;
  onProgress({ stage: 'Embedding', done: 1500, total: 2000, unit: 'faces' });
  expect(lines.at(-1)).toBe('Embedding: 1,500 of 2,000 faces · 50 faces/s · 10 s left\n');
});
