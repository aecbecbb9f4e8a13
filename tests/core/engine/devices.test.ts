import { describe, expect, test } from 'vitest';
import {
  chooseDevice,
  engineChoice,
  inOrder,
  oneForEach,
  type ProbedDevice,
} from '../../../core/engine/devices.ts';

const device = (over: Partial<ProbedDevice>): ProbedDevice => ({
  id: 'cpu',
  engine: 'ort',
  name: 'CPU, 8 threads',
  usable: true,
  reason: 'Runs every network.',
  ...over,
});
const cpu = device({});
const gpu = device({ id: 'webgpu', name: 'WebGPU', reason: 'It works.' });
const broken = device({ id: 'cuda', name: 'CUDA', usable: false, reason: 'Its libraries are missing.' });
const tfjsCuda = device({
  id: 'cuda',
  engine: 'tfjs',
  name: 'CUDA by TensorFlow.js',
  reason: 'It works too.',
});
const tfjsAbsent = { ...tfjsCuda, usable: false, reason: 'It is not installed.' };
const tfjsCpu = device({ engine: 'tfjs', name: 'CPU by TensorFlow.js', reason: 'It is slow.' });

describe("'auto'", () => {
  test('takes the first that can run, with the CPU behind it', () => {
    const { placement, fallback } = chooseDevice('auto', [broken, gpu, cpu]);
    expect(placement.device).toBe('webgpu');
    expect(placement.reason).toContain('CUDA: Its libraries are missing.');
    expect(fallback).toMatchObject({ device: 'cpu', engine: 'ort' });
  });

  test('never takes a device that is slower than the CPU, such as an emulated one, and says so', () => {
    const soft = { ...gpu, slower: true };
    const { placement, fallback } = chooseDevice('auto', [soft, cpu]);
    expect(placement.device).toBe('cpu');
    expect(placement.reason).toMatch(
      /WebGPU: slower here than the CPU, so it runs only when it is asked for\. It works\./,
    );
    expect(fallback).toBeUndefined();
    expect(chooseDevice('webgpu', [soft, cpu]).placement.device).toBe('webgpu');
  });

  test("takes TensorFlow.js only where that brings the one GPU that can run, before ONNX Runtime's CPU", () => {
    const all = inOrder([cpu, tfjsCpu, gpu, tfjsCuda, broken]);
    expect(all).toEqual([broken, gpu, tfjsCuda, cpu, tfjsCpu]);
    expect(chooseDevice('auto', all).placement).toMatchObject({ device: 'webgpu', engine: 'ort' });
    const without = { ...gpu, usable: false, reason: 'No adapter was found.' };
    const only = chooseDevice('auto', [broken, without, tfjsCuda, cpu, tfjsCpu]);
    expect(only.placement).toMatchObject({ device: 'cuda', engine: 'tfjs' });
    expect(only.placement.reason).toContain('WebGPU: No adapter was found.');
    expect(only.fallback).toMatchObject({ device: 'cpu', engine: 'ort' });
    const none = chooseDevice('auto', [broken, without, tfjsAbsent, cpu, tfjsCpu]);
    expect(none.placement).toMatchObject({ device: 'cpu', engine: 'ort' });
    expect(none.placement.reason).toContain('CUDA by TensorFlow.js: It is not installed.');
  });
});

describe('a named device', () => {
  test('has nothing behind it', () => {
    expect(chooseDevice('webgpu', [gpu, cpu]).fallback).toBeUndefined();
    expect(() => chooseDevice('cuda', [broken, gpu, cpu])).toThrow(
      /'cuda' cannot run: Its libraries are missing\. Usable here: 'auto', 'webgpu', 'cpu'/,
    );
  });

  test('is run by the first engine that has it, and says so', () => {
    const { placement } = chooseDevice('cuda', [broken, tfjsCuda, cpu]);
    expect(placement).toEqual({
      device: 'cuda',
      engine: 'tfjs',
      name: 'CUDA by TensorFlow.js',
      reason: "'cuda' was asked for. Passed over: ONNX Runtime's: Its libraries are missing.",
    });
    expect(() => chooseDevice('cuda', [broken, tfjsAbsent, cpu])).toThrow(
      /cannot run: Its libraries are missing\. By TensorFlow\.js: It is not installed\. Usable/,
    );
  });
});

describe('a named engine', () => {
  const all = [broken, gpu, tfjsAbsent, cpu, tfjsCpu];

  test('limits the devices, and nothing else stands in for it', () => {
    const { placement, fallback } = chooseDevice('auto', all, 'tfjs');
    expect(placement).toMatchObject({ device: 'cpu', engine: 'tfjs' });
    expect(placement.reason).toMatch(/^TensorFlow\.js was asked for\. CPU by TensorFlow\.js is the first/);
    expect(fallback).toBeUndefined();
    expect(chooseDevice('auto', [tfjsCuda, cpu, tfjsCpu], 'tfjs').fallback).toBeUndefined();
    expect(chooseDevice('auto', [tfjsCuda, cpu], 'ort').placement).toMatchObject({
      engine: 'ort',
      device: 'cpu',
    });
    expect(() => chooseDevice('webgpu', all, 'tfjs')).toThrow(
      /'webgpu' does not exist on .*; usable here: 'auto', 'cpu'\./,
    );
  });

  test('that is absent is said with the reason for each of its devices', () => {
    const absent = { ...tfjsCpu, usable: false, reason: 'Nor is that one.' };
    expect(() => chooseDevice('auto', [tfjsAbsent, cpu, absent], 'tfjs')).toThrow(
      'TensorFlow.js cannot run networks here. CUDA by TensorFlow.js: It is not installed. CPU by TensorFlow.js: Nor is that one.',
    );
  });

  test("is a word of the environment's too", () => {
    expect(engineChoice(undefined)).toBe('auto');
    expect(engineChoice('')).toBe('auto');
    expect(engineChoice('tfjs')).toBe('tfjs');
    expect(() => engineChoice('torch')).toThrow(
      "'torch' is no engine (VISAGE_ENGINE); allowed: auto, ort, tfjs.",
    );
  });
});

test('a window that lists devices gets each once, by the engine that would run it', () => {
  expect(oneForEach([broken, gpu, tfjsCuda, cpu, tfjsCpu])).toEqual([tfjsCuda, gpu, cpu]);
});
