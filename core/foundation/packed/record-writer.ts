import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { diskFault } from '../fault.ts';
import { partialOf, writeAll, writeWhole } from '../whole.ts';
import { indexOf } from './record-index.ts';
import { frameRecord, packRecord } from './recordio.ts';

/** Writes a RecordIO file and its index; both appear whole when it is closed, or not at all. */
export class RecordWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #index: string[] = [];
  #at = 0;
  #open = true;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(partialOf(path), 'w');
    } catch (thrown) {
      throw diskFault(thrown, path, 'written') ?? thrown;
    }
  }

  /** @param labels one number, or several */
  append(key: number, labels: number | readonly number[], picture: Uint8Array = new Uint8Array(0)): void {
    const bytes = frameRecord(packRecord(labels, key, picture));
    try {
      writeAll(this.#fd, bytes, this.#at);
    } catch (thrown) {
      throw diskFault(thrown, this.#path, 'written', 'Nothing was written.') ?? thrown;
    }
    this.#index.push(`${key}\t${this.#at}\n`);
    this.#at += bytes.length;
  }

  /** @throws DiskFault where the disk refuses; nothing is left then */
  close(): void {
    const index = indexOf(this.#path);
    try {
      fsyncSync(this.#fd);
      writeWhole(index, (fd) => {
        for (let i = 0; i < this.#index.length; i += 10_000)
          writeAll(fd, Buffer.from(this.#index.slice(i, i + 10_000).join('')));
      });
      renameSync(partialOf(this.#path), this.#path);
    } catch (thrown) {
      rmSync(index, { force: true });
      throw diskFault(thrown, this.#path, 'written') ?? thrown;
    } finally {
      this.discard();
    }
  }

  /** Gives up; what was there before stays. */
  discard(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
    rmSync(partialOf(this.#path), { force: true });
  }
}
