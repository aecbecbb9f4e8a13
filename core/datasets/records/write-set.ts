import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../foundation/fault.ts';
import { RecordWriter } from '../../foundation/packed/record-writer.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import { writeWhole } from '../../foundation/whole.ts';
import { listLine } from './list.ts';

/** One identity of a set that is written. */
export interface WrittenIdentity {
  name: string;
  /** Paths as the list is to say them. */
  pictures: readonly string[];
}

export interface WrittenSet {
  identities: number;
  pictures: number;
}

/**
 * Writes a training set in the layout of the ArcFace code into `folder`: `NAME.rec`, `.idx`, `.lst` and `property`.
 * Record 0 says where pictures end and identities end; pictures have the keys 1…n, identity by identity; then each
 * identity's own record says its pictures' keys.
 * @param bytesOf the encoded picture of a path of the list
 * @param size width and height of all pictures, for `property`
 */
export function writeRecordSet(
  folder: string,
  name: string,
  identities: readonly WrittenIdentity[],
  bytesOf: (path: string) => Uint8Array,
  size: readonly [width: number, height: number],
  options: WorkOptions = {},
): WrittenSet {
  const pictures = identities.reduce((sum, identity) => sum + identity.pictures.length, 0);
  // Keys and labels pass through float32.
  if (pictures + identities.length >= 2 ** 24) {
    throw new Fault(
      `A record set holds at most ${2 ** 24} records; there are ${pictures + identities.length}.`,
    );
  }
  const writer = new RecordWriter(join(folder, `${name}.rec`));
  const lines: string[] = [];
  try {
    writer.append(0, [pictures + 1, pictures + 1 + identities.length]);
    let key = 1;
    const spans: [number, number][] = [];
    for (const [label, identity] of identities.entries()) {
      const first = key;
      for (const path of identity.pictures) {
        throwIfCancelled(options.signal);
        writer.append(key, label, bytesOf(path));
        lines.push(listLine({ key, labels: [label], path }));
        options.onProgress?.({ stage: 'Writing records', done: key, total: pictures, unit: 'pictures' });
        key++;
      }
      spans.push([first, key]);
    }
    for (const span of spans) writer.append(key++, span);
  } catch (thrown) {
    writer.discard();
    throw thrown;
  }
  const beside: [string, string][] = [
    [`${name}.lst`, lines.join('')],
    ['property', `${identities.length},${size[1]},${size[0]}\n`],
  ];
  const written: string[] = [];
  try {
    for (const [file, text] of beside) {
      const path = join(folder, file);
      if (!existsSync(path)) written.push(path);
      writeWhole(path, text);
    }
    // Last, for it is what says that a set is there.
    writer.close();
  } catch (thrown) {
    for (const path of written) rmSync(path, { force: true });
    writer.discard();
    throw thrown;
  }
  return { identities: identities.length, pictures };
}
