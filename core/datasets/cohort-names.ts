import { basename } from 'node:path';
import { noun } from '../foundation/noun.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import type { NewFace } from '../project/types.ts';
import { readCohort } from './label-columns.ts';
import { folderOf, nameOf, type SourceListing } from './listing.ts';
import { type OpenOptions, type OpenSource, Portions, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { walkImages } from './walk.ts';

/** The code in a picture's name ('images/11422-000001.jpg'), as `visage export` writes it, or of its folder ('11422/a.jpg'). */
function codeOf(path: string): string | undefined {
  const code = /^(\d{5})-\d{6,}\./.exec(nameOf(path))?.[1] ?? /^\d{5}$/.exec(nameOf(folderOf(path)))?.[0];
  return code !== undefined && readCohort(code) ? code : undefined;
}

/** Codes that people numbered from 0 on have as well; four numbered people have one that is no code. */
const ANYBODY = new Set(['00000', '00001', '00002']);

async function* namedFaces(
  listing: SourceListing,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const portions = new Portions();
  for await (const path of walkImages(listing.folder, options.signal)) {
    report.rows++;
    const code = codeOf(path);
    if (code === undefined) {
      report.reject(
        path,
        null,
        path,
        "neither the picture's name nor its folder's says a cohort; allowed: 11422-000001.jpg, or 11422/….jpg.",
      );
      continue;
    }
    portions.add({ path, labels: readCohort(code)?.values, raw: { cohort: code } });
    if (portions.full) {
      throwIfCancelled(options.signal);
      yield portions.take();
    }
  }
  yield portions.take();
}

/** Pictures of an export whose tables were left behind: their names say the five labels, and nothing else. */
export const cohortNames: Reader = {
  format: 'cohorts',
  title: 'pictures named by cohort',
  looksFor: 'images in folders named by cohort codes (11422/…), or named by them (11422-000001.jpg)',
  match(listing) {
    if (listing.single || listing.images.length === 0) return null;
    const codes = listing.images.map(codeOf);
    if (codes.some((code) => code === undefined)) return null;
    const all = new Set(codes as string[]);
    return {
      score: [...all].every((code) => ANYBODY.has(code)) ? 0.5 : 0.9,
      why: `${listing.images.length}${listing.complete ? '' : ' or more'} images whose names or folders are codes of ${noun(all.size, 'cohort')}`,
    };
  },
  open(listing, options): OpenSource {
    return {
      name: basename(listing.folder),
      roots: [listing.folder],
      fromImages: true,
      faces: (report) => namedFaces(listing, report, options),
    };
  },
};
