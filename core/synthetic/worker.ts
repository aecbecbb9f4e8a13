import { parentPort, workerData } from 'node:worker_threads';
import { type FaceSettings, faceOf } from './faces.ts';
import { FaceRenderer } from './render.ts';

/** Runs in a worker thread: draws the faces of each batch of indices it is sent. */
const { settings, size } = workerData as { settings: FaceSettings; size: number };
const renderer = new FaceRenderer(size);
const port = parentPort!;

port.on('message', ({ batch, indices }: { batch: number; indices: number[] }) => {
  const faces = indices.map((index) => renderer.render(faceOf(settings, index)));
  port.postMessage(
    { batch, faces },
    faces.map((face) => face.pixels.buffer as ArrayBuffer),
  );
});
