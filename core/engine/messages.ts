import type { Progress } from '../foundation/progress.ts';

/** What the host sends to the engine process. Numbers called `task` name one run; `part` one part of it. */
export type ToEngine =
  | { kind: 'run'; task: number; url: string; input: unknown }
  | { kind: 'cancel'; task: number }
  | { kind: 'accepted'; task: number; part: number };

/** What the engine process sends to the host. */
export type FromEngine =
  | { kind: 'ready' }
  | { kind: 'progress'; task: number; progress: Progress }
  | { kind: 'part'; task: number; part: number; value: unknown }
  | { kind: 'done'; task: number; output: unknown }
  | { kind: 'failed'; task: number; failure: Failure };

/** An error on its way between processes. */
export interface Failure {
  name: string;
  message: string;
  stack?: string;
  /** Of a DiskFault. */
  code?: string;
}
