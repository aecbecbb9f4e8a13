import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pooled } from '../../datasets/imagefile.ts';
import { diskCause } from '../../foundation/disk-words.ts';
import { Fault } from '../../foundation/fault.ts';
import { pictureBytes, pictureStat } from '../../foundation/packed/pictures.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ImageRecord, ProjectStore } from '../../project/store.ts';
import type { Face } from '../../project/types.ts';

/** A face that was drawn, with its picture as the project knows it. */
export interface DrawnFace {
  face: Face;
  image: ImageRecord;
  /** Absolute path of its picture. */
  original: string;
}

/** The faces of a plan with their pictures, in the order of the plan. */
export function drawnFaces(project: ProjectStore, ids: Int32Array): DrawnFace[] {
  const images = new Map(project.images().map((image) => [image.id, image]));
  return project.faces(ids).map((face) => ({
    face,
    image: images.get(face.imageId) as ImageRecord,
    original: resolve(project.imagePath(face.id) ?? ''),
  }));
}

/** Why a picture is not what the project saw last; undefined while size and time are as they were. */
function change({ image, original }: DrawnFace, whole: boolean): string | undefined {
  try {
    const found = pictureStat(original);
    if (!found.isFile()) return 'There is no file in its place.';
    if (image.bytes !== null && found.size !== image.bytes) {
      return `Its file has ${found.size} bytes, not ${image.bytes}.`;
    }
    // Where pictures are copied or linked, all of them are hashed on the way.
    if (!whole || Math.trunc(found.mtimeMs) === image.mtime) return undefined;
    const hash = createHash('sha256').update(pictureBytes(original)).digest('hex');
    return hash === image.hash ? undefined : 'Its content is not the one that the project knows.';
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.message;
    const { code, message } = thrown as NodeJS.ErrnoException;
    return `It cannot be read: ${diskCause(code) ?? message} (${code ?? 'unknown'}).`;
  }
}

/**
 * What became of drawn pictures since the project saw them: a look at each file, so that a set is drawn around what is gone
 * before anything is written.
 * @param whole also read what has another time, because nothing else will
 * @returns face → why its picture cannot be exported
 */
export async function changedPictures(
  drawn: readonly DrawnFace[],
  whole: boolean,
  options: WorkOptions,
): Promise<Map<number, string>> {
  const problems = new Map<number, string>();
  let done = 0;
  const look = async (one: DrawnFace) => ({ id: one.face.id, problem: change(one, whole) });
  for await (const { id, problem } of pooled(drawn, 2 * availableParallelism(), look)) {
    throwIfCancelled(options.signal);
    if (problem !== undefined) problems.set(id, problem);
    options.onProgress?.({
      stage: 'Looking for pictures',
      done: ++done,
      total: drawn.length,
      unit: 'pictures',
    });
  }
  return problems;
}
