import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../../core/foundation/random.ts';
import {
  placed,
  type Rectangle,
  readState,
  SMALLEST,
  type WindowState,
  writeState,
} from '../../electron/window-state.ts';

const FIRST: Rectangle = { x: 0, y: 24, width: 1920, height: 1056 };
const LEFT: Rectangle = { x: -2560, y: -200, width: 2560, height: 1440 };
const at = (x: number, y: number, width = 1280, height = 800, maximized = false): WindowState => ({
  bounds: { x, y, width, height },
  maximized,
});

test('a window comes back where it was, also on a screen left of the first', () => {
  expect(placed(at(100, 100), [FIRST])).toEqual(at(100, 100));
  expect(placed(at(-2000, 0), [FIRST, LEFT])).toEqual(at(-2000, 0));
  expect(placed(at(100, 100, 1280, 800, true), [FIRST])).toEqual(at(100, 100, 1280, 800, true));
});

test('a window whose screen is gone opens in the middle of the first one, as large as usual', () => {
  const usual = { bounds: { x: 240, y: 102, width: 1440, height: 900 }, maximized: false };
  expect(placed(undefined, [FIRST])).toEqual(usual);
  expect(placed(at(-2000, 0), [FIRST])).toEqual(usual);
  expect(placed(at(1900, 100), [FIRST])).toEqual(usual);
  // A title bar above or below the screen cannot be taken hold of.
  expect(placed(at(100, -100), [FIRST])).toEqual(usual);
  expect(placed(at(100, 1079), [FIRST])).toEqual(usual);
  expect(placed(at(-2000, 0, 1280, 800, true), [FIRST]).maximized).toBe(true);
});

test('a window is cut to its screen and no smaller than the views need', () => {
  expect(placed(at(0, 24, 4000, 3000), [FIRST]).bounds).toEqual({ ...FIRST });
  expect(placed(at(10, 30, 100, 100), [FIRST]).bounds).toMatchObject(SMALLEST);
  const small: Rectangle = { x: 0, y: 0, width: 800, height: 600 };
  expect(placed(undefined, [small]).bounds).toEqual(small);
  expect(placed(at(0, 0, 100, 100), [small]).bounds).toEqual(small);
});

test('whatever was saved, the window can be seen and taken hold of', () => {
  const random = new Random(7);
  const any = (from: number, to: number): number => from + random.below(to - from);
  for (let i = 0; i < 2000; i++) {
    const saved = at(any(-9000, 9000), any(-9000, 9000), any(1, 9000), any(1, 9000));
    const { bounds } = placed(saved, [FIRST, LEFT]);
    const seen = [FIRST, LEFT].some(
      (area) =>
        Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x) >=
          Math.min(160, bounds.width) - 1 &&
        bounds.y >= area.y &&
        bounds.y + 32 <= area.y + area.height,
    );
    expect(seen, JSON.stringify({ saved, bounds })).toBe(true);
    expect(bounds.width).toBeGreaterThanOrEqual(SMALLEST.width);
    expect(bounds.height).toBeGreaterThanOrEqual(SMALLEST.height);
  }
});

test('the file is written whole, read back, and believed only when it is ours', () => {
  const folder = mkdtempSync(join(tmpdir(), 'visage-state-'));
  const file = join(folder, 'new', 'window.json');
  expect(readState(file)).toBeUndefined();
  expect(writeState(file, at(1, 2))).toBe(true);
  expect(readState(file)).toEqual(at(1, 2));
  expect(readdirSync(join(folder, 'new'))).toEqual(['window.json']);
  for (const text of [
    '',
    '{',
    '[]',
    '{"bounds":{"x":0,"y":0,"width":1e99,"height":1},"maximized":false}',
    '{"bounds":null}',
  ]) {
    writeFileSync(file, text);
    expect(readState(file)).toBeUndefined();
  }
  // A file stands where the folder should be.
  expect(writeState(join(file, 'window.json'), at(1, 2))).toBe(false);
  rmSync(folder, { recursive: true });
});
