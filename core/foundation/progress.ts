import { Cancelled } from './fault.ts';

/** How far a long piece of work is. `total` is absent while it is unknown. */
export interface Progress {
  /** What is being done, in the user's words: 'Embedding faces'. */
  stage: string;
  done: number;
  total?: number;
  /** What is counted: 'faces', 'rows', 'iterations'. */
  unit: string;
  /** Where it runs ('CPU, 2 threads', 'WebGPU: NVIDIA H200'), for work that a device does. */
  device?: string;
  /** One line worth keeping: a warning, a reason. */
  note?: string;
}

export type OnProgress = (progress: Progress) => void;

/** What every long job takes beside its input. Both are optional for the caller. */
export interface WorkOptions {
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Throws `Cancelled` once the signal is aborted; call it between steps. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  // `abort()` without a reason gives a DOMException, which says nothing to a user.
  const reason: unknown = signal.reason;
  throw reason instanceof Error && reason.name !== 'AbortError' ? reason : new Cancelled();
}
