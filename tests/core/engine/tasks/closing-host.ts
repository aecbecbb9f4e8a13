import { fileURLToPath } from 'node:url';
import { startEngine } from '../../../../core/engine/client.ts';

/** A host whose engine does not end by itself when it is closed, as on a machine that is too busy. */
const engine = startEngine({ taskFolders: [fileURLToPath(new URL('.', import.meta.url))] });
await engine.run(new URL('./echo.ts', import.meta.url), 1);
process.kill(engine.pid as number, 'SIGSTOP');
await engine.close();
process.stdout.write('closed');
