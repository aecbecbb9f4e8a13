import { join } from 'node:path';
import { foldDegrees } from '../attributes/folding.ts';
import { Fault, sentenceOf } from '../foundation/fault.ts';
import { readPlainFile } from '../foundation/file-kind.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import type { NewFace } from '../project/types.ts';
import type { SourceListing } from './listing.ts';
import { readMat5 } from './mat5.ts';
import { fivePointsOf } from './points.ts';
import { type OpenOptions, type OpenSource, Portions, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { shareWords } from './share-words.ts';
import { walkImages } from './walk.ts';

/** Evaluations drop images with an angle beyond this: their annotation is known to be wrong. */
export const ANGLE_LIMIT = 99;

const withoutExtension = (path: string): string => path.replace(/\.[^./]+$/, '');

/** Number of images beside which a .mat of the same name lies. */
function paired(listing: SourceListing): number {
  const mats = new Set(
    listing.files.filter((file) => file.toLowerCase().endsWith('.mat')).map(withoutExtension),
  );
  if (mats.size === 0 || listing.images.length === 0) return 0;
  return listing.images.filter((image) => mats.has(withoutExtension(image))).length;
}

const degrees = (radians: number): number => (radians * 180) / Math.PI;

/** The face of one image from its .mat; the sentence of what is wrong otherwise. */
function faceOf(path: string, bytes: Uint8Array, mat: string, report: ReadReport): NewFace | string {
  const arrays = readMat5(bytes, mat);
  const pose = arrays.get('Pose_Para')?.data;
  if (!pose || pose.length < 3 || !pose.subarray(0, 3).every(Number.isFinite)) {
    return `there is no array 'Pose_Para' with pitch, yaw and roll in radians; the arrays are: ${[...arrays.keys()].join(', ') || 'none'}.`;
  }
  const [pitch, yaw, roll] = [pose[0], pose[1], pose[2]].map(degrees);
  const raw: Record<string, string> = {
    pitch: pitch.toFixed(4),
    yaw: yaw.toFixed(4),
    roll: roll.toFixed(4),
  };
  if (pose.length >= 7) raw.translation = [...pose.subarray(3, 6)].join(' ');
  if (pose.length >= 7) raw.scale = String(pose[6]);
  const roi = arrays.get('roi')?.data;
  if (roi) raw.roi = [...roi].join(' ');
  const face: NewFace = { path, raw };
  const known = [pitch, yaw, roll].every((angle) => Math.abs(angle) <= ANGLE_LIMIT);
  if (known) {
    face.labels = [undefined, undefined, undefined, foldDegrees(pitch), foldDegrees(yaw)];
  } else {
    report.note(
      `%d images have an angle beyond ±${ANGLE_LIMIT}°, which evaluations drop: their pose is kept raw and not labelled.`,
    );
  }
  const shape = arrays.get('pt3d_68');
  if (shape && shape.shape[0] >= 2 && shape.shape[1] === 68) {
    const rows = shape.shape[0];
    const landmarks = new Float32Array(136);
    for (let p = 0; p < 68; p++) {
      landmarks[2 * p] = shape.data[p * rows];
      landmarks[2 * p + 1] = shape.data[p * rows + 1];
    }
    face.landmarks = landmarks;
    face.points = fivePointsOf(landmarks);
  }
  return face;
}

async function* poseFaces(
  listing: SourceListing,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const portions = new Portions();
  for await (const path of walkImages(listing.folder, options.signal, report)) {
    throwIfCancelled(options.signal);
    report.rows++;
    const mat = `${withoutExtension(path)}.mat`;
    try {
      const face = faceOf(path, readPlainFile(join(listing.folder, mat)), mat, report);
      if (typeof face === 'string') report.reject(mat, null, mat, face);
      else portions.add(face);
    } catch (thrown) {
      if (thrown instanceof Fault) report.reject(mat, null, mat, sentenceOf(thrown));
      else if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') {
        report.reject(path, null, mat, `there is no '${mat}' beside it; its pose is read from there.`);
      } else throw thrown;
    }
    if (portions.full) yield portions.take();
  }
  yield portions.take();
}

/** AFLW2000-3D: images with a .mat each that holds pose and 68 landmarks. */
export const aflw2000: Reader = {
  format: 'aflw2000',
  title: 'AFLW2000-3D',
  looksFor: 'images that each have a MATLAB file (.mat) of the same name beside them',
  match(listing) {
    const all = listing.images.length;
    const beside = paired(listing);
    if (all === 0 || beside < 0.5 * all) return null;
    return { score: 0.95, why: shareWords(beside, all, 'with a .mat of the same name') };
  },
  open(listing, options): OpenSource {
    if (paired(listing) === 0) {
      throw new Fault(`'${listing.path}' holds no AFLW2000 images: looked for ${aflw2000.looksFor}.`);
    }
    return {
      name: 'AFLW2000-3D',
      roots: [listing.folder],
      fromImages: true,
      faces: (report) => poseFaces(listing, report, options),
    };
  },
};
