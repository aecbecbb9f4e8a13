import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Cancelled, DiskFault, Fault, UsageFault } from '../foundation/fault.ts';
import { EngineCrash, type Exit } from './crash.ts';
import { engineChoice } from './devices.ts';
import { CORE, nodeBinary, taskPath } from './location.ts';
import type { Failure, FromEngine, ToEngine } from './messages.ts';
import type { DeviceReport, EngineChoice, EngineClient, TaskOptions } from './types.ts';

export interface EngineOptions {
  /** How long the process may take until it answers, in milliseconds. */
  startTimeout?: number;
  /** How long a cancelled task may take to end before its process is killed, in milliseconds. */
  cancelGrace?: number;
  /** Crashes without a finished task between them after which no new process is started. */
  maxCrashes?: number;
  /** Further folders in which task modules may lie, beside core/. */
  taskFolders?: readonly string[];
  /** Which engine runs networks; without it what the environment's VISAGE_ENGINE says, else 'auto'. */
  engine?: EngineChoice;
  /** Try every device anew instead of believing what was found lately. */
  freshProbes?: boolean;
}

const PROCESS = fileURLToPath(new URL('./process.ts', import.meta.url));
const DEVICES = new URL('./tasks/devices.ts', import.meta.url);
const STDERR_LINES = 20;

/** One living process and what is known of its end. */
interface Living {
  child: ChildProcess;
  stderr: string[];
  ready: Promise<void>;
  exited: Promise<Exit>;
}

function thrownBy(failure: Failure): Error {
  if (failure.name === 'Cancelled') return new Cancelled(failure.message);
  if (failure.name === 'UsageFault') return new UsageFault(failure.message);
  if (failure.name === 'DiskFault') return new DiskFault(failure.message, failure.code ?? '');
  if (failure.name === 'Fault') return new Fault(failure.message);
  const error = new Error(failure.message);
  error.name = failure.name;
  if (failure.stack !== undefined) error.stack = `${failure.stack}\n    in the engine process`;
  return error;
}

const cancelledBy = (signal: AbortSignal): Cancelled =>
  signal.reason instanceof Cancelled ? signal.reason : new Cancelled();

class ProcessClient implements EngineClient {
  readonly #options: Required<EngineOptions>;
  #living: Living | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #tasks = 0;
  #crashes = 0;
  #lastCrash = '';
  #closed = false;
  #devices: DeviceReport[] | undefined;

  constructor(options: EngineOptions) {
    this.#options = {
      startTimeout: options.startTimeout ?? 30_000,
      cancelGrace: options.cancelGrace ?? 10_000,
      maxCrashes: options.maxCrashes ?? 5,
      taskFolders: options.taskFolders ?? [],
      freshProbes: options.freshProbes ?? false,
      engine: options.engine ?? engineChoice(process.env.VISAGE_ENGINE),
    };
  }

  /** Process id while a process lives. */
  get pid(): number | undefined {
    return this.#living?.child.pid;
  }

  async devices(): Promise<DeviceReport[]> {
    this.#devices ??= await this.run<null, DeviceReport[]>(DEVICES, null);
    return this.#devices;
  }

  run<Input, Output>(url: URL, input: Input, options: TaskOptions = {}): Promise<Output> {
    const { signal } = options;
    let begun = false;
    const turn = this.#queue.then(() => {
      begun = true;
      return this.#run<Output>(url, input, options);
    });
    this.#queue = turn.catch(() => {});
    if (signal === undefined) return turn;
    // A task that still waits for its turn is cancelled at once; one that runs ends by itself or is ended.
    return new Promise<Output>((resolve, reject) => {
      const onAbort = (): void => {
        if (!begun) reject(cancelledBy(signal));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
      if (signal.aborted) onAbort();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const living = this.#living;
    this.#living = undefined;
    if (living === undefined) return;
    // Idle processes do not keep their host alive (see #rest), but this one's end is waited for.
    living.child.ref();
    if (living.child.connected) living.child.disconnect();
    const timer = setTimeout(() => living.child.kill('SIGKILL'), 1000);
    await living.exited;
    clearTimeout(timer);
  }

  async #run<Output>(url: URL, input: unknown, options: TaskOptions): Promise<Output> {
    const { signal, onProgress, onPart } = options;
    if (signal?.aborted) throw cancelledBy(signal);
    taskPath(url.href, [CORE, ...this.#options.taskFolders]);
    const living = await this.#start();
    if (signal?.aborted) throw cancelledBy(signal);
    const { child } = living;
    const task = ++this.#tasks;
    const send = (message: ToEngine): void => {
      if (child.connected) child.send(message, () => {});
    };

    return new Promise<Output>((resolve, reject) => {
      let settled = false;
      let grace: NodeJS.Timeout | undefined;
      let refused: unknown;
      const settle = (finish: () => void): void => {
        if (settled) return;
        settled = true;
        clearTimeout(grace);
        signal?.removeEventListener('abort', onAbort);
        child.off('message', onMessage);
        this.#rest(living);
        finish();
      };
      const stop = (): void => {
        send({ kind: 'cancel', task });
        grace ??= setTimeout(() => child.kill('SIGKILL'), this.#options.cancelGrace);
      };
      const onAbort = (): void => stop();
      const accept = async (part: number, value: unknown): Promise<void> => {
        try {
          await onPart?.(value as never);
          send({ kind: 'accepted', task, part });
        } catch (thrown) {
          // The host could not keep the part: nothing that follows could be kept either.
          refused ??= thrown;
          stop();
        }
      };
      const fail = (thrown: Error): void =>
        settle(() => {
          if (refused !== undefined) reject(refused);
          else if (signal?.aborted) reject(cancelledBy(signal));
          else reject(thrown);
        });
      const onMessage = (message: FromEngine): void => {
        if (message.kind === 'ready' || message.task !== task) return;
        if (message.kind === 'progress') onProgress?.(message.progress);
        else if (message.kind === 'part') void accept(message.part, message.value);
        else {
          this.#crashes = 0;
          if (message.kind === 'failed') fail(thrownBy(message.failure));
          else if (refused !== undefined) fail(new Cancelled());
          else settle(() => resolve(message.output as Output));
        }
      };
      child.on('message', onMessage);
      signal?.addEventListener('abort', onAbort, { once: true });
      void living.exited.then((exit) => {
        if (this.#living === living) this.#living = undefined;
        if (settled) return;
        const crash = new EngineCrash(exit, living.stderr);
        if (!this.#closed && refused === undefined && !signal?.aborted) {
          this.#crashes++;
          this.#lastCrash = crash.message;
        }
        fail(this.#closed ? new Cancelled('The engine was closed.') : crash);
      });
      child.ref();
      child.channel?.ref();
      send({ kind: 'run', task, url: url.href, input });
    });
  }

  /** An idle process does not keep its host alive. */
  #rest(living: Living): void {
    living.child.unref();
    living.child.channel?.unref();
  }

  async #start(): Promise<Living> {
    if (this.#closed) throw new Fault('The engine was closed; start a new one.');
    if (this.#living === undefined) {
      if (this.#crashes >= this.#options.maxCrashes) {
        throw new Fault(
          `The engine process crashed ${this.#crashes} times in a row and is not started again. The last time: ${this.#lastCrash}`,
        );
      }
      this.#living = this.#fork();
    }
    const living = this.#living;
    try {
      await living.ready;
    } catch (thrown) {
      if (this.#living === living) this.#living = undefined;
      this.#crashes++;
      this.#lastCrash = thrown instanceof Error ? thrown.message : String(thrown);
      throw thrown;
    }
    return living;
  }

  #fork(): Living {
    const { startTimeout, taskFolders, freshProbes, engine } = this.#options;
    const child = fork(PROCESS, [...taskFolders], {
      execPath: nodeBinary(),
      execArgv: [],
      // Pictures are decoded on libuv's threads; its default of four would hold more cores back.
      env: {
        ...process.env,
        UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())),
        ...(freshProbes ? { VISAGE_PROBE: 'always' } : {}),
        VISAGE_ENGINE: engine,
      },
      serialization: 'advanced',
      // Nothing that a native library prints may reach the host's own stdout, where results stand.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const stderr: string[] = [];
    let rest = '';
    const keep = (chunk: string): void => {
      const lines = (rest + chunk).split('\n');
      rest = (lines.pop() ?? '').slice(-1000);
      stderr.push(...lines.map((line) => line.trim().slice(0, 500)).filter((line) => line !== ''));
      stderr.splice(0, Math.max(0, stderr.length - STDERR_LINES));
    };
    child.stderr?.setEncoding('utf8').on('data', keep);
    child.stdout?.setEncoding('utf8').on('data', () => {});
    for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref?(): void })?.unref?.();

    const exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => {
        // What the process wrote last may still be on its way through the pipe.
        const finish = (): void => {
          clearTimeout(late);
          keep('\n');
          resolve({ code, signal });
        };
        const late = setTimeout(finish, 250);
        child.once('close', finish);
      });
    });
    const ready = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(
          new Fault(
            `The engine process did not answer within ${startTimeout / 1000} s of its start.${stderr.length > 0 ? ` It said: '${stderr.slice(-5).join(' | ')}'.` : ''}`,
          ),
        );
      }, startTimeout);
      child.once('error', (error) => {
        clearTimeout(timer);
        reject(new Fault(`The engine process could not be started: ${error.message}.`));
      });
      child.once('message', () => {
        clearTimeout(timer);
        resolve();
      });
      void exited.then((exit) => {
        clearTimeout(timer);
        reject(new EngineCrash(exit, stderr));
      });
    });
    ready.catch(() => {});
    return { child, stderr, ready, exited };
  }
}

/** The client with what only its owner may know. */
export type StartedEngine = EngineClient & { readonly pid: number | undefined };

/**
 * A client of the engine process. The process itself starts on the first use and ends with `close`, with this process,
 * or when it crashes; the use after a crash starts a new one.
 */
export function startEngine(options: EngineOptions = {}): StartedEngine {
  return new ProcessClient(options);
}
