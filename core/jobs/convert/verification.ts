import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPairSet } from '../../evaluation/pair-lists.ts';
import { diskFault } from '../../foundation/fault.ts';
import { pictureBytes } from '../../foundation/packed/pictures.ts';
import { readVerificationSet, writeVerificationSet } from '../../foundation/packed/verification-set.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import { wholeFolder } from '../../foundation/whole.ts';
import { facesOfFiles } from '../evaluation/pictures.ts';
import { endingOf } from './ending.ts';

export interface ConvertedVerification {
  kind: 'verification set to folder' | 'pairs to verification set';
  from: string;
  to: string;
  pairs: number;
  same: number;
  /** Distinct pictures. */
  pictures: number;
}

const counted = (same: readonly boolean[]) => ({ pairs: same.length, same: same.filter(Boolean).length });

/** Unpacks a verification set: its distinct pictures and `pairs.txt`, 'first<TAB>second<TAB>0|1' per line. */
export function verificationToFolder(from: string, to: string, options: WorkOptions): ConvertedVerification {
  const { pictures, same } = readVerificationSet(from);
  const names = new Map<string, string>();
  wholeFolder(to, (folder) => {
    const digits = String(pictures.length - 1).length;
    // The sets repeat a picture for every pair that it is in.
    const placed = pictures.map((picture, i) => {
      throwIfCancelled(options.signal);
      options.onProgress?.({ stage: 'Unpacking', done: i + 1, total: pictures.length, unit: 'pictures' });
      const content = Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength).toString('latin1');
      const known = names.get(content);
      if (known !== undefined) return known;
      const name = `${String(i).padStart(digits, '0')}.${endingOf(picture)}`;
      writeFileSync(join(folder, name), picture);
      names.set(content, name);
      return name;
    });
    const lines = same.map((flag, i) => `${placed[2 * i]}\t${placed[2 * i + 1]}\t${flag ? 1 : 0}\n`);
    writeFileSync(join(folder, 'pairs.txt'), lines.join(''));
  });
  return { kind: 'verification set to folder', from, to, ...counted(same), pictures: names.size };
}

/** Packs pairs of any layout that `readPairSet` takes into a verification set. @throws Fault when pictures are missing */
export function pairsToVerification(
  from: string,
  to: string,
  images: string | undefined,
  frontal: boolean,
  options: WorkOptions,
): ConvertedVerification {
  const set = readPairSet(from, frontal);
  const { paths, faces } = facesOfFiles(set, images);
  const bytes = new Map<string, Uint8Array>();
  for (const [i, { path }] of faces.entries()) {
    throwIfCancelled(options.signal);
    options.onProgress?.({ stage: 'Reading pictures', done: i + 1, total: faces.length, unit: 'pictures' });
    try {
      bytes.set(paths[i], pictureBytes(path));
    } catch (thrown) {
      throw diskFault(thrown, path, 'read') ?? thrown;
    }
  }
  const of = (path: string): Uint8Array => bytes.get(path) as Uint8Array;
  const same = set.pairs.map((pair) => pair.same);
  writeVerificationSet(to, {
    pictures: set.pairs.flatMap(({ first, second }) => [of(first), of(second)]),
    same,
  });
  return { kind: 'pairs to verification set', from, to, ...counted(same), pictures: paths.length };
}
