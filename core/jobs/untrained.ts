import { placeCrop } from '../engine/images/crop.ts';
import { inputLength, normalise } from '../engine/images/normalise.ts';
import { cut } from '../engine/images/warp.ts';
import type { EngineClient } from '../engine/types.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import type { CalibrateInput, CalibrateOutput } from '../models/architectures/calibrate-task.ts';
import { DEMO_NAME, DEMO_SETTINGS, untrainedPlan } from '../models/architectures/demo.ts';
import type { NetworkSettings } from '../models/architectures/face-network.ts';
import type { ProjectStore } from '../project/store.ts';
import { faceOf } from '../synthetic/faces.ts';
import { FaceRenderer } from '../synthetic/render.ts';
import { type AddModelResult, storeModel } from './models.ts';

const CALIBRATE = new URL('../models/architectures/calibrate-task.ts', import.meta.url);
/** Faces over which BatchNormalization is calibrated, each of a person of its own. */
const FACES = 64;

export interface UntrainedInput {
  /** 'condface-demo' if left out. */
  name?: string;
  /** The demo's network if left out. */
  settings?: NetworkSettings;
}

/**
 * Builds a network of the thesis with random weights into the project, named as untrained. With an engine its
 * normalisation is calibrated on synthetic faces first; the same settings always give the same file on one machine.
 */
export async function addUntrainedModel(
  project: ProjectStore,
  engine: EngineClient | undefined,
  input: UntrainedInput = {},
  options: WorkOptions = {},
): Promise<AddModelResult> {
  const { name = DEMO_NAME, settings = DEMO_SETTINGS } = input;
  let statistics: ReadonlyMap<string, Float32Array> | undefined;
  if (engine !== undefined) {
    options.onProgress?.({ stage: 'Calibrating the network', done: 0, total: FACES, unit: 'faces' });
    const found = await engine.run<CalibrateInput, CalibrateOutput>(
      CALIBRATE,
      { settings, pixels: calibrationFaces(settings), items: FACES },
      options,
    );
    statistics = new Map(Object.entries(found));
  }
  return storeModel(project, undefined, untrainedPlan(name, settings, statistics), options);
}

/** Aligned synthetic faces as the network takes them. */
function calibrationFaces(settings: NetworkSettings): Float32Array {
  const { manifest } = untrainedPlan('calibration', { ...settings, width: 0.125, embedding: 8 }, undefined);
  const { preparation } = manifest;
  const length = inputLength(preparation);
  const pixels = new Float32Array(FACES * length);
  const renderer = new FaceRenderer(112);
  for (let i = 0; i < FACES; i++) {
    const face = renderer.render(faceOf({ seed: settings.seed ?? 1, faces: FACES, identities: FACES }, i));
    const image = { face: i, path: '', box: null, points: face.points, landmarks: null };
    const placed = placeCrop(image, preparation, face.size, face.size);
    if (typeof placed === 'string') throw new Error(placed);
    const picture = { data: face.pixels, width: face.size, height: face.size };
    normalise(
      cut(picture, placed, ...preparation.size),
      preparation,
      pixels.subarray(i * length, (i + 1) * length),
    );
  }
  return pixels;
}
