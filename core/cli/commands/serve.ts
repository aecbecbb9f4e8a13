import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault, UsageFault } from '../../foundation/fault.ts';
import { keptToken } from '../../host/guard.ts';
import { serveWindow } from '../../host/handlers/index.ts';
import { VERSION } from '../../host/version.ts';
import { startWebHost } from '../../host/web-host.ts';
import { Workplace } from '../../host/workplace.ts';
import { demoFinished, demoProject } from '../../jobs/demo.ts';
import type { Command } from '../command.ts';
import { wholeOption } from '../selection.ts';
import { wordsOf } from '../words.ts';

const RENDERER = fileURLToPath(new URL('../../../dist/renderer', import.meta.url));

export const command: Command = {
  configure: (command) =>
    void command
      .argument('[project]', 'project to open; the list of projects when absent')
      .option('--demo', 'open the demo project; it is made first where it is not there')
      .option('--port <N>', 'port on 127.0.0.1; 0 takes a free one', '0')
      .option(
        '--token-file <file>',
        'keep the token in this file, so that windows find the host again after a restart',
      )
      .option('--open', "open the address in the system's browser")
      .addHelpText(
        'after',
        `
Serves the window on 127.0.0.1 only, for machines without a display or without Electron. The address that it prints
holds a token: who has it can see and label the faces, so do not pass it on. To reach a server, forward the port through
ssh (ssh -L PORT:127.0.0.1:PORT HOST) and open the address on your own machine. Ctrl-C ends it; labels are saved already.

Examples:
  visage serve faces.visage
  visage serve --demo --port 8123`,
      ),

  async run([path], options, { signal, say }) {
    const port = wholeOption(options.port, '--port') ?? 0;
    if (port > 65_535) throw new UsageFault(`'${port}' is no port; allowed: 0 to 65535.`);
    const wantsDemo = options.demo === true;
    const initial = path ? resolve(path) : wantsDemo && demoFinished() ? demoProject() : null;
    const place = new Workplace({ version: VERSION, initial });
    // Opened before the address is printed, so that what is wrong with it is said here and not in the window.
    if (initial !== null) await place.open(initial);
    let token: string | undefined;
    try {
      token = typeof options.tokenFile === 'string' ? keptToken(resolve(options.tokenFile)) : undefined;
      if (!existsSync(RENDERER))
        throw new Fault("The window is not built yet: run 'npm start -- --web', or 'npm run build' once.");
    } catch (thrown) {
      await place.close();
      throw thrown;
    }
    const host = await startWebHost({
      renderer: RENDERER,
      port,
      ...(token !== undefined && { token }),
      media: (id, query) => place.media(id, query),
      connected: (windowPort) =>
        serveWindow(
          place,
          windowPort,
          (procedure, thrown) =>
            void wordsOf(thrown, path ? [path] : []).then((words) => say(`'${procedure}' failed: ${words}`)),
        ),
    });
    if (wantsDemo && initial === null) void place.demo.make();
    say(`Visage is at ${host.address}`);
    say('Open it in a browser on this machine. Ctrl-C ends it.');
    if (options.open === true) openBrowser(host.address, say);
    if (!signal.aborted) await once(signal, 'abort');
    say('Ending …');
    await Promise.all([host.close(), place.close()]);
    return { json: { address: host.address }, text: [] };
  },
};

/** A browser that cannot be started is no failure: the address is printed. */
function openBrowser(address: string, say: (line: string) => void): void {
  const [program, ...before] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['explorer.exe'] : ['xdg-open'];
  const child = spawn(program, [...before, address], { stdio: 'ignore', detached: true });
  child.on('error', () => say(`No browser could be started with '${program}'; open the address yourself.`));
  child.unref();
}
