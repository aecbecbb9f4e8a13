import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { sentenceOf } from '../../foundation/fault.ts';
import type { FaceImage, Preparation } from '../preparation.ts';
import { inputLength } from './normalise.ts';
import { type Made, prepareOnePicture } from './preparing.ts';

/** One worker thread of the pipeline: decodes, cuts and normalises the faces it is sent into shared memory. */

/** Consecutive faces of a batch. */
export interface Chunk {
  chunk: number;
  faces: FaceImage[];
  preparations: Preparation[];
  /** One for each preparation: room for the whole batch. */
  memory: SharedArrayBuffer[];
  /** Place of the first face in the batch. */
  from: number;
}

export type ChunkDone = { chunk: number; made: Made[][] } | { chunk: number; failed: string };

// The pool is the parallelism, and no picture is read twice in a row.
sharp.concurrency(1);
sharp.cache(false);

async function work({ faces, preparations, memory, from }: Chunk): Promise<Made[][]> {
  const targets = faces.map((_, i) =>
    preparations.map((preparation, p) => {
      const length = inputLength(preparation);
      return new Float32Array(memory[p], (from + i) * length * 4, length);
    }),
  );
  const made: Made[][] = [];
  for (let start = 0; start < faces.length; ) {
    let end = start + 1;
    while (end < faces.length && faces[end].path === faces[start].path) end++;
    made.push(...(await prepareOnePicture(faces.slice(start, end), preparations, targets.slice(start, end))));
    start = end;
  }
  return made;
}

let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (message: Chunk) => {
  last = last.then(async () => {
    let done: ChunkDone;
    try {
      done = { chunk: message.chunk, made: await work(message) };
    } catch (thrown) {
      done = { chunk: message.chunk, failed: sentenceOf(thrown) };
    }
    parentPort?.postMessage(done);
  });
});
