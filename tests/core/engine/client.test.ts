import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type StartedEngine, startEngine } from '../../../core/engine/client.ts';
import { EngineCrash } from '../../../core/engine/crash.ts';
import { Cancelled, Fault } from '../../../core/foundation/fault.ts';
import type { Progress } from '../../../core/foundation/progress.ts';

const FOLDER = fileURLToPath(new URL('./tasks', import.meta.url));
const task = (name: string): URL => new URL(`./tasks/${name}.ts`, import.meta.url);

let engine: StartedEngine;
const start = (options = {}): StartedEngine => {
  engine = startEngine({ taskFolders: [FOLDER], ...options });
  return engine;
};
afterEach(() => engine?.close());

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const caught = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('It did not fail.');
    },
    (thrown: Error) => thrown,
  );

describe('tasks', () => {
  test('typed arrays, big integers and nested values go there and back', async () => {
    const value = {
      rows: Float32Array.of(1.5, -0, Number.NaN, 3e38),
      ids: Int32Array.from({ length: 1000 }, (_, i) => i),
      wide: BigInt64Array.of(-1n, 1n << 40n),
      bytes: new Uint8Array(3).subarray(1),
      nested: [{ a: null, b: undefined }],
    };
    const back = await start().run<unknown, typeof value>(task('echo'), { value });
    expect(back).toEqual(value);
    expect(back.rows).toBeInstanceOf(Float32Array);
  });

  test('parts come in order before the end, and progress arrives', async () => {
    const parts: unknown[] = [];
    const progress: Progress[] = [];
    await start().run(
      task('echo'),
      { parts: [1, Float32Array.of(2), 'three'], value: 0 },
      {
        onPart: async (part) => {
          await new Promise((resolve) => setImmediate(resolve));
          parts.push(part);
        },
        onProgress: (one) => progress.push(one),
      },
    );
    expect(parts).toEqual([1, Float32Array.of(2), 'three']);
    expect(progress).toEqual([{ stage: 'Echoing', done: 1, total: 1, unit: 'values' }]);
  });

  test('a part that the host cannot keep ends the task with the error of the host', async () => {
    const run = start().run(
      task('echo'),
      { parts: [1, 2], value: 0 },
      {
        onPart: () => {
          throw new Fault("The disk '/x' is full.");
        },
      },
    );
    await expect(run).rejects.toThrow("The disk '/x' is full.");
  }, 20_000);

  test('tasks run one after the other, in the order in which they were asked for', async () => {
    start();
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map((value) =>
        engine.run(
          task('echo'),
          { parts: [value], value },
          { onPart: (part: number) => void order.push(part) },
        ),
      ),
    );
    expect(order).toEqual([1, 2, 3]);
  });

  test('what a task throws arrives with its kind and its stack', async () => {
    const error = await caught(start().run(task('die'), { how: 'throw' }));
    expect(error.name).toBe('TypeError');
    expect(error.message).toBe('a defect of ours');
    expect(error.stack).toContain('die.ts');
  });

  test.each([
    ['https://example.org/task.ts', /is not a task/],
    ['data:text/javascript,0', /is not a task/],
    [new URL('../../../build/layers.ts', import.meta.url).href, /a task is a module inside core/],
    [new URL('../../../core/../build/layers.ts', import.meta.url).href, /a task is a module inside core/],
    [new URL('../../../core/engine/nowhere.ts', import.meta.url).href, /does not exist/],
    [
      new URL('../../../core/foundation/progress.ts', import.meta.url).href,
      /no function as its default export/,
    ],
  ])('%s is refused', async (url, message) => {
    await expect(start().run(new URL(url), null)).rejects.toThrow(message);
  });
});

describe('crashes', () => {
  test.each([
    ['exit', { code: 7, signal: null }],
    ['SIGKILL', { code: null, signal: 'SIGKILL' }],
    ['SIGSEGV', { code: null, signal: 'SIGSEGV' }],
  ] as const)(
    '%s is reported with the last words, parts stay, and the next use starts anew',
    async (how, exit) => {
      start();
      const parts: string[] = [];
      const crash = await caught(
        engine.run(
          task('die'),
          { how, last: 'terrible things' },
          { onPart: (part: string) => void parts.push(part) },
        ),
      );
      expect(crash).toBeInstanceOf(EngineCrash);
      expect((crash as EngineCrash).exit).toEqual(exit);
      expect(crash.message).toContain("'terrible things'");
      expect(parts).toEqual(['before']);
      expect(await engine.run(task('echo'), { value: 5 })).toBe(5);
    },
  );

  test('a process that crashes over and over is not started for ever', async () => {
    start({ maxCrashes: 2 });
    await caught(engine.run(task('die'), { how: 'exit' }));
    await caught(engine.run(task('die'), { how: 'exit' }));
    const error = await caught(engine.run(task('echo'), { value: 1 }));
    expect(error.message).toMatch(/crashed 2 times in a row .* exited with code 7/);
  });

  test('a process that does not answer in time is given up with a sentence', async () => {
    const error = await caught(start({ startTimeout: 1 }).run(task('echo'), { value: 1 }));
    expect(error).toBeInstanceOf(Fault);
    expect(error.message).toMatch(/did not answer within 0.001 s/);
  });
});

describe('cancelling', () => {
  const cancelOnceBegun = (input: { block: boolean }): { run: Promise<unknown>; pid: Promise<number> } => {
    const controller = new AbortController();
    const pid = Promise.withResolvers<number>();
    const run = engine.run(task('wait'), input, {
      signal: controller.signal,
      onPart: (part: number) => {
        pid.resolve(part);
        setImmediate(() => controller.abort(new Cancelled()));
      },
    });
    return { run, pid: pid.promise };
  };

  test('a task that listens ends and its process goes on', async () => {
    start();
    const { run, pid } = cancelOnceBegun({ block: false });
    await expect(run).rejects.toBeInstanceOf(Cancelled);
    expect(engine.pid).toBe(await pid);
    expect(await engine.run(task('echo'), { value: 5 })).toBe(5);
    expect(engine.pid).toBe(await pid);
  });

  test('a task that blocks is ended with its process after the grace period', async () => {
    start({ cancelGrace: 100 });
    const { run, pid } = cancelOnceBegun({ block: true });
    await expect(run).rejects.toBeInstanceOf(Cancelled);
    expect(alive(await pid)).toBe(false);
    expect(await engine.run(task('echo'), { value: 5 })).toBe(5);
  });

  test('a task that waits for its turn, or is cancelled before, never starts', async () => {
    start();
    const first = new AbortController();
    const running = caught(engine.run(task('wait'), { block: false }, { signal: first.signal }));
    const second = new AbortController();
    const waiting = engine.run(task('echo'), { value: 1 }, { signal: second.signal });
    second.abort(new Cancelled());
    await expect(waiting).rejects.toBeInstanceOf(Cancelled);
    first.abort(new Cancelled());
    expect(await running).toBeInstanceOf(Cancelled);
    await expect(
      engine.run(task('echo'), { value: 1 }, { signal: AbortSignal.abort(new Cancelled()) }),
    ).rejects.toBeInstanceOf(Cancelled);
  });
});

test('closing ends the process, and refuses further use', async () => {
  start();
  await engine.run(task('echo'), { value: 1 });
  const pid = engine.pid as number;
  expect(alive(pid)).toBe(true);
  await engine.close();
  expect(alive(pid)).toBe(false);
  await expect(engine.run(task('echo'), { value: 1 })).rejects.toThrow('The engine was closed');
});
