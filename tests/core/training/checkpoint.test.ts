import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../../core/training/checkpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('checkpoints', () => {
  const state = { steps: 7, values: { a: Float32Array.of(1, 2, 3), 'b.weight': Float32Array.of(-0, 1e-40) } };
  const path = join(folder, 'state.checkpoint');

  test('give back what was written', () => {
    writeCheckpoint(path, state, '{}');
    expect(readCheckpoint(path, '{}')).toEqual(state);
  });

  test('that are cut short or something else are refused', () => {
    writeCheckpoint(path, state, '{}');
    truncateSync(path, readFileSync(path).length - 1);
    expect(() => readCheckpoint(path, '{}')).toThrow(
      /is no whole checkpoint: it has \d+ bytes and should have/,
    );
    writeFileSync(path, 'PK something');
    expect(() => readCheckpoint(path, '{}')).toThrow(/it does not begin with VISCKPT1/);
    expect(() => readCheckpoint(join(folder, 'none'), '{}')).toThrow(/cannot be read/);
  });

  test('that cannot be written leave the one before', () => {
    writeCheckpoint(path, state, '{}');
    // A value that is no array of numbers fails in the middle of the file, as a full disk does.
    const broken = { steps: 8, values: { ...state.values, c: { length: 1 } as Float32Array } };
    expect(() => writeCheckpoint(path, broken, '{}')).toThrow(TypeError);
    expect(readCheckpoint(path, '{}')).toEqual(state);
    expect(existsSync(`${path}.${process.pid}.partial`)).toBe(false);
  });
});
