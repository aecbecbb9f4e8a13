import { throwIfCancelled } from '../../foundation/progress.ts';
import type { FaceImage, Preparation } from '../preparation.ts';
import type { Affine } from './affine.ts';
import { inputLength } from './normalise.ts';
import { picturePool } from './pool.ts';
import { type Made, prepareOnePicture } from './preparing.ts';

/** A face that gives no input, and why. */
export interface Reject {
  face: number;
  sentence: string;
}

/** Where an input lies in its picture. */
export interface Placement {
  /** From pixel indices of the input to pixel indices of the upright picture. */
  map: Affine;
  /** Size of the upright picture. */
  width: number;
  height: number;
}

/** The inputs of some faces for one network. */
export interface Prepared {
  faces: Int32Array;
  /**
   * faces.length inputs, one after the other, in the preparation's layout. Shared memory that the next but one batch
   * writes over: it is valid until the generator is asked for the next batch.
   */
  tensor: Float32Array;
  placements: Placement[];
}

export interface PreparedBatch extends Prepared {
  rejects: Reject[];
}

/** One batch for several networks; a face may be rejected for one and stand in another. */
export interface PreparedForMany {
  /** In the order of the preparations. */
  prepared: Prepared[];
  /** In the order of the preparations: faces that this one cannot be given. */
  rejects: Reject[][];
}

export interface PrepareOptions {
  /** Faces in one batch; the last one, and one with rejects, has fewer. */
  batch: number;
  signal?: AbortSignal;
}

/** Batches in work: one that the network runs on, and those that are decoded meanwhile. */
const SLOTS = 3;

interface Slot {
  memory: SharedArrayBuffer[];
  faces: readonly FaceImage[];
  made: Promise<Made[][]>;
}

/**
 * Prepares faces for several networks at once, each picture decoded once as long as its faces follow each other.
 * Decoding and cutting run on threads of their own, ahead of the consumer. Batches come in the order of the faces.
 */
export async function* prepareFacesForMany(
  faces: readonly FaceImage[],
  preparations: readonly Preparation[],
  options: PrepareOptions,
): AsyncGenerator<PreparedForMany> {
  const { batch, signal } = options;
  const lengths = preparations.map(inputLength);
  const memories = Array.from({ length: Math.min(SLOTS, Math.ceil(faces.length / batch)) }, () =>
    lengths.map((length) => new SharedArrayBuffer(Math.min(batch, faces.length) * length * 4)),
  );
  const pool = picturePool();
  const start = (from: number, memory: SharedArrayBuffer[]): Slot => {
    const part = faces.slice(from, from + batch);
    // More chunks than threads, so that threads that meet large pictures do not hold the batch up.
    const size = Math.max(1, Math.ceil(part.length / (pool.size === 1 ? 1 : pool.size * 2)));
    const chunks: Promise<Made[][]>[] = [];
    for (let at = 0; at < part.length; at += size) {
      chunks.push(
        pool.run({ faces: part.slice(at, at + size), preparations: [...preparations], memory, from: at }),
      );
    }
    const made = Promise.all(chunks).then((all) => all.flat());
    // It is awaited in its turn; until then a failure must not count as unhandled.
    made.catch(() => {});
    return { memory, faces: part, made };
  };

  const ahead: Slot[] = [];
  let next = 0;
  for (const memory of memories) {
    ahead.push(start(next, memory));
    next += batch;
  }
  try {
    for (let slot = ahead.shift(); slot !== undefined; slot = ahead.shift()) {
      throwIfCancelled(signal);
      const rooms = slot.memory.map((memory) => new Float32Array(memory));
      yield collect(slot.faces, await slot.made, rooms, lengths);
      if (next < faces.length) {
        ahead.push(start(next, slot.memory));
        next += batch;
      }
    }
  } finally {
    // Threads still write to memory of batches that nobody will take; let them end before it is let go.
    await Promise.allSettled(ahead.map(({ made }) => made));
  }
}

/**
 * Prepares a few faces for several networks on this thread; each picture is decoded once as long as its faces follow each
 * other, and the next one while this one is cut.
 * @param rooms for each preparation room for all faces
 */
export async function prepareHere(
  faces: readonly FaceImage[],
  preparations: readonly Preparation[],
  rooms: readonly Float32Array[],
): Promise<PreparedForMany> {
  const lengths = preparations.map(inputLength);
  const targets = faces.map((_, i) =>
    rooms.map((room, p) => room.subarray(i * lengths[p], (i + 1) * lengths[p])),
  );
  const starts = faces.flatMap(({ path }, i) => (i === 0 || path !== faces[i - 1].path ? [i] : []));
  const made: Made[][][] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < starts.length) {
      const picture = next++;
      const [from, to] = [starts[picture], starts[picture + 1] ?? faces.length];
      made[picture] = await prepareOnePicture(faces.slice(from, to), preparations, targets.slice(from, to));
    }
  };
  await Promise.all([work(), work()]);
  return collect(faces, made.flat(), rooms, lengths);
}

function collect(
  faces: readonly FaceImage[],
  made: readonly Made[][],
  rooms: readonly Float32Array[],
  lengths: readonly number[],
): PreparedForMany {
  const prepared: Prepared[] = [];
  const rejects: Reject[][] = [];
  for (const [p, length] of lengths.entries()) {
    const whole = rooms[p];
    const ids: number[] = [];
    const placements: Placement[] = [];
    const rejected: Reject[] = [];
    for (const [i, face] of faces.entries()) {
      const one = made[i][p];
      if ('sentence' in one) {
        rejected.push({ face: face.face, sentence: one.sentence });
        continue;
      }
      // Inputs behind a rejected one move up, so that the tensor has no holes.
      if (ids.length !== i) whole.copyWithin(ids.length * length, i * length, (i + 1) * length);
      ids.push(face.face);
      placements.push(one);
    }
    prepared.push({
      faces: Int32Array.from(ids),
      tensor: whole.subarray(0, ids.length * length),
      placements,
    });
    rejects.push(rejected);
  }
  return { prepared, rejects };
}

/** Prepares faces for one network; see `prepareFacesForMany`. A batch may be empty but for its rejects. */
export async function* prepareFaces(
  faces: readonly FaceImage[],
  preparation: Preparation,
  options: PrepareOptions,
): AsyncGenerator<PreparedBatch> {
  for await (const { prepared, rejects } of prepareFacesForMany(faces, [preparation], options)) {
    yield { ...prepared[0], rejects: rejects[0] };
  }
}

/** Whole pictures as faces, for detectors: `id` is given back as `face`. */
export const wholePicture = (id: number, path: string): FaceImage => ({
  face: id,
  path,
  box: null,
  points: null,
  landmarks: null,
});
