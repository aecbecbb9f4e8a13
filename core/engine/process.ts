import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Cancelled, DiskFault, diskFault, Fault } from '../foundation/fault.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { engineChoice } from './devices.ts';
import { createEngine } from './engines.ts';
import { CORE, taskPath } from './location.ts';
import type { FromEngine, ToEngine } from './messages.ts';
import { createOrtAdapter } from './ort/engine.ts';
import { createTfjsAdapter } from './tfjs/adapter.ts';
import type { Task, TaskContext } from './types.ts';

/**
 * The engine process: imports task modules and runs them one after the other. Its arguments are further folders in which
 * tasks may lie, beside core/.
 */

const roots = [CORE, ...process.argv.slice(2)];
const engine = createEngine(
  [createOrtAdapter(), createTfjsAdapter()],
  engineChoice(process.env.VISAGE_ENGINE),
);

interface Running {
  task: number;
  controller: AbortController;
  /** Parts that the host has not accepted yet. */
  parts: Map<number, PromiseWithResolvers<void>>;
}
let running: Running | undefined;

function send(message: FromEngine): void {
  if (process.connected) process.send?.(message);
}

async function run(task: number, url: string, input: unknown): Promise<void> {
  const controller = new AbortController();
  const parts: Running['parts'] = new Map();
  running = { task, controller, parts };
  let count = 0;
  const context: TaskContext = {
    engine,
    signal: controller.signal,
    progress: (progress) => send({ kind: 'progress', task, progress }),
    part: async (value) => {
      throwIfCancelled(controller.signal);
      const part = count++;
      const accepted = Promise.withResolvers<void>();
      parts.set(part, accepted);
      send({ kind: 'part', task, part, value });
      return accepted.promise;
    },
  };
  try {
    const path = taskPath(url, roots);
    const module = (await import(pathToFileURL(path).href)) as { default?: Task };
    if (typeof module.default !== 'function') {
      throw new Fault(`'${path}' is not a task: it has no function as its default export.`);
    }
    send({ kind: 'done', task, output: await module.default(input, context) });
  } catch (thrown) {
    const error = diskFault(thrown) ?? (thrown instanceof Error ? thrown : new Error(String(thrown)));
    const kind =
      error instanceof Cancelled || (controller.signal.aborted && error.name === 'AbortError')
        ? 'Cancelled'
        : error.name;
    send({
      kind: 'failed',
      task,
      failure: {
        name: kind,
        message: error.message,
        stack: error.stack,
        ...(error instanceof DiskFault && { code: error.code }),
      },
    });
  } finally {
    running = undefined;
    await engine.release();
  }
}

process.on('message', (message: ToEngine) => {
  if (message.kind === 'run') void run(message.task, message.url, message.input);
  else if (running === undefined || running.task !== message.task) return;
  else if (message.kind === 'cancel') {
    running.controller.abort(new Cancelled());
    for (const part of running.parts.values()) part.reject(new Cancelled());
  } else {
    running.parts.get(message.part)?.resolve();
    running.parts.delete(message.part);
  }
});

// The host ends the process by closing the channel; the same happens when the host dies.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {
  // Ctrl+C reaches the whole process group; the host decides what it means and cancels by message.
});

// A run of ONNX Runtime blocks this thread for seconds, in which a host that died would go unnoticed.
new Worker(new URL('./orphan.ts', import.meta.url), { workerData: process.ppid }).unref();

send({ kind: 'ready' });
