import { parentPort, workerData } from 'node:worker_threads';
import { Fault } from '../../foundation/fault.ts';
import type { FeatureMatrix } from './features.ts';
import { type FitTask, fitHead } from './fit.ts';
import type { FitReply } from './pool.ts';
import { RidgePreconditioner } from './preconditioner.ts';

/** One thread of the pool: fits what it is sent over the shared features. */
const features = workerData as FeatureMatrix;
let preconditioner: { of: string; made: RidgePreconditioner | undefined } | undefined;

/** Made at the first task: all tasks of a pool share features, and nearly always the scaling. */
function preconditionerFor({ settings }: FitTask): RidgePreconditioner | undefined {
  const of = `${settings.normalise} ${settings.standardise}`;
  if (preconditioner?.of !== of) preconditioner = { of, made: RidgePreconditioner.of(features, settings) };
  return preconditioner.made;
}

parentPort?.on('message', (task: FitTask) => {
  let reply: FitReply;
  try {
    reply = { result: fitHead(features, task, preconditionerFor(task)) };
  } catch (thrown) {
    reply = {
      problem: thrown instanceof Error ? thrown.message : String(thrown),
      fault: thrown instanceof Fault,
    };
  }
  parentPort?.postMessage(reply);
});
