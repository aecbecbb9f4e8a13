import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Crop, FaceImage, Preparation } from '../../engine/preparation.ts';
import type { PairSet } from '../../evaluation/pair-lists.ts';
import { Fault } from '../../foundation/fault.ts';
import { packedPlace, pictureBytes } from '../../foundation/packed/pictures.ts';
import { notRead, pictureSize } from '../../foundation/pictures/open.ts';
import type { ProjectStore } from '../../project/store.ts';

/** The distinct pictures of a set of pairs, as faces whose numbers are their places in `paths`. */
export interface PairedFaces {
  paths: string[];
  faces: FaceImage[];
  /** Their ids, where they are faces of the project. */
  ids?: number[];
}

/** Distinct pictures in the order in which they come. */
const distinct = ({ pairs }: PairSet): string[] => [
  ...new Set(pairs.flatMap(({ first, second }) => [first, second])),
];

const SHOWN = 3;
/** A missing picture is an error: fewer pairs would be another protocol. */
function refuseMissing(missing: readonly string[], all: readonly string[], where: string): void {
  if (missing.length === 0) return;
  const shown = missing.slice(0, SHOWN).map((path) => `'${path}'`);
  const more = missing.length > SHOWN ? ' …' : '';
  throw new Fault(
    `${missing.length} of the ${all.length} pictures of the pairs are missing ${where}: ${shown.join(', ')}${more}. The protocol is only evaluated whole.`,
  );
}

/** Pictures as files: below `images`, or where the set thinks that they lie. They are taken as faces that are cut already. */
export function facesOfFiles(set: PairSet, images: string | undefined): PairedFaces {
  const paths = distinct(set);
  const roots = images === undefined ? set.roots : [images];
  const here = (root: string): boolean => paths.some((path) => existsSync(join(root, path)));
  const root = roots.find(here) ?? roots[0] ?? '';
  const place = (path: string): string => (isAbsolute(path) ? path : join(root, path));
  const missing = paths.filter((path) => !existsSync(place(path)) && packedPlace(place(path)) === undefined);
  refuseMissing(missing, paths, `below '${root}'`);
  const known = { box: null, points: null, landmarks: null };
  return { paths, faces: paths.map((path, face) => ({ face, path: place(path), ...known })) };
}

/** Pictures as faces of a project, with the boxes and points that it knows; of several in one picture, the largest. */
export function facesOfProject(set: PairSet, project: ProjectStore, source: string | undefined): PairedFaces {
  const paths = distinct(set);
  const wanted = new Set(paths);
  const sources = source === undefined ? project.sources() : [project.source(source)];
  let best: Map<string, FaceImage> = new Map();
  for (const { id } of sources) {
    // By path; `face` is the id until the places in `paths` are known.
    const found = new Map<string, FaceImage>();
    const area = ({ box }: FaceImage): number => (box === null ? 0 : box[2] * box[3]);
    for (const face of project.faces(project.select({ sources: [id] }))) {
      const path = project.imagePath(face.id);
      if (!wanted.has(face.path) || path === null) continue;
      const { box, points, landmarks } = face;
      const image = { face: face.id, path, box, points, landmarks };
      const known = found.get(face.path);
      if (known === undefined || area(image) > area(known)) found.set(face.path, image);
    }
    if (found.size > best.size) best = found;
  }
  const missing = paths.filter((path) => !best.has(path));
  refuseMissing(missing, paths, source === undefined ? 'in the project' : `in the source '${source}'`);
  const found = paths.map((path) => best.get(path) as FaceImage);
  return {
    paths,
    faces: found.map((image, face) => ({ ...image, face })),
    ids: found.map(({ face }) => face),
  };
}

/**
 * How pictures that are cut already become the network's input: whole, or for a network that is narrower than high the
 * middle of them, as 96×112 is the middle of the field's 112×112. The first that can be read decides.
 * @throws Fault where none can be read
 */
export async function cropOfAligned(faces: readonly FaceImage[], { size }: Preparation): Promise<Crop> {
  const [width, height] = size;
  if (width === height) return { kind: 'whole', fit: 'stretch' };
  const side = await firstSize(faces);
  const wide = (side.height * width) / height;
  if (wide >= side.width) return { kind: 'whole', fit: 'stretch' };
  return { kind: 'fixed', rectangle: [(side.width - wide) / 2, 0, wide, side.height] };
}

async function firstSize(faces: readonly FaceImage[]): Promise<{ width: number; height: number }> {
  let problem = '';
  for (const { path } of faces) {
    try {
      return await pictureSize(pictureBytes(path));
    } catch (thrown) {
      problem ||= `'${path}' ${notRead(thrown)}`;
    }
  }
  throw new Fault(`No picture of the pairs can be read: ${problem}.`);
}
