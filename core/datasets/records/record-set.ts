import { existsSync } from 'node:fs';
import { sentenceOf } from '../../foundation/fault.ts';
import { packedPath } from '../../foundation/packed/pictures.ts';
import { RecordFile } from '../../foundation/packed/record-file.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import { readText } from '../../foundation/tables/in-memory.ts';
import { namesOf, readList } from './list.ts';

/** A picture of a record file. */
export interface RecordedPicture {
  key: number;
  /** Path under which the picture can be read (foundation/packed). */
  path: string;
  label: number;
  /** The identity's name by the list beside the file, else its label. */
  identity: string;
}

/** A record that could not be read. */
export interface RecordReject {
  key: number | undefined;
  sentence: string;
}

/** A training set in the layout of the ArcFace code, or any file of im2rec: pictures with their identities. */
export class RecordSet {
  readonly file: RecordFile;
  /** Keys of pictures, ascending. */
  readonly keys: readonly number[];
  /** Identities that record 0 promises; undefined for files of im2rec, which lack it. */
  readonly identities: number | undefined;
  readonly #names: ReadonlyMap<number, string>;
  readonly #missing: number;

  /** @throws Fault when the file or its index cannot be read */
  constructor(path: string) {
    this.file = new RecordFile(path);
    const list = path.replace(/\.rec$/i, '.lst');
    this.#names = existsSync(list) ? namesOf(readList(readText(list).text, () => {})) : new Map();
    const promised = this.#described();
    if (promised === undefined) {
      this.keys = [...this.file.keys];
      this.identities = undefined;
      this.#missing = 0;
    } else {
      const [end, last] = promised;
      this.keys = [...this.file.keys].filter((key) => key > 0 && key < end);
      this.identities = last - end;
      this.#missing = end - 1 - this.keys.length;
    }
  }

  /** Record 0 of the ArcFace layout: [pictures + 1, pictures + 1 + identities]. */
  #described(): [number, number] | undefined {
    if (!this.file.has(0)) return undefined;
    try {
      const { labels, many } = this.file.labels(0);
      return many && labels.length >= 2 && labels[1] >= labels[0] ? [labels[0], labels[1]] : undefined;
    } catch {
      // A damaged record 0 costs the promise, not the pictures.
      return undefined;
    }
  }

  /** Every picture with its identity, in the order of keys; records that cannot be read go to `reject`. */
  *pictures(reject: (reject: RecordReject) => void, options: WorkOptions = {}): Generator<RecordedPicture> {
    for (const damage of this.file.damage) reject(damage);
    if (this.#missing > 0) {
      reject({
        key: undefined,
        sentence: `'${this.file.path}' promises ${this.#missing.toLocaleString('en-US')} more pictures than its index has.`,
      });
    }
    for (const [i, key] of this.keys.entries()) {
      if (i % 1024 === 0) throwIfCancelled(options.signal);
      let found: ReturnType<RecordFile['labels']>;
      try {
        found = this.file.labels(key);
      } catch (thrown) {
        reject({ key, sentence: sentenceOf(thrown) });
        continue;
      }
      // Records of identities, in files whose record 0 is damaged or gone, carry no picture.
      if (found.pictureBytes === 0) continue;
      const [label] = found.labels;
      const identity = this.#names.get(label) ?? String(label);
      yield { key, path: packedPath(this.file.path, key), label, identity };
    }
  }

  close(): void {
    this.file.close();
  }
}
