import { Worker } from 'node:worker_threads';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import { checkSettings, type FaceSettings } from './faces.ts';
import { FaceRenderer, type RenderedFace } from './render.ts';

export interface RenderSettings extends FaceSettings {
  /** Side in pixels, 64 … 512; 112 if left out. */
  size?: number;
  /** Worker threads; 2 if left out, 0 draws in the calling thread. */
  threads?: number;
  /** Draw only these faces, in this order; all if left out. */
  indices?: readonly number[];
}

/** Faces per message: small enough for even progress, large enough for the messages not to matter. */
const BATCH = 16;
/** Batches that a thread may be ahead: memory stays bounded when the reader is slow. */
const AHEAD = 3;

/**
 * Draws a set of faces and gives them in order. Leaving the loop early, or aborting the signal, ends the threads.
 * @throws Fault for settings out of range; Cancelled when the signal aborts
 */
export async function* renderFaces(
  settings: RenderSettings,
  { signal, onProgress }: WorkOptions = {},
): AsyncGenerator<RenderedFace, void, undefined> {
  checkSettings(settings);
  const { size = 112, threads = 2, indices, ...faceSettings } = settings;
  const total = indices?.length ?? settings.faces;
  const batches = Math.ceil(total / BATCH);
  const batchOf = (batch: number): number[] =>
    Array.from(
      { length: Math.min(BATCH, total - batch * BATCH) },
      (_, i) => indices?.[batch * BATCH + i] ?? batch * BATCH + i,
    );
  // Also checks the size, here and not in a thread.
  const own = new FaceRenderer(size);
  const report = (done: number): void =>
    onProgress?.({
      stage: 'Drawing faces',
      done,
      total,
      unit: 'faces',
      device: `CPU, ${Math.max(1, threads)} threads`,
    });
  if (threads === 0 || total <= BATCH) {
    const { faceOf } = await import('./faces.ts');
    for (let i = 0; i < total; i++) {
      throwIfCancelled(signal);
      yield own.render(faceOf(faceSettings, indices?.[i] ?? i));
      report(i + 1);
    }
    return;
  }

  const finished = new Map<number, RenderedFace[]>();
  let failure: Error | undefined;
  let wake: () => void = () => {};
  let next = 0;
  let wanted = 0;
  const workers = Array.from(
    { length: Math.min(threads, batches) },
    () =>
      new Worker(new URL('./worker.ts', import.meta.url), { workerData: { settings: faceSettings, size } }),
  );
  const send = (worker: Worker): void => {
    if (next >= batches || next - wanted >= AHEAD * workers.length) return;
    worker.postMessage({ batch: next, indices: batchOf(next) });
    next++;
  };
  const idle = new Set<Worker>();
  const feed = (worker: Worker): void => {
    const before = next;
    send(worker);
    if (next === before) idle.add(worker);
    else idle.delete(worker);
  };
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    for (const worker of workers) {
      worker.on('message', ({ batch, faces }: { batch: number; faces: RenderedFace[] }) => {
        finished.set(batch, faces);
        feed(worker);
        wake();
      });
      worker.on('error', (error: unknown) => {
        failure = error instanceof Error ? error : new Error(String(error));
        wake();
      });
      feed(worker);
    }
    let done = 0;
    for (; wanted < batches; wanted++) {
      for (const worker of [...idle]) feed(worker);
      while (!finished.has(wanted)) {
        throwIfCancelled(signal);
        if (failure) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const faces = finished.get(wanted)!;
      finished.delete(wanted);
      for (const face of faces) {
        throwIfCancelled(signal);
        yield face;
        done++;
      }
      report(done);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
