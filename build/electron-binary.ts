import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Electron's binary is, or why there is none, as a sentence. */
export type Binary = { path: string } | { missing: string };

/** A download that failed is not tried again for so long, so that the program starts at once meanwhile. */
const AGAIN_MS = 24 * 3600 * 1000;

export interface FetchOptions {
  /** Folder of the npm package 'electron'. */
  folder: string;
  /** Milliseconds that a download may take. */
  limit: number;
  /** Try although it failed lately. */
  retry: boolean;
  env?: NodeJS.ProcessEnv;
  say(line: string): void;
}

/** Electron's binary as its npm package says where it is; downloads it once where it is missing. */
export function electronBinary({ folder, limit, retry, env = process.env, say }: FetchOptions): Binary {
  const there = installedBinary(folder);
  if (there !== undefined) return { path: there };
  if (!existsSync(join(folder, 'install.js')))
    return { missing: "The npm package 'electron' is not installed." };
  const version = (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string })
    .version;
  if (env.ELECTRON_SKIP_BINARY_DOWNLOAD)
    return {
      missing: `Electron ${version} is not here, and ELECTRON_SKIP_BINARY_DOWNLOAD forbids to download it.`,
    };
  const marker = join(folder, 'download-failed');
  const failed = statSync(marker, { throwIfNoEntry: false });
  if (failed && !retry && Date.now() - failed.mtimeMs < AGAIN_MS)
    return {
      missing: `Electron ${version} is not here, and its download failed lately (--electron tries again).`,
    };
  say(`Downloading Electron ${version} (once, about 120 MB, at most ${limit / 1000} s) …`);
  const done = spawnSync(process.execPath, [join(folder, 'install.js')], {
    env,
    timeout: limit,
    killSignal: 'SIGKILL',
    stdio: 'ignore',
  });
  const path = installedBinary(folder);
  if (done.status === 0 && path !== undefined) {
    rmSync(marker, { force: true });
    return { path };
  }
  writeFileSync(marker, '');
  const why =
    (done.error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT'
      ? ` within ${limit / 1000} s`
      : '';
  return { missing: `Electron ${version} could not be downloaded${why}.` };
}

function installedBinary(folder: string): string | undefined {
  const note = join(folder, 'path.txt');
  if (!existsSync(note)) return undefined;
  const path = join(folder, 'dist', readFileSync(note, 'utf8').trim());
  return existsSync(path) ? path : undefined;
}
