import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Fault } from '../../foundation/fault.ts';
import type { Model } from '../../graph/model.ts';
import { readWeights, type Weight } from '../tfjs/weights.ts';
import { ageGenderModel } from './age-gender.ts';
import { landmarksModel } from './landmarks.ts';
import { recognitionModel } from './recognition.ts';
import { ssdModel } from './ssd.ts';
import { tinyDetectorModel } from './tiny-detector.ts';

/** A network of face-api.js: its weights are published, its graph is written here. */
export interface FaceApiNetwork {
  /** Name of its ready manifest. */
  name: string;
  /** Its weights manifest is `STEM-weights_manifest.json`. */
  stem: string;
  /** Whether the weights are this network's. */
  is: (weights: ReadonlyMap<string, Weight>) => boolean;
  build: (weights: ReadonlyMap<string, Weight>) => Model;
}

/** Its expression network has the same layers, but another end. */
const isLandmarks = (weights: ReadonlyMap<string, Weight>): boolean =>
  weights.has('dense2/conv0/bias') && weights.get('fc/weights')?.shape[1] === 136;

export const FACE_API_NETWORKS: readonly FaceApiNetwork[] = [
  {
    name: 'face-api-ssd',
    stem: 'ssd_mobilenetv1_model',
    is: (weights) => weights.has('Output/extra_dim'),
    build: ssdModel,
  },
  {
    name: 'face-api-tiny-detector',
    stem: 'tiny_face_detector_model',
    is: (weights) => weights.has('conv8/filters'),
    build: tinyDetectorModel,
  },
  {
    name: 'face-api-landmarks',
    stem: 'face_landmark_68_model',
    is: (weights) => weights.has('dense3/conv0/bias') && isLandmarks(weights),
    build: landmarksModel,
  },
  {
    name: 'face-api-landmarks-tiny',
    stem: 'face_landmark_68_tiny_model',
    is: (weights) => !weights.has('dense3/conv0/bias') && isLandmarks(weights),
    build: landmarksModel,
  },
  {
    name: 'face-api-recognition',
    stem: 'face_recognition_model',
    is: (weights) => weights.has('conv32_down/conv/filters'),
    build: recognitionModel,
  },
  {
    name: 'age-gender',
    stem: 'age_gender_model',
    is: (weights) => weights.has('fc/age/weights'),
    build: ageGenderModel,
  },
];

const MANIFEST = /weights_manifest\.json$/;

/**
 * The weights manifest that a path means: itself, or the only one of a known network in the folder.
 * @returns undefined where it is none
 * @throws Fault for a folder that holds several
 */
export function weightsManifestAt(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  if (!statSync(path).isDirectory()) return MANIFEST.test(path) ? path : undefined;
  const found = readdirSync(path)
    .filter(
      (name) => MANIFEST.test(name) && FACE_API_NETWORKS.some(({ stem }) => name.startsWith(`${stem}-`)),
    )
    .sort();
  if (found.length > 1) {
    throw new Fault(
      `'${path}' holds the weights of ${found.length} networks; name one of them: ${found.map((name) => `'${join(path, name)}'`).join(', ')}.`,
    );
  }
  return found.length === 0 ? undefined : join(path, found[0]);
}

/** Which network these weights belong to. @throws Fault that lists the known ones. */
export function networkOfWeights(weights: ReadonlyMap<string, Weight>, path: string): FaceApiNetwork {
  const found = FACE_API_NETWORKS.find(({ is }) => is(weights));
  if (found === undefined) {
    throw new Fault(
      `'${basename(path)}' holds weights of a network that is not known (its first: ${[...weights.keys()].slice(0, 3).join(', ')}). Known from their weights alone: face-api.js's ${FACE_API_NETWORKS.map(({ stem }) => stem).join(', ')}.`,
    );
  }
  return found;
}

/** Reads a weights manifest with its shards and builds its network. */
export function faceApiModel(path: string): { network: FaceApiNetwork; model: Model } {
  const weights = readWeights(path);
  const network = networkOfWeights(weights, path);
  return { network, model: network.build(weights) };
}
