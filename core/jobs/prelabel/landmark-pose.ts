import type { WorkOptions } from '../../foundation/progress.ts';
import { throwIfCancelled } from '../../foundation/progress.ts';
import { textHash } from '../../models/hash.ts';
import { poseOfLandmarks } from '../../models/pose/landmark-pose.ts';
import { MEAN_FACE, MEAN_FACE_TILT } from '../../models/pose/mean-face.ts';
import { readRows } from '../../models/prelabel/said.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Face } from '../../project/types.ts';
import type { PrelabelReject } from '../prelabel.ts';
import type { LabelKeeper } from './keeper.ts';
import { CHUNK, labelledBy } from './pending.ts';
import type { Speaker } from './speaker.ts';

/** What the pose of 68 landmarks is called among models. */
export const LANDMARK_POSE_NAME = 'landmark-pose';

const ANGLES = ['yaw', 'pitch', 'roll'] as const;
const ROW = 'angles';

/**
 * Pitch, yaw and roll from 68 landmarks by the mean face. Its deviations are the root mean square errors on AFLW2000's 41
 * pictures, with landmarks that a network found.
 */
export const LANDMARK_POSE: Speaker = {
  manifest: {
    name: LANDMARK_POSE_NAME,
    readings: ANGLES.map((attribute, from) => ({
      kind: 'number' as const,
      ...{ attribute, output: ROW, from, scale: 1, offset: 0, deviation: attribute === 'roll' ? 4 : 6 },
    })),
  },
  hash: textHash(JSON.stringify({ places: MEAN_FACE, tilt: MEAN_FACE_TILT, fit: 1 })),
};

const NO_POSE = [Number.NaN, Number.NaN, Number.NaN];

function anglesOf({ landmarks }: Face): readonly number[] {
  const pose = landmarks === null ? null : poseOfLandmarks(landmarks);
  return pose === null ? NO_POSE : ANGLES.map((angle) => pose[angle]);
}

/** Faces of the selection that have landmarks: whether there is anything to say. */
export function haveLandmarks(project: ProjectStore, ids: Int32Array): boolean {
  for (let from = 0; from < ids.length; from += CHUNK) {
    if (project.faces(ids.subarray(from, from + CHUNK)).some(({ landmarks }) => landmarks !== null))
      return true;
  }
  return false;
}

/**
 * Keeps the poses of faces by their landmarks.
 * @param index the speaker's index in the keeper
 * @returns how many it had labelled before, and the faces without landmarks
 */
export async function sayPoses(
  project: ProjectStore,
  keeper: LabelKeeper,
  index: number,
  input: { ids: Int32Array; again: boolean },
  { signal, onProgress }: WorkOptions,
): Promise<{ skipped: number; rejects: PrelabelReject[] }> {
  const { ids, again } = input;
  const said = again ? new Uint8Array(ids.length) : labelledBy(project, LANDMARK_POSE, ids);
  const pending = ids.filter((_, i) => said[i] === 0);
  const rejects: PrelabelReject[] = [];
  for (let from = 0; from < pending.length; from += CHUNK) {
    throwIfCancelled(signal);
    const faces: Face[] = [];
    for (const face of project.faces(pending.subarray(from, from + CHUNK))) {
      if (face.landmarks !== null) faces.push(face);
      else {
        const reason = "The face has no 68 landmarks: run 'visage detect' with a landmark network first.";
        rejects.push({ face: face.id, path: face.path, model: LANDMARK_POSE_NAME, reason });
      }
    }
    if (faces.length > 0) {
      const rows = faces.map(anglesOf);
      const readings = LANDMARK_POSE.manifest.readings.map((reading) =>
        readRows(reading, faces.length, (i) => rows[i]),
      );
      keeper.keep([{ network: 0, faces: Int32Array.from(faces, ({ id }) => id), readings }], [index]);
    }
    const done = Math.min(pending.length, from + CHUNK);
    onProgress?.({ stage: 'Pose from landmarks', done, total: pending.length, unit: 'faces' });
    await new Promise((resume) => setImmediate(resume));
  }
  return { skipped: ids.length - pending.length, rejects };
}
