import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { electronBinary } from './electron-binary.ts';
import { isStale } from './renderer.ts';

/**
 * npm start [-- PROJECT] [-- --web | --electron]: opens the window in Electron; where that cannot be, says so in one line
 * and opens it in the browser.
 */

/** A program that ends with an error so soon has not opened its window. */
const SOON_MS = 10_000;
const DOWNLOAD_MS = 120_000;

/** What was asked for, without the flags that are for this step alone. */
export interface Asked {
  host: 'web' | 'electron' | 'any';
  args: string[];
}

export function askedFor(words: readonly string[], env: NodeJS.ProcessEnv): Asked {
  const args = words.filter((word) => word !== '--web' && word !== '--electron');
  // A port is the web host's alone.
  const web =
    words.includes('--web') || env.VISAGE_WEB !== undefined || args.some((word) => /^--port\b/.test(word));
  return {
    host: web ? 'web' : words.includes('--electron') ? 'electron' : 'any',
    args: args.length > 0 ? args : ['--demo'],
  };
}

/** Why Electron cannot show a window here whatever its binary; undefined when it can. */
export function noDisplay(env: NodeJS.ProcessEnv, platform: string): string | undefined {
  return platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY
    ? 'There is no display here.'
    : undefined;
}

/** What the end of Electron's process means; undefined when it showed its window. */
export function notShown(
  code: number | null,
  signal: string | null,
  milliseconds: number,
): string | undefined {
  if ((code === 0 && signal === null) || milliseconds > SOON_MS || signal === 'SIGINT') return undefined;
  return `Electron ended at once (${signal ?? `code ${code}`}).`;
}

/** Opens Electron's window and waits for its end. Gives the reason when there was none. */
async function inElectron(root: string, { host, args }: Asked): Promise<string | undefined> {
  const blind = noDisplay(process.env, process.platform);
  if (blind !== undefined) return blind;
  const binary = electronBinary({
    folder: join(root, 'node_modules', 'electron'),
    limit: DOWNLOAD_MS,
    retry: host === 'electron',
    say: (line) => console.error(line),
  });
  if ('missing' in binary) return binary.missing;
  const bundle = join(root, 'dist', 'electron', 'main.js');
  if (isStale(root, bundle, ['electron', 'core', 'build/host-bundle.ts', 'package-lock.json'])) {
    const { bundleHost } = await import('./host-bundle.ts');
    await bundleHost(root, dirname(bundle));
  }
  const begun = performance.now();
  const child = spawn(binary.path, [root, ...args], { stdio: 'inherit' });
  const [code, signal] = (await Promise.race([
    once(child, 'exit'),
    once(child, 'error').then(() => [127, null]),
  ])) as [number | null, string | null];
  return notShown(code, signal, performance.now() - begun);
}

/** Serves the window and opens the browser on it; ends with it. */
async function inBrowser(root: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'core', 'cli', 'main.ts'), 'serve', '--open', ...args], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches the host too, which ends in order; this process waits for it.
  process.on('SIGINT', () => {});
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const asked = askedFor(process.argv.slice(2), process.env);
  const why = asked.host === 'web' ? '' : await inElectron(root, asked);
  if (why !== undefined && asked.host === 'electron') {
    console.error(why);
    process.exitCode = 1;
  } else if (why !== undefined) {
    if (why !== '') console.error(`${why} Opening the window in the browser instead.`);
    await inBrowser(root, asked.args);
  }
}
