import type { FaceImage, Preparation } from '../../engine/preparation.ts';
import { type DrawSettings, drawPairs } from '../../evaluation/identity-pairs.ts';
import type { PairSet } from '../../evaluation/pair-lists.ts';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Selection } from '../../project/types.ts';
import { counted } from '../../training/data/candidates.ts';
import type { PairedFaces } from './pictures.ts';

/** Pairs drawn from a project's own identities. */
export interface PairDraw extends DrawSettings {
  /** Faces to draw from; all of them if left out. */
  selection?: Selection;
}

/** Faces that are read from the store together. */
const CHUNK = 2000;

interface Person {
  image: FaceImage;
  /** The same on every machine. */
  key: string;
  source: string;
  name: string;
}

/**
 * Draws pairs from the identities of a project's faces, leaving out faces that the network's crop cannot take.
 * @throws Fault where there are too few identities or pairs
 */
export async function drawnFromProject(
  project: ProjectStore,
  draw: PairDraw,
  crop: Preparation['crop'],
  options: WorkOptions,
): Promise<{ set: PairSet; paired: PairedFaces; identities: number; remarks: string[] }> {
  const { people, remarks, selected } = await peopleOf(project, draw.selection ?? {}, crop, options);
  if (people.length === 0) {
    throw new Fault([`None of the ${counted(selected, 'face')} can be in a pair.`, ...remarks].join(' '));
  }
  const { pairs, folds, identities } = drawPairs(
    people.map(({ source, name }) => `${source}/${name}`),
    people.map(({ name }) => name),
    draw,
  );
  const used = [...new Set(pairs.flatMap(({ first, second }) => [first, second]))].sort((a, b) => a - b);
  return {
    set: {
      name: `own pairs of ${identities} identities, seed ${draw.seed ?? 0}`,
      layout: 'drawn from the project',
      pairs: pairs.map(({ first, second, same }) => ({
        ...{ first: people[first].key, second: people[second].key, same },
      })),
      folds,
      roots: [],
    },
    paired: {
      paths: used.map((i) => people[i].key),
      faces: used.map((i, face) => ({ ...people[i].image, face })),
      ids: used.map((i) => people[i].image.face),
    },
    identities,
    remarks,
  };
}

/** Faces of known people that can be cut as `crop` says, by person and picture. */
async function peopleOf(
  project: ProjectStore,
  selection: Selection,
  crop: Preparation['crop'],
  options: WorkOptions,
): Promise<{ people: Person[]; remarks: string[]; selected: number }> {
  const ids = project.select(selection);
  const sources = new Map(project.sources().map(({ id, name }) => [id, name]));
  const people: Person[] = [];
  const [needed, lacks] = needOf(crop);
  let [nameless, uncut, placeless] = [0, 0, 0];
  for (let from = 0; from < ids.length; from += CHUNK) {
    throwIfCancelled(options.signal);
    options.onProgress?.({ stage: 'Reading identities', done: from, total: ids.length, unit: 'faces' });
    // A host that reads half a million faces answers its windows meanwhile.
    await new Promise(setImmediate);
    for (const face of project.faces(ids.subarray(from, from + CHUNK))) {
      const { id, box, points, landmarks, key, identity } = face;
      if (identity === null) nameless++;
      else if (needed !== undefined && face[needed] === null) uncut++;
      else {
        const path = project.imagePath(id);
        const source = sources.get(face.sourceId) ?? String(face.sourceId);
        if (path === null) placeless++;
        else {
          people.push({
            image: { face: id, path, box, points, landmarks },
            key: `${source}/${face.path}${key === '' ? '' : `#${key}`}`,
            ...{ source, name: identity },
          });
        }
      }
    }
  }
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  people.sort((a, b) => compare(a.source, b.source) || compare(a.name, b.name) || compare(a.key, b.key));
  const remarks = [
    [nameless, 'no identity is known'],
    [uncut, `${lacks} that the network’s crop needs`],
    [placeless, 'their source has no folder of images yet'],
  ] as const;
  return {
    people,
    selected: ids.length,
    remarks: remarks
      .filter(([count]) => count > 0)
      .map(([count, why]) => `${counted(count, 'face')} left out: ${why}.`),
  };
}

/** What a face must have to be cut, and how its lack is said. */
function needOf(crop: Preparation['crop']): ['points' | 'box' | 'landmarks' | undefined, string] {
  if (crop.kind === 'aligned') return ['points', 'they lack the five points'];
  if (crop.kind === 'square') {
    return crop.region === 'box' ? ['box', 'they lack the box'] : ['landmarks', 'they lack the 68 landmarks'];
  }
  return [undefined, ''];
}
