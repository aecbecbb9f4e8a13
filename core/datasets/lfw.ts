import { join } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { noun } from '../foundation/noun.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import type { NewFace } from '../project/types.ts';
import { firstLine, folderOf, nameOf, type SourceListing } from './listing.ts';
import { type OpenOptions, type OpenSource, PORTION, Portions, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { shareWords } from './share-words.ts';
import { anyRows } from './table.ts';
import { walkImages } from './walk.ts';

/** 'Abel_Pacheco/Abel_Pacheco_0001.jpg' → ['Abel_Pacheco', '1']; undefined for any other name. */
function personOf(path: string): [name: string, number: string] | undefined {
  const match = /^(.+)_(\d{4})\.[a-z]+$/i.exec(nameOf(path));
  return match && nameOf(folderOf(path)) === match[1] ? [match[1], String(Number(match[2]))] : undefined;
}

/** Files of pairs: 'pairs' in the name, first line folds and pairs per fold (or one count). */
function pairFilesOf(listing: SourceListing): string[] {
  return listing.files.filter((file) => {
    if (!/pairs.*\.txt$/i.test(nameOf(file))) return false;
    const [first, second] = listing.head(file).split(/\r?\n/, 2);
    return /^\d+(\s+\d+)?\s*$/.test(first) && /^\S+\s+\d+\s+(\S+\s+)?\d+\s*$/.test(second ?? '');
  });
}

const imageOf = (name: string, number: string): string => `${name}/${name}_${number.padStart(4, '0')}.jpg`;

/** The images that one file of pairs names, each once, in order; rows of another form are rejected. */
export async function imagesOfPairs(
  listing: SourceListing,
  file: string,
  report: ReadReport,
): Promise<{ pairs: number; images: Map<string, string> }> {
  const images = new Map<string, string>();
  let pairs = 0;
  for await (const { cells, line } of anyRows(listing, file, report)) {
    if (line === 1) continue;
    report.rows++;
    const [name, first, other, second] = cells;
    const same = cells.length === 3 && /^\d+$/.test(first) && /^\d+$/.test(other);
    const different = cells.length === 4 && /^\d+$/.test(first) && /^\d+$/.test(second);
    if (!same && !different) {
      const words = cells.join(' ').slice(0, 100);
      report.reject(
        file,
        line,
        words,
        `the row '${words}' is not allowed; allowed: 'name i j' or 'nameA i nameB j'.`,
      );
      continue;
    }
    pairs++;
    images.set(imageOf(name, first), name);
    if (same) images.set(imageOf(name, other), name);
    else images.set(imageOf(other, second), other);
  }
  const [folds, perFold] = firstLine(listing.head(file)).trim().split(/\s+/).map(Number);
  const expected = perFold === undefined ? 2 * folds : 2 * folds * perFold;
  if (expected !== pairs)
    report.note(`${file} says on line 1 that it has ${expected} pairs, but has ${pairs}.`);
  return { pairs, images };
}

async function* personFaces(
  listing: SourceListing,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const portions = new Portions();
  const present = new Set<string>();
  for await (const path of walkImages(listing.folder, options.signal, report)) {
    report.rows++;
    const person = personOf(path);
    if (!person) {
      report.reject(
        path,
        null,
        path,
        `'${path}' is not named as LFW names its images; allowed: Name_Surname/Name_Surname_0001.jpg.`,
      );
      continue;
    }
    present.add(`${person[0]}/${nameOf(path)}`);
    portions.add({ path, identity: person[0], raw: { number: person[1] } });
    if (portions.full) {
      throwIfCancelled(options.signal);
      yield portions.take();
    }
  }
  yield portions.take();
  for (const file of pairFilesOf(listing)) {
    const { pairs, images } = await imagesOfPairs(listing, file, report);
    report.rows -= pairs;
    const missing = [...images.keys()].filter((image) => !present.has(image)).length;
    report.note(
      `${file} names ${noun(pairs, 'pair')} of ${noun(images.size, 'image')}${missing > 0 ? `, of which ${missing} are not here` : ', all of them here'}.`,
    );
  }
}

/** Pairs without the images: the people and images that they name. */
async function* pairedFaces(
  listing: SourceListing,
  files: readonly string[],
  report: ReadReport,
): AsyncGenerator<NewFace[]> {
  const all = new Map<string, string>();
  for (const file of files) {
    const { images } = await imagesOfPairs(listing, file, report);
    for (const [image, identity] of images) all.set(image, identity);
  }
  let portion: NewFace[] = [];
  for (const [path, identity] of all) {
    portion.push({ path, identity, raw: { number: personOf(path)?.[1] ?? '' } });
    if (portion.length === PORTION) {
      yield portion;
      portion = [];
    }
  }
  yield portion;
}

/** LFW: a folder per person with numbered images; pairs.txt beside them, or alone. */
export const lfw: Reader = {
  format: 'lfw',
  title: 'LFW',
  looksFor: 'images named Name_Surname/Name_Surname_0001.jpg, or pairs.txt',
  match(listing) {
    const named = listing.images.filter((image) => personOf(image) !== undefined).length;
    const pairs = pairFilesOf(listing);
    if (named > 0 && named >= 0.8 * listing.images.length) {
      const beside = pairs.length > 0 ? `, and ${pairs.join(', ')}` : '';
      return {
        score: 0.95,
        why: `${shareWords(named, listing.images.length, 'named Name_Surname/Name_Surname_0001')}${beside}`,
      };
    }
    if (pairs.length > 0 && listing.images.length === 0) {
      return { score: 0.85, why: `${pairs.join(', ')} with pairs of names and numbers` };
    }
    return null;
  },
  open(listing, options): OpenSource {
    if (listing.images.length > 0) {
      return {
        name: 'LFW',
        roots: [listing.folder],
        fromImages: true,
        faces: (report) => personFaces(listing, report, options),
      };
    }
    const files = pairFilesOf(listing);
    if (files.length === 0) throw new Fault(`'${listing.path}' holds no LFW: looked for ${lfw.looksFor}.`);
    const up = join(listing.folder, '..');
    return {
      name: 'LFW',
      roots: [listing.folder, ...['lfw', 'lfw-deepfunneled', 'lfw_funneled'].map((name) => join(up, name))],
      fromImages: false,
      faces: (report) => pairedFaces(listing, files, report),
    };
  },
};
