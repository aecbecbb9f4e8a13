import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type HeadManifest,
  parseHeadManifest,
  readHead,
  type StoredHead,
  writeHeads,
} from '../../attributes/heads/files.ts';
import { Fault } from '../../foundation/fault.ts';
import type { ModelRecord, ProjectStore } from '../../project/store.ts';
import type { FeatureSet } from '../../project/types.ts';

/** One attribute's newest head in the project. */
export interface HeadOfProject {
  attribute: string;
  record: ModelRecord;
  manifest: HeadManifest;
  load(): StoredHead;
}

/** Whether a model of the project is a set of heads: it has no graph, and no network's manifest. */
export const isHeads = ({ manifest }: ModelRecord): boolean =>
  (manifest as { task?: unknown } | null)?.task === 'head';

/** @throws Fault when the record is a set of heads, for work that needs a network. */
export function refuseHeads(record: ModelRecord): void {
  if (isHeads(record))
    throw new Fault(
      `'${record.name}' holds attribute heads and no network; heads are applied with: visage heads P.visage apply.`,
    );
}

/** Every record of heads, oldest first. */
export function headRecords(project: ProjectStore): { record: ModelRecord; manifest: HeadManifest }[] {
  return project
    .models()
    .flatMap((record) => {
      const manifest = parseHeadManifest(record.manifest, record.name);
      return manifest ? [{ record, manifest }] : [];
    })
    .sort((a, b) => a.record.time - b.record.time || a.record.id - b.record.id);
}

/** The newest head of each attribute, of these feature sets or of any. */
export function newestHeads(
  project: ProjectStore,
  features?: readonly FeatureSet[],
): Map<string, HeadOfProject> {
  const found = new Map<string, HeadOfProject>();
  const wanted = features?.map(({ name }) => name).join('\n');
  for (const { record, manifest } of headRecords(project)) {
    if (wanted !== undefined && manifest.features.map(({ name }) => name).join('\n') !== wanted) continue;
    for (const { attribute } of manifest.heads) {
      found.set(attribute, {
        attribute,
        record,
        manifest,
        load: () => readHead(record.folder, manifest, attribute),
      });
    }
  }
  return found;
}

/** Hashes of heads that newer heads of the same attributes and features have replaced. */
export function supersededHashes(project: ProjectStore, attribute: string): Set<string> {
  const newest = new Map<string, string>();
  const old = new Set<string>();
  for (const { record, manifest } of headRecords(project)) {
    if (!manifest.heads.some((head) => head.attribute === attribute)) continue;
    const features = manifest.features.map(({ name }) => name).join('\n');
    const before = newest.get(features);
    if (before !== undefined) old.add(before);
    newest.set(features, record.hash);
    old.delete(record.hash);
  }
  return old;
}

/** @throws Fault when the features were extracted anew with another model since the head was trained. */
export function checkFeatures(head: HeadOfProject, sets: readonly FeatureSet[]): void {
  head.manifest.features.forEach((source, i) => {
    if (sets[i].modelHash === source.modelHash && sets[i].dimensions === source.dimensions) return;
    throw new Fault(
      `The head for '${head.attribute}' was trained on '${source.name}' of model ${source.modelHash.slice(0, 12)} (${source.dimensions} dimensions), but the features now come from ${sets[i].modelHash.slice(0, 12)} (${sets[i].dimensions}); train the heads again.`,
    );
  });
}

/**
 * Stores heads as one model of the project. The same heads again (same features, labels and settings) give the record
 * that is there.
 */
export function storeHeads(
  project: ProjectStore,
  manifest: HeadManifest,
  heads: readonly StoredHead[],
): ModelRecord {
  const models = join(project.path, 'models');
  const draft = mkdtempSync(join(models, '.heads-'));
  try {
    const hash = writeHeads(draft, manifest, heads);
    const known = project.models().find((record) => record.hash === hash);
    if (known) return known;
    const folder = join(models, `heads-${hash.slice(0, 12)}`);
    // A folder without a record is what a crash between the two left.
    if (existsSync(folder)) rmSync(folder, { recursive: true });
    renameSync(draft, folder);
    return project.addModel({
      name: `${manifest.name}#${hash.slice(0, 8)}`,
      hash,
      manifest,
      folder,
    });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
