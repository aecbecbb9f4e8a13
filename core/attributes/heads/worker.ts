import { parentPort, workerData } from 'node:worker_threads';
import { Fault } from '../../foundation/fault.ts';
import type { FeatureMatrix } from './features.ts';
import { type FitTask, fitHead } from './fit.ts';
import type { FitReply } from './pool.ts';

/** One thread of the pool: fits what it is sent over the shared features. */
const features = workerData as FeatureMatrix;

parentPort?.on('message', (task: FitTask) => {
  let reply: FitReply;
  try {
    reply = { result: fitHead(features, task) };
  } catch (thrown) {
    reply = {
      problem: thrown instanceof Error ? thrown.message : String(thrown),
      fault: thrown instanceof Fault,
    };
  }
  parentPort?.postMessage(reply);
});
