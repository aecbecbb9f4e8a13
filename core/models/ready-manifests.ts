import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Manifest, readManifest } from './manifest.ts';

/** The folder of manifests that come with the program. */
export const READY_FOLDER = fileURLToPath(new URL('../../assets/manifests/', import.meta.url));

let loaded: Manifest[] | undefined;

/** Manifests of networks that users are likely to have, by name. */
export function readyManifests(): readonly Manifest[] {
  loaded ??= readdirSync(READY_FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readManifest(`${READY_FOLDER}${name}`));
  return loaded;
}

/** The ready manifest that one of these files belongs to, by content. */
export const manifestOfHash = (hash: string): Manifest | undefined =>
  readyManifests().find(({ files }) => files.some(({ sha256 }) => sha256 === hash));

/** The ready manifest of a network that is made from these shards of TensorFlow.js. */
export const manifestOfShards = (hash: string): Manifest | undefined =>
  readyManifests().find(({ files }) => files.some(({ shards }) => shards === hash));
