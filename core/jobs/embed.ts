import type { FaceImage } from '../engine/preparation.ts';
import { runResuming } from '../engine/resume.ts';
import type { EmbedPart, EmbedTaskInput, EmbedTaskOutput } from '../engine/tasks/embed.ts';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { parseManifest } from '../models/manifest.ts';
import { prepareStored } from '../models/prepare.ts';
import { networkPlan } from '../models/prepared.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import { FeatureKeeper } from './embed/keeper.ts';
import { type JobOptions, recorded } from './recorded.ts';

const TASK = new URL('../engine/tasks/embed.ts', import.meta.url);
/** Faces that are read from the store together. */
const CHUNK = 2000;
const STAGE = 'Embedding faces';

export interface EmbedInput {
  model: string;
  /** Taps of the manifest or values of the graph; by default the tap 'embedding', else the network's own outputs. */
  taps?: readonly string[];
  device?: DeviceChoice;
  /** Faces per run; chosen by device where it is absent. */
  batch?: number;
  selection?: Selection;
  /** Sum of the features of the face and of its mirror image; kept as a set of its own. */
  flip?: boolean;
  /** Features get this name instead of the model's: NAME:tap. */
  name?: string;
}

/** A face that has no features, and why. */
export interface EmbedReject {
  face: number;
  path: string;
  reason: string;
}

/** What `visage embed --json` prints. */
export interface EmbedResult {
  /** Name of the feature set, or the names where several taps were read. */
  features: string | string[];
  /** Faces of the selection that have features now. */
  faces: number;
  dimensions: number | number[];
  /** Of the faces that this run embedded; 0 where there was nothing to do. */
  facesPerSecond: number;
  device: string | null;
  /** Why it ran there. */
  reason: string | null;
  /** Faces that this run embedded. */
  embedded: number;
  /** Faces that had their features already. */
  skipped: number;
  rejected: number;
  rejects: EmbedReject[];
  /** Faces per run, and why a graph takes no more than it does. */
  batch: number | null;
  batchReason: string;
  /** How often the engine process died and was started again. */
  restarts: number;
  seconds: number;
}

/** The faces that lack a row, those of one picture side by side, and those without a picture. */
function pending(
  project: ProjectStore,
  ids: Int32Array,
  has: (face: number) => boolean,
): { faces: FaceImage[]; paths: Map<number, string>; rejects: EmbedReject[]; skipped: number } {
  const images: { image: number; face: FaceImage }[] = [];
  const paths = new Map<number, string>();
  const rejects: EmbedReject[] = [];
  let skipped = 0;
  for (let from = 0; from < ids.length; from += CHUNK) {
    const wanted = ids.subarray(from, from + CHUNK).filter((id) => !has(id));
    skipped += Math.min(CHUNK, ids.length - from) - wanted.length;
    for (const { id, imageId, path, box, points, landmarks } of project.faces(wanted)) {
      const absolute = project.imagePath(id);
      if (absolute === null) {
        rejects.push({
          face: id,
          path,
          reason: 'Its source has no folder of images yet: import it with --images.',
        });
        continue;
      }
      paths.set(id, path);
      images.push({ image: imageId, face: { face: id, path: absolute, box, points, landmarks } });
    }
  }
  images.sort((a, b) => a.image - b.image || a.face.face - b.face.face);
  return { faces: images.map(({ face }) => face), paths, rejects, skipped };
}

/**
 * Extracts features of faces: one set per tap, named NAME:tap. Every finished batch is kept; cancelled, killed or crashed,
 * it goes on with the rest when it is asked again, and after a crash of the engine by itself. A face whose picture
 * cannot be read, or that lacks what the network's crop needs, is listed and the rest goes on.
 * @throws Fault for an unknown model or tap, a network that cannot run, a name that holds other features
 */
export async function embed(
  project: ProjectStore,
  engine: EngineClient,
  input: EmbedInput,
  options: JobOptions = {},
): Promise<EmbedResult> {
  const { device = 'auto', flip = false, batch } = input;
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1 && batch <= 4096)) {
    throw new Fault(`A batch of '${batch}' cannot be run; allowed: whole numbers from 1 to 4096.`);
  }
  const record = project.model(input.model);
  const manifest = parseManifest(record.manifest, record.name);
  const own = manifest.taps.some(({ name }) => name === 'embedding') ? ['embedding'] : [];
  const prepared = prepareStored(record, { taps: input.taps?.length ? input.taps : own });
  if (typeof prepared.batch === 'number') {
    options.onProgress?.({ stage: STAGE, done: 0, unit: 'faces', note: prepared.batchReason });
  }
  const keeper = new FeatureKeeper(project, prepared, {
    name: input.name ?? record.name,
    model: record.name,
    flip,
  });
  const begun = performance.now();
  const work = async (): Promise<EmbedResult> => {
    const ids = project.select(input.selection ?? {});
    const { faces, paths, rejects, skipped } = pending(project, ids, (face) => keeper.has(face));
    const left = new Map(faces.map((face) => [face.face, face]));
    let embedded = 0;
    let restarts = 0;
    const output = await runResuming<EmbedTaskInput, EmbedTaskOutput, EmbedPart>(
      engine,
      TASK,
      () =>
        left.size === 0
          ? undefined
          : {
              plan: networkPlan(prepared, flip),
              faces: [...left.values()],
              device,
              batch,
            },
      {
        stage: STAGE,
        signal: options.signal,
        onRestart: () => restarts++,
        onProgress: (progress) =>
          options.onProgress?.({
            ...progress,
            unit: 'faces',
            done: faces.length - left.size,
            total: faces.length,
          }),
        onPart: (part) => {
          keeper.keep(part);
          for (const face of part.faces) left.delete(face);
          for (const { face, sentence } of part.rejects) {
            left.delete(face);
            rejects.push({ face, path: paths.get(face) ?? '', reason: sentence });
          }
          embedded += part.faces.length;
        },
      },
    );
    const sets = keeper.close();
    const seconds = (performance.now() - begun) / 1000;
    const names = sets.map(({ name }) => name);
    const sizes = sets.map(({ dimensions }) => dimensions);
    return {
      features: names.length === 1 ? names[0] : names,
      faces: embedded + skipped,
      dimensions: sizes.length === 1 ? sizes[0] : sizes,
      facesPerSecond: embedded === 0 ? 0 : embedded / (restarts === 0 && output ? output.seconds : seconds),
      device: output?.placement.name ?? null,
      reason: output?.placement.reason ?? null,
      ...{ embedded, skipped, rejected: rejects.length, rejects },
      ...{ batch: output?.batch ?? null, batchReason: prepared.batchReason, restarts, seconds },
    };
  };
  try {
    return await recorded(project, 'embed', input, options, work);
  } finally {
    keeper.close();
  }
}
