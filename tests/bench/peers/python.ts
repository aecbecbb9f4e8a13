import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const PEERS = import.meta.dirname;

export const venvPython = (): string =>
  join(PEERS, '.venv', ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));

/** The Python that has the modules: the peers' own environment, or the system's; undefined where neither has. */
export function peerPython(...modules: string[]): string | undefined {
  return [venvPython(), '/usr/bin/python3'].find((python) => {
    if (!existsSync(python)) return false;
    try {
      execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

export const HOW_TO_MAKE =
  "OpenCV for Python is not there: run 'node tests/bench/peers/make.ts', or install Debian's python3-opencv.";
