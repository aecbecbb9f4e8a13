import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { chooseSource, type SourceChoice } from '../../datasets/inspect.ts';
import { isHidden, isImageName } from '../../datasets/listing.ts';
import { ReadReport, rejectSentence } from '../../datasets/report.ts';
import { chooseRoot } from '../../datasets/roots.ts';
import { soundFaces } from '../../datasets/sound.ts';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { NewFace } from '../../project/types.ts';
import { type Candidate, type Candidates, counted, inOrder } from './candidates.ts';

/**
 * Faces of a data set on the disk with their identities: a folder per person, a RecordIO training set, what
 * `visage synth` drew, or any other format that Visage reads and that names people.
 * @throws Fault where it cannot be recognised, says no identities, or its pictures are not found
 */
export async function folderFaces(
  path: string,
  choice: SourceChoice = {},
  options: WorkOptions = {},
): Promise<Candidates> {
  const { listing, reader, open } = chooseSource(path, choice, options);
  const report = new ReadReport();
  const found: NewFace[] = [];
  for await (const portion of soundFaces(open, report)) {
    throwIfCancelled(options.signal);
    found.push(...portion);
    options.onProgress?.({ stage: 'Reading the data set', done: report.rows, unit: 'rows' });
  }
  const root = found.length === 0 ? null : chooseRoot(open, found, choice.images);
  if (found.length > 0 && root === null) {
    throw new Fault(`The pictures of '${path}' are not beside it; name their folder with --images.`);
  }
  const faces: Candidate[] = [];
  for (const { path: place, key = '', identity, box, points, landmarks } of found) {
    if (identity === undefined) continue;
    faces.push({
      image: {
        ...{ face: 0, path: join(root as string, place), box: box ?? null },
        ...{ points: points ?? null, landmarks: landmarks ?? null },
      },
      identity,
      name: `${place}${key === '' ? '' : `#${key}`}`,
    });
  }
  if (faces.length === 0) {
    throw new Fault(
      `'${path}' was read as ${reader.title} and names no person (${counted(found.length, 'face')}). Training needs identities, such as a folder per person.`,
    );
  }
  const remarks = [...report.notes];
  const nameless = found.length - faces.length;
  if (nameless > 0) remarks.push(`${counted(nameless, 'face')} without an identity left out.`);
  const [first] = report.rejects;
  if (first !== undefined) {
    remarks.push(
      `${counted(report.rejects.length, 'row')} could not be read; the first: ${rejectSentence(first)}`,
    );
  }
  const empty = reader.format === 'identities' ? emptyFolders(listing.folder) : [];
  return { faces: inOrder(faces), empty, remarks };
}

/** Of a folder that may not be read, none: the walk over the pictures has told of it. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Folders below `root` that hold neither folders nor pictures: people without a picture. */
function emptyFolders(root: string): string[] {
  const empty: string[] = [];
  const look = (below: string): void => {
    const entries = entriesOf(join(root, below)).filter(({ name }) => !isHidden(name));
    const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
    for (const { name } of folders.filter((entry) => entry.isDirectory())) {
      look(below === '' ? name : `${below}/${name}`);
    }
    if (below !== '' && folders.length === 0 && !entries.some(({ name }) => isImageName(name)))
      empty.push(below);
  };
  look('');
  return empty.sort();
}
