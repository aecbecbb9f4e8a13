import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { paced } from '../../../renderer/train/paced.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Shows portions, which takes so long. */
function screen(milliseconds: number) {
  const shown: number[][] = [];
  const at: number[] = [];
  const pace = paced<number>(
    async (news) => {
      at.push(Date.now());
      shown.push(news);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
    },
    () => Date.now(),
  );
  return { shown, at, pace };
}

test('news are shown together, none is lost, and all stay in order', async () => {
  const { shown, pace } = screen(10);
  for (let i = 0; i < 40; i++) {
    pace.take(i);
    await vi.advanceTimersByTimeAsync(50);
  }
  await vi.advanceTimersByTimeAsync(2000);
  expect(shown.flat()).toEqual(Array.from({ length: 40 }, (_, i) => i));
  // Two seconds of news, looked at every 400 ms.
  expect(shown.length).toBeLessThanOrEqual(6);
});

test('where showing takes long, most of the time is left for everything else', async () => {
  const { at, pace, shown } = screen(1000);
  for (let i = 0; i < 300; i++) {
    pace.take(i);
    await vi.advanceTimersByTimeAsync(100);
  }
  // Thirty seconds: a second of drawing, three of rest.
  expect(at.slice(1).map((time, i) => time - at[i])).toEqual(at.slice(1).map(() => 4000));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(shown.flat()).toHaveLength(300);
});

test('what was not shown when it stops is let go', async () => {
  const { shown, pace } = screen(10);
  pace.take(1);
  pace.stop();
  await vi.advanceTimersByTimeAsync(5000);
  expect(shown).toEqual([]);
});
