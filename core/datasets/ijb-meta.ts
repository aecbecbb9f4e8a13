import { throwIfCancelled } from '../foundation/progress.ts';
import type { NewFace } from '../project/types.ts';
import { isImageName, nameOf, type SourceListing } from './listing.ts';
import { type OpenOptions, Portions } from './reader.ts';
import type { ReadReport } from './report.ts';
import { anyRows } from './table.ts';

/** The text files of the layout that evaluation code uses; only `media` must be there. */
export interface MetaFiles {
  /** 'name template media' per image. */
  media?: string;
  /** 'name x1 y1 … x5 y5 score' per image. */
  points?: string;
  /** 'template template 0|1' per pair: the verification protocol, which an evaluation reads. */
  pairs?: string;
}

export function metaFilesOf(listing: SourceListing): MetaFiles {
  const find = (pattern: RegExp): string | undefined =>
    listing.files.find((file) => pattern.test(nameOf(file)));
  return {
    media: find(/^ijb[bc]_face_tid_mid\.txt$/i),
    points: find(/^ijb[bc]_name_5pts_score\.txt$/i),
    pairs: find(/^ijb[bc]_template_pair_label\.txt$/i),
  };
}

async function readPoints(
  listing: SourceListing,
  name: string,
  report: ReadReport,
  options: OpenOptions,
): Promise<Map<string, { points: Float32Array; score: number }>> {
  const found = new Map<string, { points: Float32Array; score: number }>();
  for await (const { cells, line } of anyRows(listing, name, report)) {
    report.rows++;
    if (line % 5000 === 0) throwIfCancelled(options.signal);
    const values = cells.slice(1).map(Number);
    if (values.length !== 11 || !values.every(Number.isFinite)) {
      report.reject(
        name,
        line,
        cells.join(' ').slice(0, 200),
        `the row '${cells.join(' ').slice(0, 60)}' is not allowed; allowed: a name, ten numbers in pixels and a score.`,
      );
      continue;
    }
    found.set(cells[0], { points: Float32Array.from(values.slice(0, 10)), score: values[10] });
  }
  return found;
}

/** Faces of the `meta/` layout: one per image of loose_crop/, with template, media, five points and score. */
export async function* ijbMetaFaces(
  listing: SourceListing,
  files: MetaFiles,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const points =
    files.points === undefined
      ? new Map<string, never>()
      : await readPoints(listing, files.points, report, options);
  if (files.points === undefined)
    report.note('There is no ijbc_name_5pts_score.txt: faces come without points.');
  const portions = new Portions();
  const seen = new Set<string>();
  const name = files.media as string;
  for await (const { cells, line } of anyRows(listing, name, report)) {
    report.rows++;
    const [image, template, media] = cells;
    const sound =
      cells.length === 3 &&
      isImageName(image) &&
      !/[/\\]/.test(image) &&
      /^\d+$/.test(template) &&
      /^-?\d+$/.test(media);
    if (!sound) {
      const words = cells.join(' ').slice(0, 60);
      report.reject(
        name,
        line,
        words,
        `the row '${words}' is not allowed; allowed: an image name, a template and a media number.`,
      );
      continue;
    }
    if (seen.has(image)) {
      report.reject(name, line, image, `'${image}' stands here a second time; the first row counts.`);
      continue;
    }
    seen.add(image);
    portions.add({ path: image, raw: { templates: template, media }, ...points.get(image) });
    if (portions.full) {
      throwIfCancelled(options.signal);
      yield portions.take();
    }
  }
  for (const image of points.keys()) {
    if (!seen.has(image)) report.note(`%d rows of ${files.points} name images that ${name} does not have.`);
  }
  yield portions.take();
}
