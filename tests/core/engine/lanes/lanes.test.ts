import { describe, expect, test } from 'vitest';
import { lanesAt, openLanes } from '../../../../core/engine/lanes/lanes.ts';
import type { Placement } from '../../../../core/engine/types.ts';
import { Cancelled, Fault } from '../../../../core/foundation/fault.ts';

const SQUARES = new URL('./squares.ts', import.meta.url);
const SETTINGS = { lanes: 3, threads: 1, batch: 4 };
const { signal } = new AbortController();

async function squares(items: readonly number[], from = signal): Promise<number[][]> {
  const lanes = await openLanes<number, number[]>({ module: SQUARES, settings: 'open' }, SETTINGS);
  try {
    const results: number[][] = [];
    for await (const result of lanes.run(items, { signal: from })) results.push(result);
    return results;
  } finally {
    await lanes.close();
  }
}
const upTo = (count: number, first = 0): number[] => Array.from({ length: count }, (_, i) => first + i);

describe('lanes', () => {
  test('give every batch once and in order, whichever is done first', async () => {
    const results = await squares(upTo(50, 20));
    expect(results.map(({ length }) => length)).toEqual([...Array(12).fill(4), 2]);
    expect(results.flat()).toEqual(upTo(50, 20).map((item) => item * item));
    expect(await squares([])).toEqual([]);
  });

  test('hand on what went wrong as it was said', async () => {
    await expect(squares(upTo(20))).rejects.toThrow(new Fault('13 has no square here.'));
    await expect(openLanes({ module: SQUARES, settings: 'closed' }, SETTINGS)).rejects.toThrow(
      new Fault('There is nothing to work with.'),
    );
    await expect(squares(upTo(9, 20), AbortSignal.abort(new Cancelled()))).rejects.toBeInstanceOf(Cancelled);
  });

  test('are for ONNX Runtime on the CPU, where there are batches enough', () => {
    const cpu: Placement = { device: 'cpu', engine: 'ort', name: 'CPU', reason: 'It is there.' };
    const work = { items: 100, batch: 16 };
    expect(lanesAt({ ...cpu, device: 'webgpu' }, [], work)).toBeUndefined();
    expect(lanesAt({ ...cpu, engine: 'tfjs' }, [], work)).toBeUndefined();
    expect(lanesAt(cpu, [], { items: 16, batch: 16 })).toBeUndefined();
  });
});
