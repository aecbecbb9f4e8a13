import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { packedPlace, pictureBytes, pictureStat } from '../foundation/packed/pictures.ts';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import type { ImageRecord } from '../project/store.ts';
import type { NewFace } from '../project/types.ts';
import { nameOf } from './listing.ts';
import { pairStems } from './stems.ts';
import { walkImages } from './walk.ts';

/** SHA-256 of an image's file, hex. @throws as node:fs */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  if (packedPlace(path) !== undefined) return hash.update(pictureBytes(path)).digest('hex');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Size of an image's file; undefined where there is none. */
export const sizeOf = async (path: string): Promise<number | undefined> => {
  try {
    const found = packedPlace(path) === undefined ? await stat(path) : pictureStat(path);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
};

/** In place of the size of an image of which a table gave the hash alone: any file may be it. */
const ANY_SIZE = -1;

/** Images that are known by their content, but do not lie where they were last seen. */
class Absent {
  readonly #bySize = new Map<number, Map<string, ImageRecord[]>>();

  add(record: ImageRecord): void {
    if (record.hash === null) return;
    const bytes = record.bytes ?? ANY_SIZE;
    const hashes = this.#bySize.get(bytes) ?? new Map<string, ImageRecord[]>();
    hashes.set(record.hash, [...(hashes.get(record.hash) ?? []), record]);
    this.#bySize.set(bytes, hashes);
  }

  /** The absent image of the same content, which is absent no more. Only files of a fitting size are read. */
  async claim(path: string): Promise<ImageRecord | undefined> {
    if (this.#bySize.size === 0) return undefined;
    const size = await sizeOf(path);
    if (size === undefined) return undefined;
    const fitting = [this.#bySize.get(size), this.#bySize.get(ANY_SIZE)].filter(
      (hashes) => hashes !== undefined,
    );
    if (fitting.length === 0) return undefined;
    const hash = await hashOf(path);
    for (const hashes of fitting) {
      const record = hashes.get(hash)?.shift();
      if (record) return record;
    }
    return undefined;
  }
}

async function absentOf(
  records: readonly ImageRecord[],
  root: string,
  signal: AbortSignal | undefined,
): Promise<Absent> {
  const absent = new Absent();
  for (const record of records) {
    throwIfCancelled(signal);
    if (record.hash !== null && (await sizeOf(join(root, record.place))) === undefined) absent.add(record);
  }
  return absent;
}

/**
 * For sources whose rows are their image files: gives a file that moved or was renamed the path under which the project
 * knows it (by its place, or by its content), so that its face stays the same face.
 */
export class MovedFiles {
  readonly #root: string;
  readonly #signal: AbortSignal | undefined;
  readonly #records: readonly ImageRecord[];
  readonly #byPath: ReadonlySet<string>;
  readonly #byPlace: ReadonlyMap<string, ImageRecord>;
  #absent: Absent | undefined;
  /** New place of each image that was found moved. */
  readonly found = new Map<number, string>();

  constructor(records: readonly ImageRecord[], root: string, options: WorkOptions) {
    this.#root = root;
    this.#signal = options.signal;
    this.#records = records;
    this.#byPath = new Set(records.map((record) => record.path));
    this.#byPlace = new Map(
      records.filter(({ path, place }) => place !== path).map((record) => [record.place, record]),
    );
  }

  async settle(faces: readonly NewFace[]): Promise<NewFace[]> {
    const settled: NewFace[] = [];
    for (const face of faces) {
      const placed = this.#byPlace.get(face.path);
      if (placed) {
        settled.push({ ...face, path: placed.path });
        continue;
      }
      if (this.#byPath.has(face.path) || this.#records.length === 0) {
        settled.push(face);
        continue;
      }
      throwIfCancelled(this.#signal);
      this.#absent ??= await absentOf(this.#records, this.#root, this.#signal);
      const record = await this.#absent.claim(join(this.#root, face.path));
      if (record) this.found.set(record.id, face.path);
      settled.push(record ? { ...face, path: record.path } : face);
    }
    return settled;
  }
}

/** Where images that are not at their place lie now. */
export interface Found {
  /** Image id → path relative to the root. */
  places: Map<number, string>;
  /** Image id → why it was not decided. */
  doubts: Map<number, string>;
  /** Image id → the one file that differs from its path in ending or case alone: taken with the user's consent. */
  stems: Map<number, string>;
}

/**
 * Looks for images under the root that are not where their path says: by content where that is known, otherwise by a
 * path that ends with theirs (the root lies higher or lower than the labels think), and by their bare name where only
 * one file and one row have it.
 * @param taken files that are other images already
 * @param searched folders below the root in which it is looked
 */
export async function findElsewhere(
  missing: readonly ImageRecord[],
  root: string,
  taken: ReadonlySet<string>,
  options: WorkOptions,
  searched: readonly string[] = [root],
): Promise<Found> {
  const places = new Map<number, string>();
  const doubts = new Map<number, string>();
  const files: string[] = [];
  for (const folder of searched.filter((folder) => existsSync(folder))) {
    const below = relative(root, folder).split(sep).filter(Boolean);
    for await (const inside of walkImages(folder, options.signal)) {
      const file = [...below, inside].join('/');
      if (!taken.has(file)) files.push(file);
    }
  }
  const absent = new Absent();
  for (const record of missing) absent.add(record);
  const used = new Set<string>();
  for (const file of files) {
    throwIfCancelled(options.signal);
    const record = await absent.claim(join(root, file));
    if (!record) continue;
    places.set(record.id, file);
    used.add(file);
  }
  const byName = new Map<string, string[]>();
  for (const file of files) {
    if (used.has(file)) continue;
    const name = nameOf(file);
    const same = byName.get(name);
    if (same) same.push(file);
    else byName.set(name, [file]);
  }
  const unknown = missing.filter((record) => !places.has(record.id) && record.hash === null);
  const wanted = new Map<string, number>();
  for (const record of unknown) wanted.set(nameOf(record.path), (wanted.get(nameOf(record.path)) ?? 0) + 1);
  const whole = root.replaceAll('\\', '/');
  for (const record of unknown) {
    const candidates = (byName.get(nameOf(record.path)) ?? []).filter((file) => !used.has(file));
    const exact = candidates.filter((file) => `${whole}/${file}`.endsWith(`/${record.path}`));
    const fitting = exact.length > 0 ? exact : wanted.get(nameOf(record.path)) === 1 ? candidates : [];
    if (fitting.length === 1) {
      places.set(record.id, fitting[0]);
      used.add(fitting[0]);
    } else if (fitting.length > 1) {
      doubts.set(record.id, `Several files could be it: ${fitting.slice(0, 3).join(', ')}.`);
    }
  }
  const left = missing.filter((record) => !places.has(record.id) && !doubts.has(record.id));
  const stems = pairStems(
    left,
    files.filter((file) => !used.has(file)),
  );
  for (const [id, doubt] of stems.doubts) doubts.set(id, doubt);
  return { places, doubts, stems: stems.files };
}
