import { fileURLToPath } from 'node:url';
import { startEngine } from '../../../../core/engine/client.ts';

/** A host as a process of its own: starts a task that blocks, says the engine's process id, and waits to be killed. */
const engine = startEngine({ taskFolders: [fileURLToPath(new URL('.', import.meta.url))] });
await engine.run(
  new URL('./wait.ts', import.meta.url),
  { block: process.argv[2] === 'block' },
  { onPart: (pid: number) => void process.stdout.write(`${pid}\n`) },
);
