import { bounds } from '../../engine/images/crop.ts';
import type { PictureRequest } from '../../models/detection/finding.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Face, Selection } from '../../project/types.ts';

/** Faces that are read from the store together. */
const CHUNK = 2000;

/** A face that was not located, and why. */
export interface Missed {
  face: number;
  source: string;
  path: string;
  reason: string;
}

/** A picture to look at, with all its faces: those that are not wanted still claim what is theirs. */
export interface WantedPicture extends PictureRequest {
  sourceId: number;
  source: string;
  /** Path inside the source. */
  relative: string;
  /** Faces that are to be located. */
  wanted: Set<number>;
  keys: Set<string>;
}

export interface PictureChoice {
  selection: Selection;
  /** Also faces whose points are known. */
  again: boolean;
  /** Also pictures whose faces are all known: others may be in them. */
  all: boolean;
}

/** What is known of where a face is. The stand-in of an earlier search (score 0) says nothing. */
function knownBox(face: Face): Face['box'] {
  if (face.box !== null) return face.score === 0 ? null : face.box;
  return face.landmarks === null ? null : bounds(face.landmarks);
}

/** The pictures to look at, the faces whose pictures are not there, and how many faces are left as they are. */
export function picturesToSearch(
  project: ProjectStore,
  { selection, again, all }: PictureChoice,
): { pictures: Map<number, WantedPicture>; missed: Missed[]; skipped: number } {
  const chosen = new Set(project.select(selection));
  const sources = new Map(project.sources().map((source) => [source.id, source]));
  const gone = new Set(project.images({ state: 'missing' }).map(({ id }) => id));
  const pictures = new Map<number, WantedPicture>();
  const looked = new Set<number>();
  let skipped = 0;
  const ids = project.select({});
  for (let from = 0; from < ids.length; from += CHUNK) {
    for (const face of project.faces(ids.subarray(from, from + CHUNK))) {
      let picture = pictures.get(face.imageId);
      if (picture === undefined) {
        const { sourceId, imageId, path } = face;
        const source = sources.get(sourceId)?.name ?? '';
        picture = {
          ...{ image: imageId, sourceId, source, relative: path, path: project.imagePath(face.id) ?? '' },
          ...{ faces: [], wanted: new Set(), keys: new Set() },
        };
        pictures.set(imageId, picture);
      }
      picture.faces.push({ face: face.id, box: knownBox(face) });
      picture.keys.add(face.key);
      if (!chosen.has(face.id)) continue;
      const known = face.points !== null && face.score !== 0;
      if (known && !again) skipped++;
      else picture.wanted.add(face.id);
      if (all || picture.wanted.size > 0) looked.add(face.imageId);
    }
  }
  const missed: Missed[] = [];
  for (const [image, { wanted, source, relative, path }] of pictures) {
    const reason =
      path === ''
        ? `the source '${source}' has no folder of images yet: import it with --images.`
        : gone.has(image)
          ? 'its picture is missing.'
          : null;
    if (reason !== null && looked.has(image)) {
      for (const face of wanted) missed.push({ face, source, path: relative, reason });
    }
    if (reason !== null || !looked.has(image)) pictures.delete(image);
  }
  return { pictures, missed, skipped };
}
