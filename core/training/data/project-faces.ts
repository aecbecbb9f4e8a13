import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Selection } from '../../project/types.ts';
import { type Candidate, type Candidates, counted, inOrder } from './candidates.ts';

/** Faces that are read from the store together. */
const CHUNK = 2000;

/**
 * Faces of a project with their identities. A name means a person inside its source only, so that two sources' 'n0001'
 * are two classes.
 * @throws Fault where no selected face says whose it is
 */
export async function projectFaces(
  project: ProjectStore,
  selection: Selection = {},
  options: WorkOptions = {},
): Promise<Candidates> {
  const ids = project.select(selection);
  const sources = new Map(project.sources().map(({ id, name }) => [id, name]));
  const faces: Candidate[] = [];
  const people = new Set<string>();
  let nameless = 0;
  let placeless = 0;
  for (let from = 0; from < ids.length; from += CHUNK) {
    throwIfCancelled(options.signal);
    options.onProgress?.({ stage: 'Looking at the faces', done: from, total: ids.length, unit: 'faces' });
    // A host that reads half a million faces answers its windows meanwhile.
    await new Promise(setImmediate);
    for (const face of project.faces(ids.subarray(from, from + CHUNK))) {
      if (face.identity === null) {
        nameless++;
        continue;
      }
      const source = sources.get(face.sourceId) ?? String(face.sourceId);
      const identity = `${source}/${face.identity}`;
      people.add(identity);
      const path = project.imagePath(face.id);
      if (path === null) {
        placeless++;
        continue;
      }
      const { id, box, points, landmarks, key } = face;
      faces.push({
        image: { face: id, path, box, points, landmarks },
        identity,
        person: face.identity,
        name: `${source}/${face.path}${key === '' ? '' : `#${key}`}`,
      });
    }
  }
  if (people.size === 0) {
    throw new Fault(
      `None of the ${counted(ids.length, 'selected face')} says whose it is. Training needs identities: import a data set that names them.`,
    );
  }
  const remarks: string[] = [];
  if (nameless > 0) remarks.push(`${counted(nameless, 'face')} without an identity left out.`);
  if (placeless > 0) {
    remarks.push(
      `${counted(placeless, 'face')} left out: their source has no folder of images yet (import it with --images).`,
    );
  }
  const seen = new Set(faces.map(({ identity }) => identity));
  return { faces: inOrder(faces), empty: [...people].filter((one) => !seen.has(one)).sort(), remarks };
}
