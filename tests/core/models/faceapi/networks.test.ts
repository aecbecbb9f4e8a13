import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUILT_IN_WEIGHTS, builtInWeights } from '../../../../core/models/built-in.ts';
import {
  FACE_API_NETWORKS,
  faceApiModel,
  weightsManifestAt,
} from '../../../../core/models/faceapi/networks.ts';
import { readyManifests } from '../../../../core/models/ready-manifests.ts';
import { runModel } from '../../graph/runtime.ts';

const PEER = fileURLToPath(new URL('peer.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'visage-faceapi-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What face-api.js calls each network, and how its code prepares a picture. */
const PEERS = {
  'face-api-ssd': ['SsdMobilenetv1', [127.5, 127.5, 127.5], 127.5],
  'face-api-tiny-detector': ['TinyFaceDetector', [117.001, 114.697, 97.404], 255],
  'face-api-landmarks': ['FaceLandmark68Net', [122.782, 117.001, 104.298], 255],
  'face-api-landmarks-tiny': ['FaceLandmark68TinyNet', [122.782, 117.001, 104.298], 255],
  'face-api-recognition': ['FaceRecognitionNet', [122.782, 117.001, 104.298], 255],
  'age-gender': ['AgeGenderNet', [122.782, 117.001, 104.298], 255],
} as const satisfies Record<string, readonly [string, readonly number[], number]>;

type Network = keyof typeof PEERS;
type Output = { shape: number[]; data: number[] };

const manifestOf = (name: string) => {
  const found = readyManifests().find((manifest) => manifest.name === name);
  if (found === undefined) throw new Error(`No ready manifest is named '${name}'.`);
  return found;
};

/** A picture with something at every scale, the same each time: side × side × RGB, 0…255. */
const picture = (side: number): number[] =>
  Array.from({ length: side * side * 3 }, (_, i) =>
    Math.round(127 + 100 * Math.sin(i * 0.37) + 25 * Math.cos(i * i * 1e-3)),
  );

const peers = {} as Record<string, Record<string, Output>>;
beforeAll(() => {
  const pictures = FACE_API_NETWORKS.map(({ name, stem }) => {
    const [side] = manifestOf(name).preparation.size;
    return { stem, network: PEERS[name as Network][0], side, values: picture(side) };
  });
  const module = pathToFileURL(join(BUILT_IN_WEIGHTS, '../dist/face-api.esm.js')).href;
  const { stdout, stderr } = spawnSync(process.execPath, [PEER], {
    input: JSON.stringify({ package: module, folder: BUILT_IN_WEIGHTS, pictures }),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const last = stdout.trim().split('\n').at(-1);
  if (!last?.startsWith('{')) throw new Error(stderr);
  Object.assign(peers, JSON.parse(last));
});

/** The rebuilt network's outputs over the same picture, prepared as face-api.js's code does. */
async function own(name: Network): Promise<Record<string, ArrayLike<number>>> {
  const { stem } = FACE_API_NETWORKS.find((network) => network.name === name) ?? { stem: '' };
  const { model } = faceApiModel(builtInWeights(stem));
  const [, mean, std] = PEERS[name];
  const [side] = manifestOf(name).preparation.size;
  const values = picture(side);
  const area = side * side;
  const data = Float32Array.from({ length: 3 * area }, (_, i) => {
    const channel = Math.floor(i / area);
    return (values[3 * (i % area) + channel] - mean[channel]) / std;
  });
  const found = await runModel(model.encode(), { input: { data, dims: [1, 3, side, side] } });
  return Object.fromEntries(
    Object.entries(found).map(([key, { data: each }]) => [key, each as ArrayLike<number>]),
  );
}

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
};

describe("face-api.js's networks, rebuilt, equal its own code", () => {
  test('recognition', async () => {
    const { embedding } = await own('face-api-recognition');
    expect(furthest(embedding, peers.face_recognition_model.output.data)).toBeLessThan(1e-5);
  });

  test.each([
    ['face-api-landmarks', 'face_landmark_68_model'],
    ['face-api-landmarks-tiny', 'face_landmark_68_tiny_model'],
  ] as const)('%s', async (name, stem) => {
    const { landmarks } = await own(name);
    expect(furthest(landmarks, peers[stem].output.data)).toBeLessThan(1e-5);
  });

  test('age and gender', async () => {
    const { age, gender } = await own('age-gender');
    const peer = peers.age_gender_model;
    expect(furthest(age, peer.age.data)).toBeLessThan(1e-3);
    expect(furthest(gender, peer.gender.data)).toBeLessThan(1e-4);
  });

  test('SSD: scores and decoded boxes of all 5,118 anchors', async () => {
    const { scores, boxes } = await own('face-api-ssd');
    const peer = peers.ssd_mobilenetv1_model;
    expect(
      furthest(
        scores,
        peer.scores.data.flatMap((score) => [1 - score, score]),
      ),
    ).toBeLessThan(1e-5);
    // Its boxes are top, left, bottom, right.
    const turned = peer.boxes.data.map((_, i) => peer.boxes.data[(i & ~3) + [1, 0, 3, 2][i & 3]]);
    expect(furthest(boxes, turned)).toBeLessThan(1e-4);
  });

  test('tiny detector: what its code decodes from the raw output', async () => {
    const { scores, boxes } = await own('face-api-tiny-detector');
    const { shape, data } = peers.tiny_face_detector_model.output;
    const cells = shape[1];
    const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
    // Anchors in cells, in the order of the output's channels.
    const anchors = [
      1.603231, 2.094468, 6.041143, 7.080126, 2.882459, 3.518061, 4.266906, 5.178857, 9.041765, 10.66308,
    ];
    const places = cells * cells * 5;
    const wantedScores: number[] = [];
    const wantedBoxes: number[] = [];
    for (let place = 0; place < places; place++) {
      const [x, y, w, h, score] = data.slice(5 * place, 5 * place + 5);
      const cell = Math.floor(place / 5);
      const centre = [((cell % cells) + sigmoid(x)) / cells, (Math.floor(cell / cells) + sigmoid(y)) / cells];
      const size = [w, h].map((value, i) => (Math.exp(value) * anchors[2 * (place % 5) + i]) / cells);
      wantedScores.push(1 - sigmoid(score), sigmoid(score));
      wantedBoxes.push(...centre.map((c, i) => c - size[i] / 2), ...centre.map((c, i) => c + size[i] / 2));
    }
    expect(furthest(scores, wantedScores)).toBeLessThan(1e-5);
    expect(furthest(boxes, wantedBoxes)).toBeLessThan(1e-4);
  });
});

describe('recognising weights', () => {
  test('every network that comes with the program is known by its weights, whatever the file is called', () => {
    for (const { name, stem } of FACE_API_NETWORKS) {
      expect(faceApiModel(builtInWeights(stem)).network.name).toBe(name);
    }
  });

  test('a folder of several networks asks for one of them', () => {
    expect(() => weightsManifestAt(BUILT_IN_WEIGHTS)).toThrow(
      /holds the weights of 6 networks; name one of them/,
    );
  });

  test('weights of another network are refused by name, leaving nothing', () => {
    const path = join(folder, 'other-weights_manifest.json');
    writeFileSync(
      path,
      JSON.stringify([{ paths: ['shard'], weights: [{ name: 'a', shape: [2], dtype: 'float32' }] }]),
    );
    writeFileSync(join(folder, 'shard'), new Uint8Array(8));
    expect(() => faceApiModel(path)).toThrow(/holds weights of a network that is not known \(its first: a\)/);
    expect(() => faceApiModel(join(BUILT_IN_WEIGHTS, 'face_expression_model-weights_manifest.json'))).toThrow(
      /holds weights of a network that is not known/,
    );
  });
});
