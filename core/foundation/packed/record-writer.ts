import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { indexOf } from './record-index.ts';
import { frameRecord, packRecord } from './recordio.ts';

/** Writes a RecordIO file and its index; both appear whole when it is closed, or not at all. */
export class RecordWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #index: string[] = [];
  #at = 0;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(this.#partial(path), 'w');
  }

  /** @param labels one number, or several */
  append(key: number, labels: number | readonly number[], picture: Uint8Array = new Uint8Array(0)): void {
    const bytes = frameRecord(packRecord(labels, key, picture));
    for (let written = 0; written < bytes.length; )
      written += writeSync(this.#fd, bytes, written, bytes.length - written, this.#at + written);
    this.#index.push(`${key}\t${this.#at}\n`);
    this.#at += bytes.length;
  }

  close(): void {
    closeSync(this.#fd);
    const index = indexOf(this.#path);
    const fd = openSync(this.#partial(index), 'w');
    try {
      for (let i = 0; i < this.#index.length; i += 10_000)
        writeSync(fd, this.#index.slice(i, i + 10_000).join(''));
    } finally {
      closeSync(fd);
    }
    renameSync(this.#partial(index), index);
    renameSync(this.#partial(this.#path), this.#path);
  }

  /** Gives up; what was there before stays. */
  discard(): void {
    closeSync(this.#fd);
    rmSync(this.#partial(this.#path), { force: true });
  }

  #partial(path: string): string {
    return `${path}.${process.pid}.partial`;
  }
}
