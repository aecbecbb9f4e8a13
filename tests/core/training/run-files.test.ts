import { appendFileSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../../core/training/checkpoint.ts';
import { Curve, readCurve } from '../../../core/training/curve.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-full-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.runIf(existsSync('/dev/full'))(
  'a disk that fills while a checkpoint is written leaves the one before',
  () => {
    const path = join(folder, 'checkpoint');
    const state = { steps: 3, values: { 'conv.weight': Float32Array.of(1, -2) } };
    writeCheckpoint(path, state, '{}');
    // What is written into this file meets a full disk, as the kernel says it.
    symlinkSync('/dev/full', `${path}.${process.pid}.partial`);
    const next = { steps: 6, values: { 'conv.weight': Float32Array.of(3, 4) } };
    expect(() => writeCheckpoint(path, next, '{}')).toThrow(
      /checkpoint' cannot be written: its disk is full \(ENOSPC\)/,
    );
    expect(readCheckpoint(path, '{}')).toEqual(state);
    expect(existsSync(`${path}.${process.pid}.partial`)).toBe(false);
    writeCheckpoint(path, next, '{}');
    expect(readCheckpoint(path, '{}')).toEqual(next);
  },
);

test('a curve drops what lies beyond the step that is gone on from, and a line that was cut short', () => {
  const path = join(folder, 'curve.jsonl');
  const point = (step: number) => ({
    step,
    epoch: step / 3,
    loss: 1 / step,
    accuracy: 0.5,
    rate: 0.1,
    imagesPerSecond: 9,
  });
  new Curve(path, 0).append([point(1), point(2), point(3), point(4)]);
  appendFileSync(path, '{"step":5,"epo');
  expect(readCurve(path)).toHaveLength(4);
  const again = new Curve(path, 3);
  expect(readCurve(path)).toEqual([point(1), point(2), point(3)]);
  again.append([point(4)]);
  expect(readCurve(path)).toHaveLength(4);
});
