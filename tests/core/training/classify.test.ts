import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startEngine } from '../../../core/engine/client.ts';
import { writeNpy } from '../../../core/foundation/npy.ts';
import { Random } from '../../../core/foundation/random.ts';
import { Model } from '../../../core/graph/model.ts';
import { readCheckpoint, writeCheckpoint } from '../../../core/training/checkpoint.ts';
import type { ClassifyInput, ClassifyOutput, ClassifyPart } from '../../../core/training/classify-task.ts';
import { network, SIZE } from './small.ts';

const TASK = new URL('../../../core/training/classify-task.ts', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'visage-training-'));
const engine = startEngine();
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Pictures of three classes, each of a colour of its own under noise. */
const COUNT = 24;
function input(name: string, change: Partial<ClassifyInput['settings']> = {}): ClassifyInput {
  const random = new Random(8);
  const labels = Int32Array.from({ length: COUNT }, (_, i) => i % 3);
  const pixels = new Uint8Array(COUNT * SIZE * SIZE * 3);
  for (let i = 0; i < pixels.length; i++) {
    const label = labels[Math.floor(i / (SIZE * SIZE * 3))];
    pixels[i] = (i % 3 === label ? 150 : 60) + random.below(60);
  }
  const pictures = join(folder, 'pictures.npy');
  writeNpy(pictures, pixels, [COUNT, SIZE, SIZE, 3]);
  const file = join(folder, 'network.onnx');
  network('BL').write(file);
  return {
    ...{ network: file, pictures, labels, device: 'cpu' },
    output: join(folder, `${name}.onnx`),
    checkpoint: join(folder, `${name}.checkpoint`),
    settings: {
      ...{ value: 'embedding', classes: 3, batch: 8, epochs: 3, seed: 5, mirror: true },
      optimiser: { kind: 'sgd' },
      schedule: { rate: 0.05, decay: { kind: 'cosine' }, warmUp: { epochs: 1, from: 0.1 } },
      ...change,
    },
  };
}

async function trained(
  given: ClassifyInput,
  onPart: (part: ClassifyPart) => void = () => {},
  signal?: AbortSignal,
): Promise<{ output: ClassifyOutput; losses: number[] }> {
  const losses: number[] = [];
  const output = await engine.run<ClassifyInput, ClassifyOutput>(TASK, given, {
    signal,
    onPart: (part: ClassifyPart) => {
      losses.push(part.loss);
      onPart(part);
    },
  });
  return { output, losses };
}

describe('a training task in the engine process', () => {
  test('learns, writes its network, and goes on after it was stopped with the same losses', async () => {
    const whole = await trained(input('whole'));
    expect(whole.losses).toHaveLength(9);
    expect(whole.losses[8]).toBeLessThan(0.75 * whole.losses[0]);
    expect(whole.output).toMatchObject({ steps: 9, resumed: 0, placement: { device: 'cpu' } });

    // Stopped in the second epoch: the checkpoint of the first one is gone on from.
    const stop = new AbortController();
    const stopped = trained(input('again'), ({ step }) => step === 4 && stop.abort(), stop.signal);
    await expect(stopped).rejects.toThrow(/ancel/);
    const rest = await trained(input('again'));
    expect(rest.output.resumed).toBe(3);
    expect(rest.losses).toEqual(whole.losses.slice(3));
    const bytes = (name: string) => Buffer.from(readFileSync(join(folder, `${name}.onnx`)));
    expect(bytes('again').equals(bytes('whole'))).toBe(true);
    const names = [...Model.read(join(folder, 'whole.onnx')).graph.initialisers.keys()];
    expect(names).toEqual([...network('BL').graph.initialisers.keys()]);
  });

  test('a checkpoint of other settings is not gone on from; labels and pictures must fit', async () => {
    await expect(trained({ ...input('whole'), settings: input('', { seed: 6 }).settings })).rejects.toThrow(
      /was made with other settings/,
    );
    const given = input('other');
    await expect(trained({ ...given, labels: new Int32Array(3) })).rejects.toThrow(
      'There are 24 pictures and 3 labels.',
    );
    await expect(trained(input('other', { classes: 2 }))).rejects.toThrow(
      "The class '2' is not allowed; allowed: 0 to 1.",
    );
    writeNpy(given.pictures, new Uint8Array(12), [4, 3]);
    await expect(trained(given)).rejects.toThrow(/has the shape 4×3; pictures to train on are N×size×size×3/);
  });
});

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
    expect(() => writeCheckpoint(path, broken, '{}')).toThrow(
      /could not be written: .* The one before is still there/,
    );
    expect(readCheckpoint(path, '{}')).toEqual(state);
    expect(existsSync(`${path}.${process.pid}.partial`)).toBe(false);
  });
});
