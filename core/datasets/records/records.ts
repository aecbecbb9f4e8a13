import { closeSync, openSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FRAME_BYTES, frameOf } from '../../foundation/packed/recordio.ts';
import type { NewFace } from '../../project/types.ts';
import type { SourceListing } from '../listing.ts';
import { type OpenOptions, type OpenSource, Portions, type Reader } from '../reader.ts';
import type { ReadReport } from '../report.ts';
import { RecordSet } from './record-set.ts';

/** Deeper ones belong to sets of their own. */
const recordFiles = (listing: SourceListing): string[] =>
  listing.files.filter((file) => /^[^/]*\.rec$/i.test(file) && beginsAsRecord(join(listing.folder, file)));

function beginsAsRecord(path: string): boolean {
  const bytes = Buffer.alloc(FRAME_BYTES);
  const fd = openSync(path, 'r');
  try {
    return readSync(fd, bytes, 0, FRAME_BYTES, 0) === FRAME_BYTES && frameOf(bytes) !== undefined;
  } finally {
    closeSync(fd);
  }
}

async function* recordedFaces(
  listing: SourceListing,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const portions = new Portions();
  const files = recordFiles(listing);
  for (const file of files) {
    const set = new RecordSet(join(listing.folder, file));
    // Labels of two files are not the same people.
    const prefix = files.length > 1 ? `${file.replace(/\.rec$/i, '')}/` : '';
    let read = 0;
    const people = new Set<string>();
    try {
      const reject = ({ key, sentence }: { key: number | undefined; sentence: string }): void => {
        report.rows++;
        report.reject(file, null, key === undefined ? file : String(key), sentence);
      };
      for (const { key, identity } of set.pictures(reject, options)) {
        report.rows++;
        read++;
        people.add(identity);
        portions.add({ path: `${file}/${key}.jpg`, identity: prefix + identity });
        if (portions.full) yield portions.take();
      }
      if (set.identities !== undefined && set.identities !== people.size) {
        report.note(
          `${file} says that it has ${set.identities.toLocaleString('en-US')} identities; its ${read.toLocaleString('en-US')} pictures are of ${people.size.toLocaleString('en-US')}.`,
        );
      }
    } finally {
      set.close();
    }
  }
  yield portions.take();
}

/** RecordIO, as the public training sets of the ArcFace code come (`train.rec`, `train.idx`, `property`) and as im2rec writes. */
export const records: Reader = {
  format: 'records',
  title: 'RecordIO (ArcFace training set)',
  looksFor: 'a .rec file that begins as RecordIO, such as train.rec',
  match(listing) {
    const [first, ...others] = recordFiles(listing);
    if (first === undefined) return null;
    return {
      score: 0.95,
      why: `${first}${others.length > 0 ? ` and ${others.length} more record files` : ''}, which begins as RecordIO`,
    };
  },
  open(listing, options): OpenSource {
    const [first] = recordFiles(listing);
    return {
      name: listing.single ? (first ?? 'records').replace(/\.rec$/i, '') : basename(listing.folder),
      roots: [listing.folder],
      fromImages: true,
      faces: (report) => recordedFaces(listing, report, options),
    };
  },
};
