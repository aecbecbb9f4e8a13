import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Fault } from '../../foundation/fault.ts';
import type { Model } from '../../graph/model.ts';
import { readWeights, shardsHash, type Weight } from '../tfjs/weights.ts';
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
  /** SHA-256 of its shards, one after the other: those of @vladmandic/face-api 1.7.15, which face-api.js's own equal. */
  sha256: string;
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
    sha256: '2835640602d53718aa6ae9a42896327eaa21beefed056c218d32ca7d79e1e2f8',
    is: (weights) => weights.has('Output/extra_dim'),
    build: ssdModel,
  },
  {
    name: 'face-api-tiny-detector',
    stem: 'tiny_face_detector_model',
    sha256: 'b7503ce7df31039b1c43316a9b865cab6a70dd748cc602d3fa28b551503c3871',
    is: (weights) => weights.has('conv8/filters'),
    build: tinyDetectorModel,
  },
  {
    name: 'face-api-landmarks',
    stem: 'face_landmark_68_model',
    sha256: '4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b',
    is: (weights) => weights.has('dense3/conv0/bias') && isLandmarks(weights),
    build: landmarksModel,
  },
  {
    name: 'face-api-landmarks-tiny',
    stem: 'face_landmark_68_tiny_model',
    sha256: 'b98e9f2f7da76f8a6dda9741a36ed485b224b889d552de2b2c1bb16217f67bfc',
    is: (weights) => !weights.has('dense3/conv0/bias') && isLandmarks(weights),
    build: landmarksModel,
  },
  {
    name: 'face-api-recognition',
    stem: 'face_recognition_model',
    sha256: 'b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589',
    is: (weights) => weights.has('conv32_down/conv/filters'),
    build: recognitionModel,
  },
  {
    name: 'age-gender',
    stem: 'age_gender_model',
    sha256: '49f92bbc0afef2342c4385e4a2b0acb6d7a727c6f0aa539499719a81acf9abaa',
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

export interface FaceApiModel {
  network: FaceApiNetwork;
  model: Model;
  /** Whether the shards are the published ones. */
  verified: boolean;
}

/** Reads a weights manifest with its shards and builds its network. */
export function faceApiModel(path: string): FaceApiModel {
  const weights = readWeights(path);
  const network = networkOfWeights(weights, path);
  return { network, model: network.build(weights), verified: shardsHash(path) === network.sha256 };
}
