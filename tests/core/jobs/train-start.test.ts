import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { GraphTensor } from '../../../core/graph/tensor.ts';
import { plannedNetwork } from '../../../core/jobs/train/network.ts';
import { recipeOf } from '../../../core/jobs/train/recipe.ts';
import { inType } from '../models/typed-networks.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recipe = recipeOf({ network: 'bl', width: 0.125, size: 32, embedding: 8 });

describe('a training that begins with a trained network', () => {
  const [{ model }] = plannedNetwork('first', recipe, undefined).files;

  test('takes float16 weights as float32, bit for bit', () => {
    const from = join(folder, 'half.onnx');
    const half = inType(model, 'float16');
    half.write(from);
    const [{ model: started }] = plannedNetwork('second', recipe, from).files;
    const [found, given] = [started, half].map(({ graph }) => graph.initialisers.get('tail.fc.weight'));
    expect(found?.type).toBe('float32');
    const bits = given?.elements() as Uint16Array;
    expect(found?.elements()).toEqual(Float32Array.from(new Float16Array(Uint16Array.from(bits).buffer)));
  });

  test('refuses NaN, by tensor and count', () => {
    const spoilt = model.copy();
    const weight = spoilt.graph.initialisers.get('tail.fc.weight') as GraphTensor;
    const values = Float32Array.from(weight.elements() as Float32Array).fill(Number.NaN, 0, 3);
    spoilt.graph.initialisers.set(weight.name, GraphTensor.of(values, weight.dims, weight.name));
    const from = join(folder, 'spoilt.onnx');
    spoilt.write(from);
    expect(() => plannedNetwork('third', recipe, from)).toThrow(
      /spoilt\.onnx' holds weights that are no finite numbers: 3 NaN in 'tail\.fc\.weight' \(of \d+\)\. Training cannot begin with them\./,
    );
  });
});
