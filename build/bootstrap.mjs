// What `npm start`, `npm test`, `npm run visage` and `npm run bench` run first. It must work on any Node from
// version 20 with nothing installed: it installs what is missing, then goes on under the pinned Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Installed means: the lock file that npm left in node_modules is not older than ours. */
function installed() {
  const ours = join(root, 'package-lock.json');
  const theirs = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(node) || !existsSync(theirs)) return false;
  if (statSync(theirs).mtimeMs >= statSync(ours).mtimeMs) return true;
  const versions = (file) =>
    Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)
      .filter(([name, entry]) => name !== '' && !entry.optional)
      .map(([name, entry]) => `${name}@${entry.version}`);
  const have = new Set(versions(theirs));
  return versions(ours).every((entry) => have.has(entry));
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) {
    console.error(`Could not run ${command}: ${result.error.message}.`);
    process.exit(1);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
}

if (!installed()) {
  console.error('Installing what Visage needs (once, from the npm registry) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // stdout belongs to the command that follows (its last line may be JSON), so npm's words go to stderr.
  run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    // Nothing is downloaded from elsewhere; npm before version 11 does not know package.json's allowScripts.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', ELECTRON_SKIP_BINARY_DOWNLOAD: '1' },
    shell: process.platform === 'win32',
  });
}

const [task, ...rest] = process.argv.slice(2);
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
const cli = join(root, 'core', 'cli', 'main.ts');
// A relative path on the command line is meant from where the user stands, not from the project's root.
const userFolder = process.env.INIT_CWD ?? process.cwd();

const build = () => run(node, [join(root, 'build', 'renderer.ts')], { env });

const tasks = {
  start: () => {
    build();
    run(node, [join(root, 'build', 'start.ts'), ...rest], { env, cwd: userFolder });
  },
  build,
  package: () => run(node, [join(root, 'build', 'packaging', 'package.ts'), ...rest], { env }),
  visage: () => run(node, [cli, ...rest], { env, cwd: userFolder }),
  bench: () => run(node, [join(root, 'tests', 'bench', 'main.ts'), ...rest], { env }),
  test: () => {
    if (rest.length === 0) {
      run(node, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'], { env });
      run(
        node,
        [join(root, 'node_modules', 'vue-tsc', 'bin', 'vue-tsc.js'), '-p', 'renderer/tsconfig.json'],
        { env },
      );
      run(node, [join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'check', '.'], { env });
      run(node, [join(root, 'build', 'layers.ts')], { env });
    }
    run(node, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...rest], { env });
  },
};

if (!(task in tasks)) {
  console.error(`Unknown task '${task ?? ''}'. Known: ${Object.keys(tasks).join(', ')}.`);
  process.exit(2);
}
tasks[task]();
