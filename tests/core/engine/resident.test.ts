import { afterAll, describe, expect, test } from 'vitest';
import { createEngine } from '../../../core/engine/engines.ts';
import { createOrtAdapter } from '../../../core/engine/ort/engine.ts';
import { createTfjsAdapter } from '../../../core/engine/tfjs/adapter.ts';
import type { Tensor } from '../../../core/engine/types.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';

/** x ← x + by; gives the sum of x beside it. */
function counting(): Uint8Array {
  const b = new GraphBuilder('counting');
  const next = b.op('Add', [b.input('x', [2]), b.input('by', [])], {}, 'x.next');
  return b.model([next, b.op('ReduceSum', [next], { keepdims: 0 }, 'sum')]).encode();
}
const value = { input: 'x', output: 'x.next', dims: [2], initial: Float32Array.of(1, 2) };
const by = (data: number): Record<string, Tensor> => ({
  by: { type: 'float32', dims: [], data: Float32Array.of(data) },
});

describe.each([
  ['ONNX Runtime', createOrtAdapter],
  ['TensorFlow.js', createTfjsAdapter],
])('resident values in %s', (_, adapter) => {
  const engine = createEngine([adapter()]);
  afterAll(() => engine.release());

  test('values stay in the session and move on at every run', async () => {
    const session = await engine.openResident(counting(), [value], { device: 'cpu' });
    expect([...(await session.run(by(1))).sum.data]).toEqual([5]);
    expect([...(await session.run(by(2))).sum.data]).toEqual([9]);
    expect([...(await session.read(['x'])).x]).toEqual([4, 5]);
    expect([...value.initial]).toEqual([1, 2]);
    await session.write({ x: Float32Array.of(10, 20) });
    expect(Object.keys(await session.run(by(0)))).toEqual(['sum']);
    expect([...(await session.read()).x]).toEqual([10, 20]);
    await session.dispose();
    await expect(session.run(by(0))).rejects.toThrow(/disposed/);
  });

  test('names and lengths that do not fit are refused, and a run that fails changes nothing', async () => {
    const open = (change: Partial<typeof value>) =>
      engine.openResident(counting(), [{ ...value, ...change }], { device: 'cpu' });
    await expect(open({ input: 'y' })).rejects.toThrow("does not take 'y'");
    await expect(open({ output: 'y' })).rejects.toThrow("does not give 'y'");
    await expect(open({ dims: [3] })).rejects.toThrow(/has 2 values, but its shape \[3\] has room for 3/);
    const session = await engine.openResident(counting(), [value], { device: 'cpu' });
    await expect(session.run({ ...by(1), x: by(1).by })).rejects.toThrow(/is not fed 'x'; it is fed: by/);
    await expect(session.write({ x: Float32Array.of(1) })).rejects.toThrow(/'x' has 2 values, not 1/);
    await expect(session.read(['z'])).rejects.toThrow("keeps no value 'z'");
    expect([...(await session.read()).x]).toEqual([1, 2]);
    await session.dispose();
  });
});
