import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { electronBinary } from '../electron-binary.ts';
import { bundleHost } from '../host-bundle.ts';
import { packagingProblems } from './check.ts';
import { programClosure, unneededPackages } from './closure.ts';
import { packagingConfig } from './config.ts';
import { ownTarget, TARGETS, targetName } from './target.ts';

/**
 * npm run package [-- --check | --dir]: makes the packages of the system that it runs on, in dist/packages. --check stops
 * before the step that needs Electron's binary, --dir makes the folder without installers.
 */
async function makePackages(root: string, flags: readonly string[]): Promise<string | undefined> {
  const target = ownTarget();
  if (target === undefined)
    return `There is no package for '${process.platform}-${process.arch}'; there is one for ${TARGETS.map(targetName).join(', ')}.`;
  console.error('Building the window and its host …');
  const { build: bundle } = await import('vite');
  await bundle({ configFile: join(root, 'renderer', 'vite.config.ts'), logLevel: 'warn' });
  await bundleHost(root, join(root, 'dist', 'electron'));
  const problems = packagingProblems(root, target);
  if (problems.length > 0) return problems.join('\n');
  console.error(`Everything for ${targetName(target)} is in place.`);
  if (flags.includes('--check')) return undefined;

  const folder = join(root, 'node_modules', 'electron');
  const binary = electronBinary({ folder, limit: 600_000, retry: true, say: (line) => console.error(line) });
  if ('missing' in binary) return `No package was made: ${binary.missing}`;
  const { build, Platform, Arch } = await import('electron-builder');
  const platform = { linux: Platform.LINUX, win32: Platform.WINDOWS, darwin: Platform.MAC }[target.platform];
  const output = join('dist', 'packages');
  rmSync(join(root, output), { recursive: true, force: true });
  const made = await build({
    projectDir: root,
    config: packagingConfig({
      target,
      electronDist: join(folder, 'dist'),
      unneeded: unneededPackages(root, programClosure(root).packages),
      output,
    }),
    targets: platform.createTarget(flags.includes('--dir') ? 'dir' : null, Arch[target.arch]),
  });
  for (const file of made) console.error(`Made ${file}`);
  return undefined;
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
  const problem = await makePackages(root, process.argv.slice(2)).catch(
    (thrown: Error) => `No package was made: ${thrown.message}`,
  );
  if (problem !== undefined) {
    console.error(problem);
    process.exitCode = 1;
  }
}
