import { readFileSync } from 'node:fs';
import { lfwPath, readPairs, squaredDistance } from '../../core/evaluation/pairs.ts';
import { alternate, type PairScore, scorePairs } from '../../core/evaluation/pairs-protocol.ts';
import type { ProjectStore } from '../../core/project/store.ts';
import { ASSETS } from './assets.ts';
import { mean } from './figure.ts';

/** Evaluations drop AFLW2000 pictures with an angle beyond this (field.md). */
const ANGLE_LIMIT = 99;

export interface PoseError {
  pictures: number;
  /** Mean absolute errors in degrees. */
  yaw: number;
  pitch: number;
  roll: number;
  /** Share of pictures whose pitch and yaw both fall into the right bin. */
  bins: number;
}

const bin = (degrees: number): number => (degrees < -30 ? 0 : degrees > 30 ? 1 : 2);

/** Predicted angles (a feature set of yaw, pitch, roll) against the set's own, which the reader keeps raw. */
export function poseError(project: ProjectStore, numbers: string): PoseError {
  const set = project.featureSet(numbers);
  const ids = project.select({ sources: [project.source('AFLW2000-3D').id] });
  const predicted = project.featureMatrix(set, ids);
  const errors: number[][] = [[], [], []];
  let right = 0;
  for (const [i, { raw }] of project.faces(ids).entries()) {
    const truth = [raw.yaw, raw.pitch, raw.roll].map(Number);
    if (truth.some((angle) => Math.abs(angle) > ANGLE_LIMIT)) continue;
    for (let k = 0; k < 3; k++) errors[k].push(Math.abs(predicted[3 * i + k] - truth[k]));
    if (bin(predicted[3 * i]) === bin(truth[0]) && bin(predicted[3 * i + 1]) === bin(truth[1])) right++;
  }
  const [yaw, pitch, roll] = errors.map(mean);
  return { pictures: errors[0].length, yaw, pitch, roll, bins: right / errors[0].length };
}

/** Landmarks per AFLW2000 face, by path. */
export function landmarksByPath(project: ProjectStore): Map<string, Float32Array> {
  const ids = project.select({ sources: [project.source('AFLW2000-3D').id] });
  return new Map(
    project
      .faces(ids)
      .flatMap(({ path, landmarks }) => (landmarks === null ? [] : [[path, landmarks] as const])),
  );
}

/** Mean distance of 68 landmarks in shares of the true bounding box's size (square root of its area). */
export function landmarkError(
  found: ReadonlyMap<string, Float32Array>,
  truth: ReadonlyMap<string, Float32Array>,
): { pictures: number; median: number } {
  const errors: number[] = [];
  for (const [path, points] of found) {
    const real = truth.get(path);
    if (!real) continue;
    const xs = real.filter((_, i) => i % 2 === 0);
    const ys = real.filter((_, i) => i % 2 === 1);
    const size = Math.sqrt((Math.max(...xs) - Math.min(...xs)) * (Math.max(...ys) - Math.min(...ys)));
    const distances = Array.from(xs, (_, p) =>
      Math.hypot(points[2 * p] - real[2 * p], points[2 * p + 1] - real[2 * p + 1]),
    );
    errors.push(mean(distances) / size);
  }
  errors.sort((a, b) => a - b);
  return { pictures: errors.length, median: errors[errors.length >> 1] };
}

/**
 * LFW's first fold of 600 pairs by itself: the pairs stand alternately same and different and are cut into ten folds
 * of their own, each judged at the threshold that is best on the other nine.
 */
export function lfwFold(project: ProjectStore, features: string): PairScore {
  const { pairs } = readPairs(
    readFileSync(`${ASSETS}/meta/lfw_pairs_fold1.txt`, 'utf8'),
    'lfw_pairs_fold1.txt',
  );
  const set = project.featureSet(features);
  const ids = project.select({ sources: [project.source('LFW').id] });
  const byPath = new Map(project.faces(ids).map(({ path, id }) => [path, id]));
  const wanted = [...new Set(pairs.flatMap(({ first, second }) => [lfwPath(first), lfwPath(second)]))];
  const missing = wanted.filter((path) => !byPath.has(path));
  if (missing.length > 0) throw new Error(`${missing.length} pictures of the pairs are missing.`);
  const matrix = project.featureMatrix(
    set,
    Int32Array.from(wanted, (path) => byPath.get(path) as number),
  );
  const rows = new Map(
    wanted.map((path, i) => [path, matrix.subarray(i * set.dimensions, (i + 1) * set.dimensions)]),
  );
  const row = (path: string): Float32Array => rows.get(path) as Float32Array;
  const order = alternate(pairs.map(({ same }) => same)).map((i) => pairs[i]);
  return scorePairs(
    order.map(({ first, second }) => squaredDistance(row(lfwPath(first)), row(lfwPath(second)))),
    order.map(({ same }) => same),
  );
}

export interface Agreement {
  faces: number;
  accuracy: number;
  confidence: number;
}

/** How often what a model said of UTKFace is what the set says, and how sure it was. */
export function modelAccuracy(project: ProjectStore, model: string, attribute: number): Agreement {
  const ids = project.select({ sources: [project.source('UTKFace').id] });
  const opinions = project.opinions(attribute, ids);
  const truth = opinions.find(({ agent }) => agent.origin === 'dataset');
  const said = opinions.find(({ agent }) => agent.origin === 'model' && agent.name === model);
  if (!truth || !said)
    throw new Error(`Neither UTKFace nor '${model}' said anything of attribute ${attribute}.`);
  const both = [...ids.keys()].filter((i) => truth.values[i] >= 0 && said.values[i] >= 0);
  return {
    faces: both.length,
    accuracy: mean(both.map((i) => (truth.values[i] === said.values[i] ? 1 : 0))),
    confidence: mean(both.map((i) => said.confidences[i])),
  };
}

/** Mean absolute error and its root mean square in years over the UTKFace faces that have a predicted age. */
export function ageError(project: ProjectStore, numbers: string) {
  const set = project.featureSet(numbers);
  const rows = new Set(project.featureFaces(set));
  const ids = project.select({ sources: [project.source('UTKFace').id] }).filter((face) => rows.has(face));
  const predicted = project.featureMatrix(set, ids);
  const errors = project
    .faces(ids)
    .flatMap(({ raw }, i) => (/^\d+$/.test(raw.age ?? '') ? [predicted[i] - Number(raw.age)] : []));
  return {
    faces: errors.length,
    error: mean(errors.map(Math.abs)),
    rootMeanSquare: Math.sqrt(mean(errors.map((error) => error * error))),
  };
}
