import type { FaceImage } from '../../engine/preparation.ts';
import { runResuming } from '../../engine/resume.ts';
import type { EmbedPart, EmbedTaskInput, EmbedTaskOutput } from '../../engine/tasks/embed.ts';
import type { DeviceChoice, EngineClient } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { networkPlan, type PreparedModel } from '../../models/prepared.ts';

const TASK = new URL('../../engine/tasks/embed.ts', import.meta.url);
const STAGE = 'Embedding faces';

export interface Embeddings {
  /** Row i is that of face i. */
  rows: Float32Array[];
  device: string;
  reason: string;
  facesPerSecond: number;
}

/**
 * Embeds faces numbered 0…n−1, all of them.
 * @throws Fault that says how many could not be embedded and why the first ones could not
 */
export async function embedAll(
  engine: EngineClient,
  prepared: PreparedModel,
  faces: readonly FaceImage[],
  settings: { flip: boolean; device: DeviceChoice; batch?: number },
  options: WorkOptions,
): Promise<Embeddings> {
  const rows = new Array<Float32Array>(faces.length);
  const left = new Map(faces.map((face) => [face.face, face]));
  const rejects: { path: string; sentence: string }[] = [];
  let device = '';
  const begun = performance.now();
  const output = await runResuming<EmbedTaskInput, EmbedTaskOutput, EmbedPart>(
    engine,
    TASK,
    () =>
      left.size === 0
        ? undefined
        : {
            plan: networkPlan(prepared, settings.flip),
            faces: [...left.values()],
            device: settings.device,
            batch: settings.batch,
          },
    {
      stage: STAGE,
      signal: options.signal,
      onProgress: (progress) =>
        options.onProgress?.({ ...progress, done: faces.length - left.size, total: faces.length }),
      onPart: (part) => {
        ({ device } = part);
        const width = part.faces.length === 0 ? 0 : part.rows[0].length / part.faces.length;
        for (const [i, face] of part.faces.entries()) {
          rows[face] = part.rows[0].slice(i * width, (i + 1) * width);
          left.delete(face);
        }
        for (const { face, sentence } of part.rejects) {
          rejects.push({ path: faces[face].path, sentence });
          left.delete(face);
        }
      },
    },
  );
  if (rejects.length > 0) {
    const [first] = rejects;
    throw new Fault(
      `${rejects.length} of the ${faces.length} faces could not be embedded, so the protocol cannot be evaluated whole. The first, '${first.path}': ${first.sentence}`,
    );
  }
  const seconds = output?.seconds ?? (performance.now() - begun) / 1000;
  return {
    rows,
    device: output?.placement.name ?? device,
    reason: output?.placement.reason ?? '',
    facesPerSecond: faces.length / seconds,
  };
}
