import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { inputLength } from '../images/normalise.ts';
import { prepareOnePicture } from '../images/preparing.ts';
import { createOrtEngine } from '../ort/engine.ts';
import type { FaceImage } from '../preparation.ts';
import type { EmbeddedFaces } from './lanes.ts';
import { FeatureNetwork, type NetworkPlan } from './network.ts';

/** One lane on the CPU: a thread that decodes, cuts and runs its own copy of the network, batch after batch. */

export interface LaneSettings {
  plan: NetworkPlan;
  threads: number;
  /** Faces of a batch; the last one can have fewer. */
  batch: number;
}

export type LaneAnswer =
  | { ready: true }
  | { batch: number; embedded: EmbeddedFaces }
  | { batch: number; fault: boolean; failed: string }
  | { fault: boolean; failed: string };

sharp.concurrency(1);
sharp.cache(false);

const { plan, threads, batch } = workerData as LaneSettings;
const length = inputLength(plan.preparation);
let inputs = new Float32Array(0);
const network = FeatureNetwork.open(createOrtEngine(), plan, { device: 'cpu', threads, batch });

async function embed(faces: readonly FaceImage[]): Promise<EmbeddedFaces> {
  if (inputs.length < faces.length * length) inputs = new Float32Array(faces.length * length);
  const embedded: EmbeddedFaces = { faces: new Int32Array(0), rows: [], rejects: [] };
  const ids: number[] = [];
  for (let start = 0; start < faces.length; ) {
    let end = start + 1;
    while (end < faces.length && faces[end].path === faces[start].path) end++;
    const group = faces.slice(start, end);
    const room = group.map((_, i) => [
      inputs.subarray((ids.length + i) * length, (ids.length + i + 1) * length),
    ]);
    const made = await prepareOnePicture(group, [plan.preparation], room);
    let place = ids.length;
    for (const [i, [one]] of made.entries()) {
      if ('sentence' in one) {
        embedded.rejects.push({ face: group[i].face, sentence: one.sentence });
        continue;
      }
      if (room[i][0].byteOffset !== place * length * 4) inputs.set(room[i][0], place * length);
      ids.push(group[i].face);
      place++;
    }
    start = end;
  }
  embedded.faces = Int32Array.from(ids);
  if (ids.length > 0) {
    const rows = await (await network).rows(inputs.subarray(0, ids.length * length), ids.length);
    // What ONNX Runtime allocated cannot be given to another thread; rows are small.
    embedded.rows = rows.map((values) => Float32Array.from(values));
  }
  return embedded;
}

let last: Promise<void> = Promise.resolve();
parentPort?.on('message', ({ batch, faces }: { batch: number; faces: FaceImage[] }) => {
  last = last.then(async () => {
    let answer: LaneAnswer;
    try {
      answer = { batch, embedded: await embed(faces) };
    } catch (thrown) {
      answer = { batch, ...failure(thrown) };
    }
    parentPort?.postMessage(answer);
  });
});

const failure = (thrown: unknown): { fault: boolean; failed: string } => ({
  fault: thrown instanceof Fault,
  failed: sentenceOf(thrown),
});
network.then(
  () => parentPort?.postMessage({ ready: true } satisfies LaneAnswer),
  (thrown: unknown) => parentPort?.postMessage(failure(thrown) satisfies LaneAnswer),
);
