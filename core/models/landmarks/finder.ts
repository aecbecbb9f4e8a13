import { bounds, squareAround } from '../../engine/images/crop.ts';
import type { Picture } from '../../engine/images/pixels.ts';
import type { DeviceChoice, Engine, Tensor } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import { cropRectangle, type Rectangle } from '../alignment/rectangle.ts';
import { Network } from '../prelabel/network.ts';
import type { PreparedModel } from '../prepared.ts';
import { fivePoints, fromCrop } from './points.ts';

const MOST = 32;

/** The second crop is this many times the longer side of the first crop's landmarks. */
const SECOND_SCALE = 1.2;

type Square = readonly [left: number, top: number, side: number];

interface Locatable {
  box: Rectangle;
  points: Float32Array | null;
  landmarks: Float32Array | null;
}

/** A face and the picture that it is in. */
export interface InPicture {
  picture: Picture;
  face: Locatable;
}

/**
 * 68 landmarks by a network that gives them as fractions of a square crop around the box (PFLD and its like). The crop
 * is made twice: around the detector's box, then around the landmarks that were found in it, which takes the
 * detector's box out of the result (AFLW2000, 41 pictures: mean error 3.4 % instead of 3.6 % of the face's size).
 */
export class LandmarkFinder {
  readonly #network: Network;

  private constructor(network: Network) {
    this.#network = network;
  }

  static async open(
    engine: Engine,
    prepared: PreparedModel,
    device: DeviceChoice,
    threads?: number,
  ): Promise<LandmarkFinder> {
    return new LandmarkFinder(await Network.open(engine, prepared, device, MOST, threads));
  }

  /** Fills in `landmarks`, and `points` where they are null. Faces of many pictures go through the network together. */
  async locate(faces: readonly InPicture[]): Promise<void> {
    const { crop } = this.#network.prepared.preparation;
    const [scale, shift] = crop.kind === 'square' ? [crop.scale, crop.shift] : [1.15, 0];
    for (let from = 0; from < faces.length; from += MOST) {
      const group = faces.slice(from, from + MOST);
      const first = await this.#run(group, ({ face }) => squareAround(face.box, scale, shift));
      const second = await this.#run(group, ({ face: { box } }, i) => {
        const region = bounds(first[i]);
        // Landmarks that shrank to a speck say nothing of where the face is.
        const speck = Math.max(region[2], region[3]) < 0.3 * Math.max(box[2], box[3]);
        return speck ? squareAround(box, scale, shift) : squareAround(region, SECOND_SCALE, 0);
      });
      for (const [i, { face }] of group.entries()) {
        face.landmarks = second[i];
        face.points ??= fivePoints(second[i]);
      }
    }
  }

  async dispose(): Promise<void> {
    await this.#network.dispose();
  }

  async #run(
    group: readonly InPicture[],
    squareOf: (one: InPicture, index: number) => Square,
  ): Promise<Float32Array[]> {
    const { preparation, manifest } = this.#network.prepared;
    const { itemSize } = this.#network;
    const pixels = new Float32Array(group.length * itemSize);
    const squares = group.map(squareOf);
    for (const [i, [left, top, side]] of squares.entries()) {
      cropRectangle(group[i].picture, [left, top, side, side], preparation, pixels.subarray(i * itemSize));
    }
    const outputs = await this.#network.run(pixels, squares.length);
    const values = landmarksOf(outputs, squares.length, manifest.name);
    return squares.map((square, i) => fromCrop(values.subarray(136 * i, 136 * (i + 1)), square));
  }
}

/** The output of 136 numbers per face. @throws Fault when there is none. */
function landmarksOf(outputs: Readonly<Record<string, Tensor>>, items: number, model: string): Float32Array {
  for (const { data } of Object.values(outputs)) {
    if (data.length === 136 * items)
      return data instanceof Float32Array ? data : Float32Array.from(data, Number);
  }
  throw new Fault(
    `The landmark network '${model}' should give 136 numbers per face (68 points as fractions of the crop); its outputs have ${Object.values(
      outputs,
    )
      .map(({ dims }) => dims.join('×'))
      .join(', ')}.`,
  );
}
