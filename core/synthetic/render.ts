import { Fault } from '../foundation/fault.ts';
import { drawBackground } from './background.ts';
import { addBody } from './body.ts';
import { type Camera, frame, project } from './camera.ts';
import { lidsOf } from './eye.ts';
import { valuesOf } from './faces.ts';
import { addGlasses } from './glasses.ts';
import { addHair, addHeadwear } from './hair.ts';
import { addEars, addHead } from './head.ts';
import { fivePointsOf, landmarksOf, openLids } from './landmarks.ts';
import { headMesh } from './mesh.ts';
import { EXPRESSION_NAMES, type HeadShape, shapeHead } from './morphs.ts';
import { CLOUDS, GRAIN, sample } from './noise.ts';
import { drawOccluder } from './occluder.ts';
import type { FaceParameters } from './parameters.ts';
import { rotationOf } from './pose.ts';
import { type Cutout, FABRIC, HAIR, Scene, Visible } from './raster.ts';
import { develop } from './sensor.ts';
import { Shader } from './shade.ts';

export const SMALLEST = 64;
export const LARGEST = 512;
/** Raises whenever the same parameters give other pixels. */
export const RENDERER_VERSION = 1;

/** A drawn face and everything that is known about it. */
export interface RenderedFace {
  /** RGB, interleaved, size·size·3. */
  pixels: Uint8Array;
  size: number;
  parameters: FaceParameters;
  /** The five attribute values in order: age, gender, race, pitch, yaw. */
  values: number[];
  /** 5×2 pixels: the eyes (the picture's left one first), tip of the nose, corners of the mouth. */
  points: Float64Array;
  /** 68×2 pixels in iBUG's order; hidden ones are where they would be. */
  landmarks: Float64Array;
  /** Left, top, width, height of the face from brow to chin and ear to ear, pixels; may reach over the edge. */
  box: [number, number, number, number];
  camera: Camera;
}

const clamp01 = (value: number): number => Math.min(1, Math.max(0, value));

/** The head's shape for a face at its age. */
export function headShapeOf(face: FaceParameters): HeadShape {
  const { person, age } = face;
  const child = clamp01((17 - age) / 14);
  // Children's features are less marked.
  const mark = 1 - 0.45 * child;
  return {
    shape: person.shape.map((value) => value * mark),
    width: person.width,
    length: person.length,
    child,
    old: clamp01((age - 38) / 40) ** 1.2,
    expression: face.expression,
  };
}

interface Posed {
  shape: HeadShape;
  rotation: Float64Array;
  five: Float64Array;
  camera: Camera;
}

/** Draws faces of one size; keeps its buffers between pictures. */
export class FaceRenderer {
  readonly size: number;
  readonly #scene = new Scene();
  readonly #visible: Visible;
  readonly #lens: Visible;
  readonly #positions = new Float32Array(headMesh().vertices * 3);
  readonly #light: Float32Array;
  readonly #picture: Float32Array;

  /** @throws Fault when the size is not a whole number from 64 to 512. */
  constructor(size: number) {
    if (!Number.isInteger(size) || size < SMALLEST || size > LARGEST) {
      throw new Fault(
        `The size is ${size}; a whole number from ${SMALLEST} to ${LARGEST} pixels is expected.`,
      );
    }
    this.size = size;
    this.#visible = new Visible(size * 2);
    this.#lens = new Visible(size * 2);
    this.#light = new Float32Array(size * size * 12);
    this.#picture = new Float32Array(size * size * 3);
  }

  /** Labels, points and landmarks of a face without drawing it (its pixels are empty). */
  describe(face: FaceParameters): RenderedFace {
    return this.#labels(face, this.#pose(face), new Uint8Array(0));
  }

  #pose(face: FaceParameters): Posed {
    const shape = headShapeOf(face);
    shapeHead(shape, this.#positions);
    const rotation = rotationOf(face);
    const five = fivePointsOf(this.#positions);
    const { distance, framing, shiftX, shiftY } = face;
    return {
      shape,
      rotation,
      five,
      camera: frame(five, rotation, this.size, distance, framing, shiftX, shiftY),
    };
  }

  #labels(face: FaceParameters, { rotation, five, camera }: Posed, pixels: Uint8Array): RenderedFace {
    const smile = face.expression[EXPRESSION_NAMES.indexOf('smile')];
    const places = landmarksOf(this.#positions);
    openLids(this.#positions, lidsOf(face, smile), places);
    const landmarks = project(places, rotation, camera);
    return {
      pixels,
      size: this.size,
      parameters: face,
      values: valuesOf(face),
      points: project(five, rotation, camera),
      landmarks,
      box: boxOf(landmarks),
      camera,
    };
  }

  render(face: FaceParameters): RenderedFace {
    const { size } = this;
    const scene = this.#scene;
    const visible = this.#visible;
    const posed = this.#pose(face);
    const { shape, rotation, five, camera } = posed;
    const positions = this.#positions;

    scene.reset();
    addHead(scene, positions, rotation, face);
    addEars(scene, shape.width, rotation, face);
    addBody(scene, rotation, face, shape.width, shape.length);
    const solid = scene.triangles;
    addHair(scene, positions, rotation, face);
    addHeadwear(scene, positions, rotation, face);
    const cut = scene.triangles;
    const lenses =
      face.glasses === 'none' ? cut : addGlasses(scene, five, rotation, shape.width, face.glasses);
    scene.computeNormals(0, 0);
    this.#toScreen(camera);

    visible.clear();
    visible.draw(scene, 0, solid);
    const seed = face.person.texture;
    const fine = 4.2 * (this.size < 200 ? 1 : 1.4);
    const hairEdge: Cutout = (edge, u, v) =>
      edge > 7 ||
      edge > 0.5 + fine * sample(GRAIN, (seed & 255) + u * 4.1, v * 0.45) + 2 * sample(CLOUDS, u, v);
    const fabricEdge: Cutout = (edge) => edge > 0;
    // Runs of one material.
    for (let from = solid; from < cut; ) {
      const kind = scene.material[from];
      let to = from;
      while (to < cut && scene.material[to] === kind) to++;
      visible.draw(scene, from, to, kind === HAIR ? hairEdge : kind === FABRIC ? fabricEdge : undefined);
      from = to;
    }
    if (face.glasses !== 'none') visible.draw(scene, cut, lenses);

    const seam = headMesh().seamRows[0] * headMesh().columns + (headMesh().columns >> 1);
    const below = seam + 2 * headMesh().columns;
    const gap = positions[seam * 3 + 1] - positions[below * 3 + 1];
    const shader = new Shader(face, rotation, gap);
    this.#light.fill(0);
    shader.shade(scene, visible, camera.scale * 2, this.#light);
    if (face.glasses !== 'none') this.#drawLenses(face, lenses);
    drawBackground(face.background, face.backgroundSeed, size, this.#picture);
    this.#compose();
    drawOccluder(face, size, this.#picture);
    return this.#labels(face, posed, develop(face, size, this.#picture));
  }

  #toScreen(camera: Camera): void {
    const { position, screen, vertices } = this.#scene;
    const scale = camera.scale * 2 * camera.distance;
    for (let v = 0; v < vertices; v++) {
      const k = scale / (camera.distance - position[v * 3 + 2]);
      screen[v * 2] = camera.centreX * 2 + position[v * 3] * k;
      screen[v * 2 + 1] = camera.centreY * 2 - position[v * 3 + 1] * k;
    }
  }

  #drawLenses(face: FaceParameters, first: number): void {
    const lens = this.#lens;
    lens.clear();
    lens.draw(this.#scene, first, this.#scene.triangles);
    const { depth } = this.#visible;
    const dark = face.glasses === 'sunglasses';
    const light = this.#light;
    const side = this.size * 2;
    const glare = clamp01(0.15 + 0.5 * face.light.direction[1]) * (face.grease + 0.2);
    for (let at = 0; at < lens.triangle.length; at++) {
      if (lens.triangle[at] < 0 || lens.depth[at] < depth[at]) continue;
      const o = at * 3;
      const through = dark ? 0.09 : 0.9;
      const y = Math.floor(at / side) / side;
      const x = (at % side) / side;
      // A slanted band of mirrored sky.
      const band = Math.exp(-(((((x + y * 0.6) * 5) % 1) - 0.5) ** 2) * 26) * glare * (dark ? 0.35 : 0.1);
      const mirrored = (dark ? 0.03 : 0.012) + band;
      for (let k = 0; k < 3; k++) light[o + k] = light[o + k] * through + face.light.sky[k] * mirrored;
    }
  }

  /** Halves the resolution and lays the result over the background. */
  #compose(): void {
    const { size } = this;
    const light = this.#light;
    const picture = this.#picture;
    const { triangle } = this.#visible;
    const wide = size * 2;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const p = y * 2 * wide + x * 2;
        const q = p + wide;
        const o = (y * size + x) * 3;
        const covered =
          (triangle[p] >= 0 ? 1 : 0) +
          (triangle[p + 1] >= 0 ? 1 : 0) +
          (triangle[q] >= 0 ? 1 : 0) +
          (triangle[q + 1] >= 0 ? 1 : 0);
        if (covered === 0) continue;
        const open = 1 - covered / 4;
        for (let k = 0; k < 3; k++) {
          picture[o + k] =
            picture[o + k] * open +
            0.25 * (light[p * 3 + k] + light[p * 3 + 3 + k] + light[q * 3 + k] + light[q * 3 + 3 + k]);
        }
      }
    }
  }
}

/** The smallest box round the landmarks, widened upwards to half the forehead as detectors draw it. */
function boxOf(landmarks: Float64Array): [number, number, number, number] {
  let left = Infinity;
  let right = -Infinity;
  let top = Infinity;
  let bottom = -Infinity;
  for (let i = 0; i < landmarks.length; i += 2) {
    left = Math.min(left, landmarks[i]);
    right = Math.max(right, landmarks[i]);
    top = Math.min(top, landmarks[i + 1]);
    bottom = Math.max(bottom, landmarks[i + 1]);
  }
  const up = 0.18 * (bottom - top);
  return [left, top - up, right - left, bottom - top + up];
}
