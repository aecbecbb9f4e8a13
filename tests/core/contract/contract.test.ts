import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Client, connect } from '../../../core/contract/client.ts';
import { procedure } from '../../../core/contract/procedure.ts';
import { type Served, serve } from '../../../core/contract/server.ts';
import type { Port } from '../../../core/contract/wire.ts';
import { Cancelled, Fault } from '../../../core/foundation/fault.ts';
import { Random } from '../../../core/foundation/random.ts';
import { clonedPair, electronPair, framedPair } from './ports.ts';

const contract = {
  procedures: {
    double: procedure(z.object({ x: z.number() }), z.number()),
    points: procedure(z.object({ n: z.int().min(0) }), z.object({ xy: z.instanceof(Float32Array) })),
    wait: procedure(z.object({}), z.string()),
    fail: procedure(z.object({ how: z.enum(['fault', 'defect', 'output']) }), z.number()),
  },
  topics: { labelled: z.object({ faces: z.instanceof(Int32Array) }) },
};
type P = typeof contract.procedures;
type T = typeof contract.topics;

describe.for([
  ['structured clone', clonedPair],
  ['frames of bytes', framedPair],
  ["Electron's ports", electronPair],
] as const)('the contract over %s', ([, pair]) => {
  let client: Client<P, T>;
  let served: Served<T>;
  let defects: unknown[];
  let cancelled: number;
  let wire: Port;

  function start(): void {
    const [near, far] = pair();
    defects = [];
    cancelled = 0;
    served = serve(
      contract,
      {
        double: ({ x }) => 2 * x,
        points: ({ n }, { onProgress }) => {
          onProgress({ stage: 'Reading', done: 1, total: 2, unit: 'blocks' });
          return { xy: Float32Array.from({ length: n }, (_, i) => i / 2) };
        },
        wait: (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              cancelled++;
              reject(signal.reason);
            });
          }),
        fail: ({ how }) => {
          if (how === 'fault') throw new Fault("'x.csv', line 3: no such value.");
          if (how === 'defect') throw new TypeError('x is undefined');
          return 'not a number' as unknown as number;
        },
      },
      far,
      (_, thrown) => defects.push(thrown),
    );
    wire = near;
    client = connect(contract, near);
  }
  afterEach(() => client.close());

  test('calls are answered, also many at once', async () => {
    start();
    const answers = await Promise.all(Array.from({ length: 200 }, (_, x) => client.call('double', { x })));
    expect(answers).toEqual(Array.from({ length: 200 }, (_, x) => 2 * x));
  });

  test('columns arrive as typed arrays, progress before the answer', async () => {
    start();
    const seen: unknown[] = [];
    const { xy } = await client.call(
      'points',
      { n: 1001 },
      { onProgress: (progress) => seen.push(progress) },
    );
    expect(xy).toBeInstanceOf(Float32Array);
    expect([xy.length, xy[1000]]).toEqual([1001, 500]);
    expect(seen).toEqual([{ stage: 'Reading', done: 1, total: 2, unit: 'blocks' }]);
  });

  test('wrong input, unknown procedures and faults come back as sentences; defects are written down', async () => {
    start();
    await expect(client.call('double', { x: '1' as unknown as number })).rejects.toThrow(
      "'double' was called wrongly: x",
    );
    await expect(client.call('toString' as 'double', { x: 1 })).rejects.toThrow("no procedure 'toString'");
    await expect(client.call('fail', { how: 'fault' })).rejects.toThrow("'x.csv', line 3: no such value.");
    expect(defects).toEqual([]);
    await expect(client.call('fail', { how: 'defect' })).rejects.toThrow('x is undefined');
    await expect(client.call('fail', { how: 'output' })).rejects.toThrow();
    expect(defects).toHaveLength(2);
  });

  test('a cancelled call ends as cancelled on both sides', async () => {
    start();
    const controller = new AbortController();
    const call = client.call('wait', {}, { signal: controller.signal });
    await client.call('double', { x: 1 });
    controller.abort();
    await expect(call).rejects.toBeInstanceOf(Cancelled);
    expect(cancelled).toBe(1);
  });

  test('pushes reach listeners until they stop listening', async () => {
    start();
    const seen: number[][] = [];
    const stop = client.on('labelled', ({ faces }) => seen.push([...faces]));
    served.push('labelled', { faces: Int32Array.of(1, 2) });
    await client.call('double', { x: 1 });
    stop();
    served.push('labelled', { faces: Int32Array.of(3) });
    await client.call('double', { x: 1 });
    expect(seen).toEqual([[1, 2]]);
  });

  test('fatal and a closed port reject what is pending and what comes after, with the reason', async () => {
    start();
    let reason = '';
    client.onEnd((sentence) => {
      reason = sentence;
    });
    const call = client.call('wait', {});
    served.fatal('The project was removed.');
    await expect(call).rejects.toThrow('The project was removed.');
    await expect(client.call('double', { x: 1 })).rejects.toThrow('The project was removed.');
    expect(reason).toBe('The project was removed.');
    start();
    const other = client.call('wait', {});
    // Answers come in order, so 'wait' is running once this one is there.
    await client.call('double', { x: 1 });
    served.close();
    await expect(other).rejects.toThrow('connection');
    expect(cancelled).toBe(1);
  });

  test('no rubbish breaks the host: it answers, or closes that connection', async () => {
    const random = new Random(4);
    const pieces: unknown[] = [
      null,
      0,
      -1,
      1.5,
      'call',
      '',
      [],
      {},
      true,
      'double',
      { x: 1 },
      'x'.repeat(5000),
      { __proto__: null },
      Number.NaN,
      Number.MAX_SAFE_INTEGER + 1,
      '__proto__',
      'constructor',
      'x'.repeat(101),
      JSON.parse('{"__proto__":{"admin":true}}'),
      { constructor: { prototype: { admin: true } } },
      JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`),
      new Uint8Array(1 << 20),
      Float64Array.of(Number.NaN),
    ];
    // What the sender's own end of a port refuses never leaves it; that ends are not believed is tested beside this.
    const sendIfCan = (message: unknown): void => {
      try {
        wire.send(message);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(TypeError);
      }
    };
    const any = (): unknown => pieces[random.below(pieces.length)];
    for (let i = 0; i < 200; i++) {
      start();
      sendIfCan(
        random.uniform() < 0.3
          ? any()
          : {
              type: random.uniform() < 0.5 ? 'call' : any(),
              id: any(),
              procedure: any(),
              input: any(),
              extra: any(),
            },
      );
      start();
      expect(await client.call('double', { x: i })).toBe(2 * i);
      client.close();
    }
    expect(defects).toEqual([]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('a call that cannot be sent fails by itself, and the connection goes on', async () => {
    start();
    const held: Record<string, unknown> = {};
    held.self = held;
    const { signal } = new AbortController();
    await expect(client.call('double', { x: held as unknown as number }, { signal })).rejects.toThrow();
    await expect(client.call('double', { x: (() => 1) as unknown as number })).rejects.toThrow();
    expect(await client.call('double', { x: 4 })).toBe(8);
  });
});
