import { basename } from 'node:path';
import { noun } from '../foundation/noun.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import type { NewFace } from '../project/types.ts';
import { folderOf, type SourceListing } from './listing.ts';
import { type OpenOptions, type OpenSource, Portions, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { type WalkCounts, walkImages } from './walk.ts';

const SPLIT = /^(train|val|test)(ing|idation)?$/i;

/** Split and identity of 'train/n0001/a.jpg': a first folder of that name is the split, the rest is the person. */
function placeOf(path: string): { split?: string; identity?: string } {
  const parts = folderOf(path).split('/').filter(Boolean);
  const match = parts.length > 1 ? SPLIT.exec(parts[0]) : null;
  if (match) parts.shift();
  const identity = parts.join('/');
  return {
    ...(match && { split: match[1].toLowerCase() }),
    ...(identity !== '' && { identity }),
  };
}

async function* imageFaces(
  listing: SourceListing,
  identities: boolean,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const portions = new Portions();
  const counts: WalkCounts = { others: 0 };
  for await (const path of walkImages(listing.folder, options.signal, report, counts)) {
    report.rows++;
    const place = identities ? placeOf(path) : {};
    if (identities && place.identity === undefined) {
      report.reject(
        path,
        null,
        path,
        'the image lies in no folder of a person; allowed: one folder per identity.',
      );
      continue;
    }
    portions.add({ path, ...place });
    if (portions.full) {
      throwIfCancelled(options.signal);
      yield portions.take();
    }
  }
  yield portions.take();
  if (counts.first !== undefined) {
    report.note(
      `%d other files were passed over: they are no images by their names (the first is '${counts.first}').`,
      counts.others,
    );
  }
}

function openFolder(listing: SourceListing, identities: boolean, options: OpenOptions): OpenSource {
  return {
    name: basename(listing.folder),
    roots: [listing.folder],
    fromImages: true,
    faces: (report) => imageFaces(listing, identities, report, options),
  };
}

/** One folder per identity, as ArcFace's training sets and many others are laid out. */
export const identities: Reader = {
  format: 'identities',
  title: 'folder per identity',
  looksFor: 'two or more folders with images, and none beside them',
  match(listing) {
    const places = listing.images.map(placeOf);
    if (places.some(({ identity }) => identity === undefined)) return null;
    const people = new Set(places.map(({ identity }) => identity)).size;
    if (people < 2) return null;
    return {
      score: 0.6,
      why: `${people}${listing.complete ? '' : ' or more'} folders with images and none beside them`,
    };
  },
  open: (listing, options) => openFolder(listing, true, options),
};

/** Any folder of images, of which nothing is known. */
export const folder: Reader = {
  format: 'folder',
  title: 'plain folder',
  looksFor: 'images',
  match(listing) {
    if (listing.images.length === 0 || listing.single) return null;
    return {
      score: 0.3,
      why: listing.complete
        ? noun(listing.images.length, 'image')
        : `${listing.images.length} or more images`,
    };
  },
  open: (listing, options) => openFolder(listing, false, options),
};
