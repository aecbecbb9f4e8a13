import { workerData } from 'node:worker_threads';

/** Runs on a thread of its own in the engine process and ends the process once its parent is gone. */

const parent = workerData as number;

setInterval(() => {
  let alive = process.ppid === parent;
  if (alive && process.platform === 'win32') {
    // Windows keeps the number of a parent that has died.
    try {
      process.kill(parent, 0);
    } catch {
      alive = false;
    }
  }
  if (!alive) process.kill(process.pid, 'SIGKILL');
}, 1000);
