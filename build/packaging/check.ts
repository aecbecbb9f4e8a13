import { existsSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { programClosure } from './closure.ts';
import { FILES, UNPACKED } from './config.ts';
import { ICO_SIZES, PNG_SIZES } from './icons.ts';
import { excludedModules, type Target } from './target.ts';

/** True when a list of patterns, in which '!' takes away, holds a path; the last pattern that matches decides. */
export function listed(path: string, patterns: readonly string[]): boolean {
  return patterns.reduce((held, pattern) => {
    const taken = pattern.startsWith('!');
    return matchesGlob(path, taken ? pattern.slice(1) : pattern) ? !taken : held;
  }, false);
}

/** What is wrong with what would be packaged, as sentences. Bundles must be built. */
export function packagingProblems(
  root: string,
  target: Target,
  files: readonly string[] = FILES,
  unpacked: readonly string[] = UNPACKED,
): string[] {
  const problems: string[] = [];
  const { main, engine, packages } = programClosure(root);
  for (const missing of [...main.missing, ...engine.missing]) problems.push(`There is no ${missing}.`);

  for (const file of [...main.files, ...engine.files])
    if (!listed(file, files) && !files.some((pattern) => pattern.startsWith(`${file}/`)))
      problems.push(`'${file}' is needed and not in the list of files.`);
  for (const file of engine.files)
    if (!listed(file, unpacked) && !unpacked.some((pattern) => pattern.startsWith(`${file}/`)))
      problems.push(`'${file}' is read by the engine and not in the list of what is unpacked.`);

  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const excluded = excludedModules(target);
  const roots = new Set(Object.keys(dependencies));
  for (const name of packages) {
    if (excluded.some((pattern) => matchesGlob(`node_modules/${name}/package.json`, pattern)))
      problems.push(`The package '${name}' is needed and excluded.`);
    if (!existsSync(join(root, 'node_modules', name)))
      problems.push(`The package '${name}' is not installed.`);
  }
  for (const name of ['node', 'better-sqlite3', 'sharp', 'onnxruntime-node'])
    if (!roots.has(name)) problems.push(`The package '${name}' is not among the dependencies.`);

  for (const binary of binariesOf(target)) {
    if (!existsSync(join(root, binary))) problems.push(`'${binary}' is not installed.`);
    if (excluded.some((pattern) => matchesGlob(binary, pattern)))
      problems.push(`'${binary}' is needed and excluded.`);
  }
  for (const icon of ['visage.ico', 'visage.icns', ...PNG_SIZES.map((size) => `png/${size}x${size}.png`)])
    if (!existsSync(join(root, 'assets', 'icons', icon))) problems.push(`The icon '${icon}' is missing.`);
  if (!ICO_SIZES.includes(256)) problems.push('Windows needs an icon of 256 pixels.');
  return problems;
}

/** Native files that the program cannot do without. */
export function binariesOf({ platform, arch }: Target): string[] {
  return [
    `node_modules/node/bin/node${platform === 'win32' ? '.exe' : ''}`,
    `node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node`,
    `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`,
    `node_modules/@img/sharp-${platform}-${arch}/package.json`,
  ];
}
