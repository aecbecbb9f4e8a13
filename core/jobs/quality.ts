import { runResuming } from '../engine/resume.ts';
import type { EngineClient } from '../engine/types.ts';
import { QUALITY_VERSION } from '../models/quality/quality.ts';
import type { QualityPart, ScoredFace } from '../models/quality/quality-task.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import { type JobOptions, recorded } from './recorded.ts';

const TASK = new URL('../models/quality/quality-task.ts', import.meta.url);

/** Faces that are read from the store together. */
const CHUNK = 2000;

export interface QualityInput {
  selection?: Selection;
  /** Also faces that have a figure already. */
  again?: boolean;
}

/** What `visage quality --json` prints. */
export interface QualityResult {
  /** Version of the formula. */
  version: number;
  /** Faces that were judged. */
  faces: number;
  /** Faces that had a figure already. */
  skipped: number;
  /** Figures of those that were judged: smallest, quartiles and largest; null where there are none. */
  quartiles: number[] | null;
  rejects: { face: number; path: string; reason: string }[];
  facesPerSecond: number;
  seconds: number;
}

/** Faces of `ids` without a figure of today's formula, in order. */
export function unjudgedFaces(project: ProjectStore, ids: Int32Array): Int32Array {
  const judged = new Set(project.judgedFaces(QUALITY_VERSION));
  return ids.filter((id) => !judged.has(id));
}

/** The faces to measure, those of one picture one after the other, and those whose pictures are nowhere. */
function facesToMeasure(
  project: ProjectStore,
  ids: Int32Array,
): { faces: ScoredFace[]; rejects: QualityResult['rejects'] } {
  const found: { image: number; face: ScoredFace }[] = [];
  const rejects: QualityResult['rejects'] = [];
  for (let from = 0; from < ids.length; from += CHUNK) {
    for (const face of project.faces(ids.subarray(from, from + CHUNK))) {
      const { id, imageId, box, points, landmarks, score } = face;
      const path = project.imagePath(id);
      if (path === null) {
        const reason = 'its source has no folder of images yet: import it with --images.';
        rejects.push({ face: id, path: face.path, reason });
      } else if (points === null) {
        const reason = "its five points are not known: run 'visage detect' first.";
        rejects.push({ face: id, path: face.path, reason });
      } else found.push({ image: imageId, face: { face: id, path, box, points, landmarks, score } });
    }
  }
  found.sort((a, b) => a.image - b.image || a.face.face - b.face.face);
  return { faces: found.map(({ face }) => face), rejects };
}

function quartilesOf(totals: readonly number[]): number[] | null {
  if (totals.length === 0) return null;
  const sorted = Float64Array.from(totals).sort();
  return [0, 0.25, 0.5, 0.75, 1].map((part) => sorted[Math.round(part * (sorted.length - 1))]);
}

/**
 * Judges how good the pictures of faces are: size, sharpness, pose, detector's score and what the landmarks say of
 * occlusion, and one figure of them all (`core/models/quality`). Needs the five points. Finished faces are stored while it
 * runs; started again, it goes on with the rest.
 */
export async function quality(
  project: ProjectStore,
  engine: EngineClient,
  input: QualityInput = {},
  options: JobOptions = {},
): Promise<QualityResult> {
  const chosen = project.select(input.selection ?? {});
  const ids = input.again === true ? chosen : unjudgedFaces(project, chosen);
  return recorded(project, 'quality', input, options, async () => {
    const begun = performance.now();
    const { faces, rejects } = facesToMeasure(project, ids);
    const left = new Map(faces.map((face) => [face.face, face]));
    const totals: number[] = [];
    const output = await runResuming<{ faces: ScoredFace[] }, { seconds: number }, QualityPart>(
      engine,
      TASK,
      () => (left.size === 0 ? undefined : { faces: [...left.values()] }),
      {
        stage: 'Judging quality',
        signal: options.signal,
        onProgress: (progress) =>
          options.onProgress?.({ ...progress, done: faces.length - left.size, total: faces.length }),
        onPart: (part) => {
          project.recordQualities(
            QUALITY_VERSION,
            part.qualities.map((each, i) => ({ ...each, face: part.faces[i] })),
          );
          totals.push(...part.qualities.map(({ total }) => total));
          for (const { face, sentence } of part.rejects)
            rejects.push({ face, path: left.get(face)?.path ?? '', reason: sentence });
          for (const face of part.faces) left.delete(face);
          for (const { face } of part.rejects) left.delete(face);
        },
      },
    );
    const seconds = (performance.now() - begun) / 1000;
    return {
      ...{ version: QUALITY_VERSION, faces: totals.length, skipped: chosen.length - ids.length },
      ...{ quartiles: quartilesOf(totals), rejects },
      ...{ facesPerSecond: totals.length / (output?.seconds ?? seconds), seconds },
    };
  });
}
