import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CrashCount, fatalSentence, goneSentence } from '../../electron/failures.ts';
import { logTo } from '../../electron/log.ts';
import { Quitting, type QuittingEffects, question } from '../../electron/quitting.ts';

function start(over: Partial<QuittingEffects> = {}, limit = 1000) {
  const happened: string[] = [];
  const quitting = new Quitting(
    {
      active: () => [],
      ask: () => {
        throw new Error('Nobody was to be asked.');
      },
      close: async () => void happened.push('closed'),
      exit: (code) => void happened.push(`exit ${code}`),
      failed: (thrown) => void happened.push((thrown as Error).message),
      ...over,
    },
    limit,
  );
  const event = () => {
    let prevented = false;
    return { preventDefault: () => (prevented = true), prevented: () => prevented };
  };
  return { quitting, happened, event };
}

const running = { kind: 'embed', state: 'running' as const };

test('without jobs nobody is asked, and all is closed before the process ends', async () => {
  const { quitting, happened, event } = start();
  const [before, last] = [event(), event()];
  quitting.before(before);
  await quitting.last(last);
  expect([before.prevented(), last.prevented()]).toEqual([false, true]);
  expect(happened).toEqual(['closed', 'exit 0']);
});

test('a running job is named once; "Go on" keeps the program, "Quit" ends it without a second question', () => {
  const asked: string[] = [];
  let answer = false;
  const { quitting, event } = start({
    active: () => [running, { kind: 'map', state: 'waiting' }],
    ask: (sentence) => {
      asked.push(sentence);
      return answer;
    },
  });
  const first = event();
  quitting.before(first);
  expect(first.prevented()).toBe(true);
  answer = true;
  const second = event();
  quitting.before(second);
  quitting.before(second);
  expect(second.prevented()).toBe(false);
  expect(asked).toHaveLength(2);
  expect(asked[0]).toContain("The jobs 'embed', 'map' are not finished.");
  expect(question([running])).toContain("The job 'embed' is not finished.");
});

test('a signal asks nobody', () => {
  const { quitting, event } = start({ active: () => [running] });
  quitting.agree();
  const before = event();
  quitting.before(before);
  expect(before.prevented()).toBe(false);
});

test('closing that fails or hangs is written down and does not keep the process', async () => {
  const failing = start({ close: () => Promise.reject(new Error('disk full')) });
  await failing.quitting.end(1);
  expect(failing.happened).toEqual(['disk full', 'exit 1']);
  const hanging = start({ close: () => new Promise(() => {}) }, 20);
  await hanging.quitting.end(0);
  expect(hanging.happened).toEqual(['Closing took longer than 0.02 s; the process is ended.', 'exit 0']);
});

test('closing happens once, however often the end is asked for', async () => {
  const { quitting, happened } = start();
  await Promise.all([quitting.end(1), quitting.end(0), quitting.end(0)]);
  expect(happened).toEqual(['closed', 'exit 1']);
});

test('crashes are told in sentences, and a window that crashes again and again is not reloaded for ever', () => {
  expect(goneSentence({ reason: 'clean-exit', exitCode: 0 })).toBeUndefined();
  expect(goneSentence({ reason: 'oom', exitCode: 1 })).toContain('It ran out of memory.');
  expect(goneSentence({ reason: 'crashed', exitCode: 139 })).toContain('It crashed (crashed, code 139).');
  expect(fatalSentence(new Error('x is undefined'))).toContain('x is undefined. Labels are saved');
  let now = 0;
  const crashes = new CrashCount(() => now);
  expect([crashes.tooOften(), crashes.tooOften(), crashes.tooOften()]).toEqual([false, false, true]);
  now = 61_000;
  expect(crashes.tooOften()).toBe(false);
});

test('defects are written down with their stack, in a file that does not grow for ever', () => {
  const folder = mkdtempSync(join(tmpdir(), 'visage-log-'));
  const file = join(folder, 'new', 'visage.log');
  const log = logTo(file, () => new Date(0));
  log(new TypeError('x is undefined'), "'faces.columns'");
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/^1970-01-01T00:00:00.000Z 'faces.columns': TypeError: x is undefined\n {4}at /);
  writeFileSync(file, 'x'.repeat(1_000_001));
  log('said', 'closing');
  expect(readFileSync(file, 'utf8')).toBe('1970-01-01T00:00:00.000Z closing: said\n');
  expect(statSync(`${file}.1`).size).toBe(1_000_001);
  // A log that cannot be written is no failure.
  logTo(join(file, 'visage.log'))(new Error('x'), 'nowhere');
  rmSync(folder, { recursive: true });
});
