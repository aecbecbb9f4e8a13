import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readManifest } from '../../exports/manifest.ts';
import type { Manifest, Plan } from '../../exports/types.ts';
import { MANIFEST_FILE } from '../../exports/write.ts';
import type { ProjectStore } from '../../project/store.ts';

type Settings = Omit<Manifest['settings'], 'selection'>;

/** One export of a project, as `visage export P.visage --list --json` prints it. */
export interface ListedExport {
  folder: string;
  /** When it was written, milliseconds since 1970. */
  time: number;
  exists: boolean;
  images: number | null;
  cohorts: number | null;
  settings: Settings | null;
}

/** An export in full, without its faces. */
export interface ExportSummary extends ListedExport {
  manifest: string;
  /** SHA-256 of manifest.json. */
  hash: string;
  project: string;
  selection: Record<string, unknown>;
  short: Plan['short'];
  taken: Plan['cohorts'];
  passedOver: Plan['passedOver'];
  sources: { name: string; images: number }[];
  identities: number;
  bytes: number;
  files: Manifest['files'];
}

/** Manifests above this size are not read for the list: some 100,000 faces. */
const LISTED_BYTES = 48 * 1024 * 1024;

/**
 * The exports of a project, the latest first: those in its exports/ folder, and those that its jobs wrote elsewhere,
 * also where they were removed since.
 */
export async function listExports(project: ProjectStore): Promise<ListedExport[]> {
  const found = new Map<string, ListedExport>();
  const own = join(project.path, 'exports');
  for (const name of await readdir(own).catch(() => [])) {
    const folder = join(own, name);
    if (existsSync(join(folder, MANIFEST_FILE))) found.set(folder, await listed(folder));
  }
  for (const { kind, state, result, ended } of project.jobs()) {
    if (kind !== 'export' || state !== 'done' || typeof result?.manifest !== 'string') continue;
    const folder = dirname(resolve(result.manifest));
    if (found.has(folder)) continue;
    const there = existsSync(join(folder, MANIFEST_FILE));
    found.set(
      folder,
      there
        ? await listed(folder)
        : {
            ...{ folder, time: ended ?? 0, exists: false, settings: null },
            images: typeof result.images === 'number' ? result.images : null,
            cohorts: typeof result.cohorts === 'number' ? result.cohorts : null,
          },
    );
  }
  return [...found.values()].sort((a, b) => b.time - a.time);
}

async function listed(folder: string): Promise<ListedExport> {
  const path = join(folder, MANIFEST_FILE);
  const { size, mtimeMs } = await stat(path);
  const manifest = size > LISTED_BYTES ? undefined : await readManifest(path).catch(() => undefined);
  return {
    ...{ folder, time: mtimeMs, exists: true },
    images: manifest?.faces.length ?? null,
    cohorts: manifest?.cohorts.length ?? null,
    settings: manifest ? settingsOf(manifest) : null,
  };
}

function settingsOf({ settings: { selection: _, ...settings } }: Manifest): Settings {
  return settings;
}

/** Everything that an export's manifest says, but for its faces. @throws Fault when it cannot be read */
export async function readExport(folder: string): Promise<ExportSummary> {
  const path = resolve(folder, MANIFEST_FILE);
  const manifest = await readManifest(path);
  const sources = new Map<string, number>();
  const people = new Set<string>();
  let bytes = 0;
  for (const face of manifest.faces) {
    sources.set(face.source, (sources.get(face.source) ?? 0) + 1);
    if (face.identity !== null) people.add(`${face.source}\0${face.identity}`);
    bytes += face.bytes;
  }
  return {
    folder: dirname(path),
    time: (await stat(path)).mtimeMs,
    exists: true,
    images: manifest.faces.length,
    cohorts: manifest.cohorts.length,
    settings: settingsOf(manifest),
    manifest: path,
    hash: createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
    project: manifest.project,
    selection: manifest.settings.selection,
    short: manifest.short,
    taken: manifest.cohorts,
    passedOver: manifest.passedOver ?? [],
    sources: [...sources].map(([name, images]) => ({ name, images })),
    identities: people.size,
    bytes,
    files: manifest.files,
  };
}
