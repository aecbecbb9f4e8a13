import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What the cache takes on disk. */
export interface CacheSize {
  folder: string;
  files: number;
  bytes: number;
}

/**
 * Pictures on disk under names that say nothing of their content: the hash of what they were made from. A picture whose
 * file, region or size changes gets another name; what is never asked for again is only disk space.
 */
export class PictureCache {
  readonly #folder: string;
  /** False for projects that this process may not write: pictures are then made each time. */
  readonly #writable: boolean;
  #written = 0;

  constructor(folder: string, writable: boolean) {
    this.#folder = folder;
    this.#writable = writable;
  }

  async get(key: string, make: () => Promise<Uint8Array>, ending = 'webp'): Promise<Uint8Array> {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
    const file = join(this.#folder, name.slice(0, 2), `${name}.${ending}`);
    const kept = await readFile(file).catch(() => undefined);
    if (kept !== undefined && kept.length > 0) return kept;
    const bytes = await make();
    if (this.#writable) await this.#keep(file, bytes);
    return bytes;
  }

  async size(): Promise<CacheSize> {
    let files = 0;
    let bytes = 0;
    for (const group of await readdir(this.#folder).catch(() => [])) {
      const names = await readdir(join(this.#folder, group)).catch(() => []);
      const sizes = await Promise.all(
        names.map((name) =>
          stat(join(this.#folder, group, name)).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
      );
      files += sizes.length;
      bytes += sizes.reduce((sum, size) => sum + size, 0);
    }
    return { folder: this.#folder, files, bytes };
  }

  async clear(): Promise<void> {
    for (const group of await readdir(this.#folder).catch(() => []))
      await rm(join(this.#folder, group), { recursive: true, force: true });
  }

  /** A full disk or a folder that vanished costs only the cache, not the picture. */
  async #keep(file: string, bytes: Uint8Array): Promise<void> {
    const partial = `${file}.${process.pid}-${this.#written++}`;
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(partial, bytes);
      await rename(partial, file);
    } catch {
      // See above.
    }
  }
}
