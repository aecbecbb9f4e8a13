import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import type { ImageFinding, ImageRecord, ProjectStore } from '../project/store.ts';
import { lookAtImage, pooled } from './imagefile.ts';
import { findElsewhere } from './places.ts';
import type { UnreadableImage } from './report.ts';

/** How images are looked at. */
export interface AttachOptions extends WorkOptions {
  /** Takes files that differ from their rows' paths in ending or case alone. */
  matchStem?: boolean;
  /** Decodes every picture wholly, also those that are known by size and time. */
  check?: boolean;
}

/** What a look at a source's images found. */
export interface AttachedImages {
  total: number;
  /** Readable now. */
  ok: number;
  missing: number;
  unreadable: number;
  /** Found at another place than their path says. */
  moved: number;
  /** Read and hashed in this look; the others were known by size and time. */
  hashed: number;
  /** Of those that were known before: other bytes than then. */
  changed: number;
  /** Rows whose picture is missing, and one file differs from their path in ending or case alone. */
  stems: { path: string; file: string }[];
  problems: UnreadableImage[];
}

/** Findings that are committed together: what an interrupted look has to do again at most. */
const BATCH = 512;

/**
 * Looks at the images of a source: finds them under its root (moved ones by content), hashes what is new or changed and
 * says what cannot be opened. Findings are committed in batches, so that an interrupted look goes on where it stopped.
 * @param places new places that are known already, by image id
 * @param searched folders below the root in which missing images are looked for
 */
export async function attachImages(
  project: ProjectStore,
  source: number,
  root: string,
  places: ReadonlyMap<number, string>,
  options: AttachOptions,
  searched: readonly string[] = [root],
): Promise<AttachedImages> {
  const records = project.images({ source });
  const result: AttachedImages = {
    total: records.length,
    ok: 0,
    missing: 0,
    unreadable: 0,
    moved: 0,
    hashed: 0,
    changed: 0,
    stems: [],
    problems: [],
  };
  let findings: ImageFinding[] = [];
  const commit = (): void => {
    if (findings.length > 0) project.recordImages(findings);
    findings = [];
  };
  let done = 0;
  const look = async (record: ImageRecord, place: string) => {
    const known = options.check || record.state === 'missing' || place !== record.place ? undefined : record;
    const depth = options.check ? 'whole' : 'header';
    return { record, place, file: await lookAtImage(join(root, place), known, depth) };
  };
  const width = Math.max(4, 2 * availableParallelism());
  const lookAll = async (
    wanted: readonly { record: ImageRecord; place: string }[],
    onMissing: (record: ImageRecord, place: string) => void,
    onOther?: (record: ImageRecord) => void,
  ): Promise<void> => {
    for await (const { record, place, file } of pooled(wanted, width, ({ record, place }) =>
      look(record, place),
    )) {
      throwIfCancelled(options.signal);
      if (file.state === 'missing') {
        onMissing(record, place);
        continue;
      }
      // An image that is known by its content alone is not yet the file that stands at its path.
      if (onOther && record.state === 'missing' && record.hash !== null && file.hash !== record.hash) {
        onOther(record);
        continue;
      }
      done++;
      if (place !== record.path) result.moved++;
      if (file.same) {
        result[record.state === 'ok' ? 'ok' : 'unreadable']++;
        if (record.state === 'unreadable') {
          result.problems.push({ path: place, problem: record.problem ?? 'It could not be opened.' });
        }
      } else {
        result.hashed++;
        if (record.hash !== null && file.hash !== undefined && record.hash !== file.hash) result.changed++;
        result[file.state]++;
        if (file.problem !== undefined) result.problems.push({ path: place, problem: file.problem });
        findings.push({ id: record.id, ...(place !== record.place && { place }), ...file });
        if (findings.length >= BATCH) commit();
      }
      options.onProgress?.({ stage: 'Looking at images', done, total: records.length, unit: 'images' });
    }
  };
  try {
    const elsewhere: ImageRecord[] = [];
    const taken = new Set<string>();
    const first = records.map((record) => ({ record, place: places.get(record.id) ?? record.place }));
    const others = new Set<ImageRecord>();
    await lookAll(
      first,
      (record) => elsewhere.push(record),
      (record) => {
        others.add(record);
        elsewhere.push(record);
      },
    );
    const absent = new Set(elsewhere);
    for (const { record, place } of first) if (!absent.has(record)) taken.add(place);
    if (elsewhere.length > 0) {
      const { places: found, doubts, stems } = await findElsewhere(elsewhere, root, taken, options, searched);
      for (const { id, path } of elsewhere) {
        const file = stems.get(id);
        if (file === undefined) continue;
        if (options.matchStem) found.set(id, file);
        else result.stems.push({ path, file });
      }
      const gone = (record: ImageRecord): void => {
        done++;
        result.missing++;
        const problem = doubts.get(record.id);
        if (problem !== undefined) result.problems.push({ path: record.path, problem });
        if (record.state !== 'missing' || (problem ?? null) !== record.problem) {
          findings.push({ id: record.id, state: 'missing', ...(problem !== undefined && { problem }) });
        }
      };
      const claimed = new Set(found.values());
      const again = elsewhere.flatMap((record) => {
        // Where its content is nowhere, the path alone has to do.
        const place = found.get(record.id) ?? (others.has(record) ? record.place : undefined);
        return place === undefined || (!found.has(record.id) && claimed.has(place))
          ? []
          : [{ record, place }];
      });
      const looked = new Set(again.map(({ record }) => record));
      for (const record of elsewhere) if (!looked.has(record)) gone(record);
      await lookAll(again, gone);
    }
  } finally {
    commit();
  }
  // Files are opened several at a time: the order in which they end is chance.
  result.problems.sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));
  return result;
}
