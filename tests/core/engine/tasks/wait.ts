import type { Task } from '../../../../core/engine/types.ts';

/** Says that it began, then waits for cancellation: politely, or blocking the thread as a long run does. */
const wait: Task<{ block: boolean }> = async (input, context) => {
  context.progress({ stage: `process ${process.pid}`, done: 0, unit: 'things' });
  await context.part(process.pid);
  if (input.block) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  await new Promise((_resolve, reject) => {
    if (context.signal.aborted) reject(context.signal.reason);
    context.signal.addEventListener('abort', () => reject(context.signal.reason));
  });
};
export default wait;
