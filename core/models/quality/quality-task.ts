import { scalesOf } from '../../engine/images/affine.ts';
import { prepareFaces, type Reject } from '../../engine/images/pipeline.ts';
import type { FaceImage, Preparation } from '../../engine/preparation.ts';
import type { Task } from '../../engine/types.ts';
import { poseOfLandmarks } from '../pose/landmark-pose.ts';
import { type FaceMeasures, type FaceQuality, qualityOf } from './quality.ts';
import { focusOf } from './sharpness.ts';

/** A face with the score of the detector that found it. */
export interface ScoredFace extends FaceImage {
  score: number | null;
}

/** Faces that were measured together. */
export interface QualityPart {
  faces: Int32Array;
  measures: FaceMeasures[];
  qualities: FaceQuality[];
  rejects: Reject[];
}

const SIDE = 112;
const BATCH = 64;

/** The face as recognition networks see it, in levels of 0…255. */
const ALIGNED: Preparation = {
  size: [SIDE, SIDE],
  crop: { kind: 'aligned', template: 'arcface' },
  channels: 'rgb',
  mean: [0, 0, 0],
  std: [1, 1, 1],
  layout: 'nchw',
};

/** Measures faces on their aligned crops; no network runs. */
const quality: Task<{ faces: readonly ScoredFace[] }, { seconds: number }> = async ({ faces }, context) => {
  const begun = performance.now();
  const byId = new Map(faces.map((face) => [face.face, face]));
  let done = 0;
  for await (const batch of prepareFaces(faces, ALIGNED, { batch: BATCH, signal: context.signal })) {
    const measures = Array.from(batch.faces, (id, i): FaceMeasures => {
      const { landmarks, score } = byId.get(id) as ScoredFace;
      const pose = landmarks === null ? null : poseOfLandmarks(landmarks);
      const length = 3 * SIDE * SIDE;
      return {
        scale: scalesOf(batch.placements[i].map)[0],
        focus: focusOf(batch.tensor.subarray(i * length, (i + 1) * length), SIDE),
        ...{ pose, residual: pose?.residual ?? null, score },
      };
    });
    const part: QualityPart = {
      faces: batch.faces,
      measures,
      qualities: measures.map(qualityOf),
      rejects: batch.rejects,
    };
    await context.part(part);
    done += batch.faces.length + batch.rejects.length;
    context.progress({ stage: 'Judging quality', done, total: faces.length, unit: 'faces' });
  }
  return { seconds: (performance.now() - begun) / 1000 };
};
export default quality;
