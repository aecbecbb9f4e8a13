import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { lookAtImage, pooled } from '../../datasets/imagefile.ts';
import { folderOf } from '../../datasets/listing.ts';
import { RecordSet } from '../../datasets/records/record-set.ts';
import { writeRecordSet } from '../../datasets/records/write-set.ts';
import { ReadReport } from '../../datasets/report.ts';
import { walkImages } from '../../datasets/walk.ts';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import { inFolder, wholeFolder } from '../../foundation/whole.ts';
import { endingOf } from './ending.ts';

/** What was left out, and why. */
export interface ConvertReject {
  what: string;
  sentence: string;
}

export interface ConvertedRecords {
  kind: 'records to folder' | 'folder to records';
  from: string;
  to: string;
  identities: number;
  pictures: number;
  /** Identities of a single picture, from which no training learns that two pictures are alike. */
  singles: number;
  rejected: number;
  rejects: ConvertReject[];
}

/** Letters that a folder may be called by on every system. */
const folderName = (identity: string): string =>
  identity.replaceAll(/[^\p{L}\p{N}._ -]/gu, '_').replace(/^\.+/, '_');

const countOf = (people: ReadonlyMap<string, number>) => ({
  identities: people.size,
  pictures: [...people.values()].reduce((sum, count) => sum + count, 0),
  singles: [...people.values()].filter((count) => count === 1).length,
});

/** Unpacks a record file: one folder per identity, one file per picture, bytes as they are. */
export function recordsToFolder(from: string, to: string, options: WorkOptions): ConvertedRecords {
  const set = new RecordSet(from);
  const rejects: ConvertReject[] = [];
  const people = new Map<string, number>();
  try {
    wholeFolder(to, (folder) => {
      // Numbers of equal length, so that folders and files stand in the order of the records.
      const digits = String(set.keys.at(-1) ?? 0).length;
      let done = 0;
      const reject = ({ key, sentence }: { key?: number; sentence: string }): void => {
        rejects.push({ what: key === undefined ? basename(from) : `record ${key}`, sentence });
      };
      for (const { key, identity } of set.pictures(reject, options)) {
        throwIfCancelled(options.signal);
        const name = folderName(/^\d+$/.test(identity) ? identity.padStart(digits, '0') : identity);
        const { picture } = set.file.read(key);
        if (!people.has(name)) mkdirSync(join(folder, name));
        people.set(name, (people.get(name) ?? 0) + 1);
        writeFileSync(
          join(folder, name, `${String(key).padStart(digits, '0')}.${endingOf(picture)}`),
          picture,
        );
        done++;
        options.onProgress?.({ stage: 'Unpacking', done, total: set.keys.length, unit: 'pictures' });
      }
      if (done === 0) throw new Fault(`'${from}' holds no picture that can be read.`);
    });
  } finally {
    set.close();
  }
  return { kind: 'records to folder', from, to, ...countOf(people), rejected: rejects.length, rejects };
}

interface Seen {
  path: string;
  size: string;
  width: number;
  height: number;
}

/** Packs a folder per identity into a record file in the layout of the ArcFace code. All pictures have one size. */
export async function folderToRecords(
  from: string,
  to: string,
  options: WorkOptions,
): Promise<ConvertedRecords> {
  const rejects: ConvertReject[] = [];
  const paths: string[] = [];
  const report = new ReadReport();
  for await (const path of walkImages(from, options.signal, report)) {
    if (/[\r\n]/.test(path)) {
      rejects.push({
        what: path,
        sentence:
          'Its path holds a line break, which a list (.lst) has no way to write; allowed: names of one line.',
      });
    } else if (folderOf(path) !== '') paths.push(path);
    else
      rejects.push({
        what: path,
        sentence: 'It lies in no folder of a person; allowed: one folder per identity.',
      });
  }
  for (const { file: what, sentence } of report.rejects) rejects.push({ what, sentence });
  const seen: Seen[] = [];
  let done = 0;
  const look = async (path: string) => ({ path, file: await lookAtImage(join(from, path)) });
  for await (const { path, file } of pooled(paths, 2 * availableParallelism(), look)) {
    throwIfCancelled(options.signal);
    options.onProgress?.({
      stage: 'Looking at pictures',
      done: ++done,
      total: paths.length,
      unit: 'pictures',
    });
    const { width, height, problem } = file;
    if (width === undefined || height === undefined || file.state !== 'ok') {
      rejects.push({ what: path, sentence: problem ?? 'It cannot be read.' });
    } else seen.push({ path, size: `${width}×${height}`, width, height });
  }
  const bySize = Map.groupBy(seen, ({ size }) => size);
  const [kept] = [...bySize.values()].sort((a, b) => b.length - a.length);
  if (kept === undefined) {
    throw new Fault(`'${from}' holds no pictures in folders of people; one folder per identity is expected.`);
  }
  for (const { path, size } of seen) {
    if (size !== kept[0].size) {
      const sentence = `It has ${size} pixels; a record file holds pictures of one size, and most here have ${kept[0].size}.`;
      rejects.push({ what: path, sentence });
    }
  }
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const identities = [...Map.groupBy(kept, ({ path }) => folderOf(path))]
    .map(([name, pictures]) => ({ name, pictures: pictures.map(({ path }) => path).sort(compare) }))
    .sort((a, b) => compare(a.name, b.name));
  const size = [kept[0].width, kept[0].height] as const;
  const name = basename(to).replace(/\.rec$/i, '');
  const bytesOf = (path: string): Uint8Array => readFileSync(join(from, path));
  await inFolder(dirname(to), () => writeRecordSet(dirname(to), name, identities, bytesOf, size, options));
  rejects.sort((a, b) => compare(a.what, b.what));
  const people = new Map(identities.map(({ name, pictures }) => [name, pictures.length]));
  return { kind: 'folder to records', from, to, ...countOf(people), rejected: rejects.length, rejects };
}
