import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PEERS, venvPython } from './python.ts';

// node tests/bench/peers/make.ts [PYTHON]: makes the virtual environment of the benchmarks' peers; PYTHON is 3.11 or later.
const folder = join(PEERS, '.venv');
const python = process.argv[2] ?? 'python3';
const run = (file: string, ...rest: string[]): void => {
  execFileSync(file, rest, { stdio: 'inherit' });
};
try {
  run(python, '-m', 'venv', folder);
  run(
    venvPython(),
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '-r',
    join(PEERS, 'requirements.txt'),
  );
} catch (thrown) {
  rmSync(folder, { recursive: true, force: true });
  console.error(
    `The peers could not be installed (${(thrown as Error).message}). Where PyPI is not reached, install Debian's python3-opencv and python3-numpy: the benchmarks then take those.`,
  );
  process.exit(1);
}
