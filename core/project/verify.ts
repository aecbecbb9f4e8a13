import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Fault, sentenceOf } from '../foundation/fault.ts';
import { NpyReader } from '../foundation/npy.ts';
import { pictureBytes, pictureStat } from '../foundation/packed/pictures.ts';
import { CLUSTERING_PARTS, PROJECTION_PARTS } from './analyses.ts';
import { type Connection, faultOf } from './database.ts';
import { Features, facesFile } from './features.ts';
import { labelProblems } from './rebuild.ts';

/** At most this many sentences of one kind; the rest is a number. */
const SHOWN = 20;

function* limited(sentences: readonly string[], what: string): Generator<string> {
  yield* sentences.slice(0, SHOWN);
  if (sentences.length > SHOWN) yield `… and ${sentences.length - SHOWN} more ${what}.`;
}

function database({ db, path }: Connection): string[] {
  try {
    const rows = db.pragma(`quick_check(${SHOWN})`) as { quick_check: string }[];
    const damage = rows.map(({ quick_check }) => quick_check).filter((found) => found !== 'ok');
    if (damage.length > 0) return damage.map((found) => `The database is damaged: ${found}.`);
    const broken = db.pragma('foreign_key_check') as { table: string; rowid: number; parent: string }[];
    return broken
      .slice(0, SHOWN)
      .map(
        ({ table, rowid, parent }) =>
          `Row ${rowid} of table '${table}' points to a row of '${parent}' that is not there.`,
      );
  } catch (thrown) {
    // Damage that SQLite's own check cannot get past.
    const fault = faultOf(thrown, path);
    if (fault) return [fault.message];
    throw thrown;
  }
}

function shapeProblem(file: string, expected: readonly (number | undefined)[]): string | undefined {
  if (!existsSync(file)) return `The file '${file}' is missing.`;
  try {
    const reader = new NpyReader(file);
    reader.close();
    const fits =
      reader.shape.length === expected.length &&
      expected.every((size, d) => size === undefined || size === reader.shape[d]);
    if (fits) return undefined;
    return `'${file}' holds ${reader.shape.join(' × ')} values, its record says ${expected.map((size) => size ?? 'any').join(' × ')}.`;
  } catch (thrown) {
    return sentenceOf(thrown);
  }
}

const longEnough = (file: string, rows: number, columns: number): boolean =>
  (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= 128 + rows * columns * 4;

function files(connection: Connection): string[] {
  const problems: (string | undefined)[] = [];
  const known = new Set<string>();
  const check = (file: string, ...shape: (number | undefined)[]): void => {
    known.add(basename(file));
    problems.push(shapeProblem(file, shape));
  };
  for (const set of new Features(connection).all()) {
    known.add(basename(set.file)).add(basename(facesFile(set)));
    if (set.rows === 0 && !existsSync(set.file)) continue;
    // The header of a set that grows right now, or whose writer was killed, may lag behind the committed rows.
    check(set.file, longEnough(set.file, set.rows, set.dimensions) ? undefined : set.rows, set.dimensions);
    check(facesFile(set), longEnough(facesFile(set), set.rows, 1) ? undefined : set.rows);
  }
  const vectors = join(connection.path, 'vectors');
  for (const row of connection.all<{ file: string; faces: number; k: number }>(
    'SELECT file, faces, k FROM clusterings',
  )) {
    for (const part of CLUSTERING_PARTS) {
      const file = join(vectors, `${row.file}.${part}.npy`);
      if (part === 'centroids') check(file, row.k, undefined);
      else check(file, row.faces);
    }
  }
  for (const row of connection.all<{ file: string; faces: number }>('SELECT file, faces FROM projections')) {
    for (const part of PROJECTION_PARTS) {
      const file = join(vectors, `${row.file}.${part}.npy`);
      if (part === 'xy') check(file, row.faces, 2);
      else check(file, row.faces);
    }
  }
  for (const model of connection.all<{ name: string; folder: string }>('SELECT name, folder FROM models')) {
    const folder = join(connection.path, model.folder);
    if (!existsSync(folder)) problems.push(`The folder '${folder}' of model '${model.name}' is missing.`);
  }
  for (const name of existsSync(vectors) ? readdirSync(vectors) : []) {
    if (!known.has(name) && /\.npy((\.\d+)?\.partial)?$/.test(name)) {
      problems.push(`'${join(vectors, name)}' belongs to no record of the project; it can be deleted.`);
    }
  }
  return problems.filter((problem) => problem !== undefined);
}

/** Size of an image's file, or the sentence of why it has none. Images in packed files are as good as others. */
function pictureIn(file: string): { size: number } | string {
  try {
    const stat = pictureStat(file);
    return stat.isFile() ? stat : `At the place of the image '${file}' is no file any more.`;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.message;
    const { code } = thrown as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? `The image '${file}' is missing.`
      : `The image '${file}' cannot be reached (${code ?? sentenceOf(thrown)}).`;
  }
}

/** Images that were seen once: still there, of the same size and, where asked, of the same content. */
function images(connection: Connection, hashes: boolean): string[] {
  const problems: string[] = [];
  const rows = connection.all<{
    root: string;
    place: string;
    hash: string | null;
    bytes: number | null;
    state: number;
    problem: string | null;
  }>(
    `SELECT s.root, coalesce(i.place, i.path) AS place, lower(hex(i.hash)) AS hash, i.bytes, i.state, i.problem
     FROM images i JOIN sources s ON s.id = i.source
     WHERE s.root IS NOT NULL AND (i.state = 1 OR (i.state = 0 AND i.problem IS NOT NULL)) ORDER BY i.id`,
  );
  for (const { root, place, hash, bytes, state, problem } of rows) {
    if (state !== 1) {
      problems.push(problem ?? '');
      continue;
    }
    const file = join(root, place);
    const stat = pictureIn(file);
    if (typeof stat === 'string') problems.push(stat);
    else if (bytes !== null && stat.size !== bytes) {
      problems.push(`The image '${file}' was changed: it has ${stat.size} bytes, not ${bytes}.`);
    } else if (hashes && hash) {
      const found = createHash('sha256').update(pictureBytes(file)).digest('hex');
      if (found !== hash)
        problems.push(`The image '${file}' was changed: its SHA-256 is ${found}, not ${hash}.`);
    }
  }
  return problems;
}

/** Everything that does not fit together, as sentences; empty for a sound project. */
export function verify(connection: Connection, options: { hashes?: boolean } = {}): string[] {
  const broken = database(connection);
  // With a damaged database nothing that is read from it can be trusted, so only that is reported.
  if (broken.length > 0) return broken;
  const labels = labelProblems(connection);
  const counts = connection
    .all<{ name: string; faces: number; n: number }>(
      `SELECT name, faces, (SELECT count(*) FROM labels WHERE labels.source = sources.id) AS n FROM sources
       WHERE faces <> n`,
    )
    .map(({ name, faces, n }) => `Source '${name}' counts ${faces} faces, ${n} are there.`);
  return [
    ...limited(labels, 'labels that differ from their events'),
    ...counts,
    ...limited(files(connection), 'files'),
    ...limited(images(connection, options.hashes === true), 'images'),
  ];
}
