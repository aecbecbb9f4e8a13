import { describe, expect, test } from 'vitest';
import { chooseDevice, type ProbedDevice } from '../../../../core/engine/ort/devices.ts';

const cpu: ProbedDevice = { id: 'cpu', name: 'CPU, 8 threads', usable: true, reason: 'Runs every network.' };
const gpu: ProbedDevice = { id: 'webgpu', name: 'WebGPU', usable: true, reason: 'It works.' };
const broken: ProbedDevice = {
  id: 'cuda',
  name: 'CUDA',
  usable: false,
  reason: 'Its libraries are missing.',
};

describe("'auto'", () => {
  test('takes the first that can run, with the CPU behind it', () => {
    const { placement, fallback } = chooseDevice('auto', [broken, gpu, cpu]);
    expect(placement.device).toBe('webgpu');
    expect(placement.reason).toContain('CUDA: Its libraries are missing.');
    expect(fallback?.device).toBe('cpu');
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
});

test('a named device has nothing behind it', () => {
  expect(chooseDevice('webgpu', [gpu, cpu]).fallback).toBeUndefined();
  expect(() => chooseDevice('cuda', [broken, gpu, cpu])).toThrow(
    /'cuda' cannot run: Its libraries are missing\. Usable here: 'auto', 'webgpu', 'cpu'/,
  );
});
