import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The arrows of the architecture: which folder of core/ may import which. A folder may always import
 * itself. Folders that are not named here may import nothing from core/ but `foundation`.
 */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  foundation: [],
  contract: ['foundation', 'attributes'],
  attributes: ['foundation'],
  project: ['foundation', 'attributes'],
  datasets: ['foundation', 'attributes', 'project'],
  synthetic: ['foundation', 'attributes'],
  exports: ['foundation', 'attributes', 'project'],
  graph: ['foundation'],
  engine: ['foundation', 'graph'],
  models: ['foundation', 'attributes', 'graph', 'engine'],
  clusters: ['foundation', 'attributes', 'graph', 'engine'],
  training: [
    'foundation',
    'attributes',
    'project',
    'datasets',
    'synthetic',
    'graph',
    'engine',
    'models',
    'clusters',
    'evaluation',
  ],
  evaluation: ['foundation'],
  jobs: [
    'foundation',
    'attributes',
    'project',
    'datasets',
    'synthetic',
    'exports',
    'graph',
    'engine',
    'models',
    'clusters',
    'training',
    'evaluation',
  ],
  cli: ['*'],
  host: ['*'],
};

/** What each top-level folder may import from core/. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  renderer: ['contract'],
  electron: ['*'],
  build: [],
};

const IMPORT = /(?:from\s+|import\s*\(\s*|import\s+)['"](\.[^'"]+)['"]/g;

/** One import that points against the arrows. */
export interface Violation {
  file: string;
  imports: string;
  sentence: string;
}

/** Checks one file's text; `file` is relative to `root`. */
export function violationsOf(root: string, file: string, text: string): Violation[] {
  const parts = file.split('/');
  const allowed = parts[0] === 'core' ? (ARROWS[parts[1]] ?? ['foundation']) : OUTSIDE[parts[0]];
  if (allowed === undefined || allowed.includes('*')) return [];
  const found: Violation[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const target = relative(root, resolve(root, dirname(file), match[1])).split('/');
    // What versions there are is no folder's code.
    if (target.join('/') === 'package.json') continue;
    if (target[0] === 'core') {
      if (parts[0] === 'core' && parts[1] === target[1]) continue;
      if (allowed.includes(target[1])) continue;
    } else if (target[0] === parts[0]) {
      continue;
    } else if (parts[0] !== 'core') {
      continue;
    }
    found.push({
      file,
      imports: target.join('/'),
      sentence: `${file} imports ${target.join('/')}, but ${parts.slice(0, 2).join('/')} may import only: ${allowed.join(', ') || 'nothing else'}.`,
    });
  }
  return found;
}

function* sources(root: string, folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* sources(root, path);
    else if (/\.(ts|mts|vue)$/.test(entry.name)) yield path;
  }
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const violations = ['core', 'electron', 'renderer', 'build'].flatMap((folder) =>
    [...sources(root, folder)].flatMap((file) =>
      violationsOf(root, file, readFileSync(join(root, file), 'utf8')),
    ),
  );
  for (const violation of violations) console.error(violation.sentence);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
