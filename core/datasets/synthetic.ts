import { join } from 'node:path';
import { ATTRIBUTES } from '../attributes/attributes.ts';
import { readDegrees } from '../attributes/folding.ts';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { isAbsent, isAbsentName } from '../foundation/tables/absent.ts';
import { readNumber } from '../foundation/tables/numbers.ts';
import type { Box, NewFace } from '../project/types.ts';
import { nameOf, type SourceListing } from './listing.ts';
import { RowPaths } from './paths.ts';
import { type OpenOptions, type OpenSource, Portions, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { CsvTable } from './table.ts';

const NEEDED = ['file', 'identity', 'age', 'gender', 'race', 'pitch', 'yaw', 'p1x', 'l1x'];

function tableOf(listing: SourceListing): string | undefined {
  const file = listing.files.find((name) => nameOf(name).toLowerCase() === 'faces.csv');
  if (file === undefined) return undefined;
  const header = new Set(listing.header(file).map((column) => column.toLowerCase()));
  return NEEDED.every((column) => header.has(column)) ? file : undefined;
}

/** Indices of `prefix1x, prefix1y, …`. */
const places = (table: CsvTable, prefix: string, count: number): number[] =>
  Array.from({ length: 2 * count }, (_, i) =>
    table.required(`${prefix}${(i >> 1) + 1}${i % 2 === 0 ? 'x' : 'y'}`),
  );

async function* drawnFaces(
  listing: SourceListing,
  file: string,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const table = await CsvTable.open(listing, file);
  const number = (text: string): number => readNumber(text, table.decimalMark) ?? Number.NaN;
  const [fileAt, identityAt, ...labelAt] = NEEDED.slice(0, 5).map((column) => table.required(column));
  const angleAt = ['pitch', 'yaw'].map((column) => table.required(column));
  const pointAt = places(table, 'p', 5);
  const landmarkAt = places(table, 'l', 68);
  const boxAt = ['box_x', 'box_y', 'box_w', 'box_h'].map((column) => table.column(column));
  const known = new Set([fileAt, identityAt, ...pointAt, ...landmarkAt, ...boxAt]);
  const rawAt = table.header.flatMap((column, c) => (known.has(c) ? [] : [[column, c] as const]));
  const portions = new Portions();
  const paths = new RowPaths(report, options.images, [listing.folder]);
  rows: for await (const { cells, line } of table.rows(report)) {
    const labels: (number | undefined)[] = [];
    for (const [a, at] of labelAt.entries()) {
      if (isAbsent(cells[at])) {
        labels.push(undefined);
        continue;
      }
      const { name, values } = ATTRIBUTES[a];
      const value = /^\d$/.test(cells[at]) ? Number(cells[at]) : -1;
      if (value < 0 || value >= values.length) {
        report.reject(
          file,
          line,
          cells[at],
          `${name} '${cells[at]}' is not allowed; allowed: ${values.map((word, v) => `${v} (${word})`).join(', ')}.`,
        );
        continue rows;
      }
      labels.push(value);
    }
    for (const at of angleAt) {
      const value = readDegrees(cells[at])?.value;
      if (value === undefined && !isAbsent(cells[at])) {
        report.reject(
          file,
          line,
          cells[at],
          `${table.header[at]} '${cells[at]}' is not allowed; allowed: degrees.`,
        );
        continue rows;
      }
      labels.push(value);
    }
    const points = Float32Array.from(pointAt, (at) => number(cells[at]));
    const landmarks = Float32Array.from(landmarkAt, (at) => number(cells[at]));
    if (!points.every(Number.isFinite) || !landmarks.every(Number.isFinite)) {
      report.reject(
        file,
        line,
        cells[fileAt],
        'a point or landmark is no number; allowed: pixels in p1x … p5y, l1x … l68y.',
      );
      continue;
    }
    const box = boxAt.map((at) => (at < 0 ? Number.NaN : number(cells[at])));
    const path = paths.take(file, line, cells[fileAt]);
    if (path === undefined) continue;
    portions.add({
      path,
      ...(!isAbsentName(cells[identityAt]) && { identity: cells[identityAt] }),
      ...(box.every(Number.isFinite) && box[2] > 0 && box[3] > 0 && { box: box as unknown as Box }),
      points,
      landmarks,
      labels,
      raw: Object.fromEntries(rawAt.map(([column, at]) => [column, cells[at]])),
    });
    if (portions.full) {
      throwIfCancelled(options.signal);
      yield portions.take();
    }
  }
  yield portions.take();
}

/** What `visage synth` writes: images/ and faces.csv with labels, five points and 68 landmarks. */
export const synthetic: Reader = {
  format: 'synthetic',
  title: 'synthetic faces',
  looksFor:
    'faces.csv with file, identity, age, gender, race, pitch, yaw, p1x … l68y (what `visage synth` writes)',
  match(listing) {
    const file = tableOf(listing);
    return file === undefined ? null : { score: 0.98, why: `${file} with labels, points and landmarks` };
  },
  open(listing, options): OpenSource {
    const file = tableOf(listing);
    if (file === undefined) {
      throw new Fault(`'${listing.path}' holds no synthetic faces: looked for ${synthetic.looksFor}.`);
    }
    return {
      name: 'synthetic',
      // Paths in faces.csv are relative to the folder that it lies in.
      roots: [join(listing.folder, file, '..')],
      fromImages: true,
      faces: (report) => drawnFaces(listing, file, report, options),
    };
  },
};
