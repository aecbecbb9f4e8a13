import { decode } from '../../engine/images/decode.ts';
import type { Picture } from '../../engine/images/pixels.ts';
import type { DeviceChoice, Placement, Task } from '../../engine/types.ts';
import { sentenceOf } from '../../foundation/fault.ts';
import { throwIfCancelled } from '../../foundation/progress.ts';
import { cropRectangle } from '../alignment/rectangle.ts';
import { type InPicture, LandmarkFinder } from '../landmarks/finder.ts';
import { Network } from '../prelabel/network.ts';
import type { PreparedModel } from '../prepared.ts';
import { type FoundFace, suppress } from './boxes.ts';
import { matchRecords } from './choice.ts';
import type { Decoder } from './decoder.ts';
import { decoderOf } from './decoders.ts';
import { seenRectangle, toPicture } from './placement.ts';

/** Faces that are decoded, run and handed over together. */
const GROUP = 16;

/** Border for the second look at pictures in which nothing was found, as a share of their sides. */
export const SECOND_LOOK_PAD = 0.3;

/** Side of the central square that stands in for a face that was not found, as a share of the shorter side. */
const CENTRE_SHARE = 0.7;

/** A picture and the records that are about it. */
export interface PictureRequest {
  image: number;
  /** Absolute path. */
  path: string;
  faces: { face: number; box: FoundFace['box'] | null }[];
}

export interface DetectionInput {
  detector: PreparedModel;
  /** Gives 68 landmarks in each box; from them five points, where the detector gives none. */
  landmarks: PreparedModel | null;
  pictures: readonly PictureRequest[];
  /** Border as a share of the sides; 'auto': none, and `SECOND_LOOK_PAD` where nothing was found. */
  pad: number | 'auto';
  minScore: number;
  /** Overlap (intersection over union) above which the weaker of two boxes is dropped. */
  maxOverlap: number;
  /** What a record without a face gets: nothing, or the picture's central square with score 0. */
  fallback: 'none' | 'centre';
  device: DeviceChoice;
}

export interface LocatedFace extends FoundFace {
  landmarks: Float32Array | null;
  /** The record that it belongs to; null for the picture's other faces. */
  face: number | null;
}

/** What was found in one picture. */
export interface PictureFinding {
  image: number;
  /** Why the picture could not be read, as a sentence. */
  problem?: string;
  /** True where only the second look, with a border, found something. */
  padded: boolean;
  faces: LocatedFace[];
  /** Records for which no face was found (they may have got the central square). */
  missed: number[];
}

export interface DetectionOutput {
  placement: Placement;
  seconds: number;
}

type Loaded = PictureRequest & { picture: Picture | null; problem?: string };

async function load(request: PictureRequest): Promise<Loaded> {
  try {
    return { ...request, picture: await decode(request.path) };
  } catch (thrown) {
    return { ...request, picture: null, problem: sentenceOf(thrown) };
  }
}

class Detector {
  readonly #network: Network;
  readonly #decode: Decoder;
  readonly #input: DetectionInput;

  constructor(network: Network, input: DetectionInput) {
    this.#network = network;
    this.#decode = decoderOf(input.detector.manifest.decoder);
    this.#input = input;
  }

  /** The faces of each picture, best first, in pixels of the picture. */
  async find(pictures: readonly Picture[], pad: number): Promise<FoundFace[][]> {
    if (pictures.length === 0) return [];
    const { preparation } = this.#network.prepared;
    const { size, crop } = preparation;
    const fit = crop.kind === 'whole' ? crop.fit : 'letterbox';
    const pixels = new Float32Array(pictures.length * this.#network.itemSize);
    const seen = pictures.map(({ fullWidth, fullHeight }) =>
      seenRectangle([fullWidth, fullHeight], size, fit, pad),
    );
    for (const [i, picture] of pictures.entries()) {
      cropRectangle(picture, seen[i], preparation, pixels.subarray(i * this.#network.itemSize));
    }
    const outputs = await this.#network.run(pixels, pictures.length);
    const { minScore, maxOverlap } = this.#input;
    return this.#decode(outputs, pictures.length, { size, minScore }).map((faces, i) =>
      suppress(faces, maxOverlap).map((face) => toPicture(face, seen[i], size)),
    );
  }
}

function centreOf({ fullWidth: width, fullHeight: height }: Picture): FoundFace {
  const side = CENTRE_SHARE * Math.min(width, height);
  return { box: [(width - side) / 2, (height - side) / 2, side, side], points: null, score: 0 };
}

/** Finds faces, decides which belongs to which record, and gives each its landmarks and five points. */
const detect: Task<DetectionInput, DetectionOutput> = async (input, context) => {
  const { pad, fallback, device, pictures } = input;
  // The public SCRFD files interleave the pictures of a batch, so these run one by one.
  const most = input.detector.manifest.decoder === 'scrfd' ? 1 : GROUP;
  const network = await Network.open(context.engine, input.detector, device, most);
  const detector = new Detector(network, input);
  const finder = input.landmarks && (await LandmarkFinder.open(context.engine, input.landmarks, device));
  const begun = performance.now();

  const locate = async (group: readonly Loaded[]): Promise<PictureFinding[]> => {
    const readable = group.filter((one): one is Loaded & { picture: Picture } => one.picture !== null);
    const found = await detector.find(
      readable.map(({ picture }) => picture),
      pad === 'auto' ? 0 : pad,
    );
    const again = pad === 'auto' ? readable.filter((_, i) => found[i].length === 0) : [];
    const secondLook = await detector.find(
      again.map(({ picture }) => picture),
      SECOND_LOOK_PAD,
    );
    const findings: PictureFinding[] = [];
    const located: InPicture[] = [];
    for (const { image, faces, picture, problem } of group) {
      const finding: PictureFinding = { image, padded: false, faces: [], missed: [] };
      findings.push(finding);
      if (picture === null) {
        finding.problem = problem;
        finding.missed = faces.map(({ face }) => face);
        continue;
      }
      const second = again.findIndex((one) => one.image === image);
      const boxes =
        second >= 0 ? secondLook[second] : found[readable.findIndex((one) => one.image === image)];
      finding.padded = second >= 0 && boxes.length > 0;
      const chosen = matchRecords(
        boxes,
        faces.map(({ box }) => box),
        [picture.fullWidth, picture.fullHeight],
      );
      finding.faces = boxes.map((box, i) => {
        const record = chosen.indexOf(i);
        return { ...box, landmarks: null, face: record < 0 ? null : faces[record].face };
      });
      for (const [record, { face }] of faces.entries()) {
        if (chosen[record] >= 0) continue;
        finding.missed.push(face);
        if (fallback === 'centre') finding.faces.push({ ...centreOf(picture), landmarks: null, face });
      }
      for (const face of finding.faces) located.push({ picture, face });
    }
    await finder?.locate(located);
    return findings;
  };

  try {
    let done = 0;
    let next = Promise.all(pictures.slice(0, GROUP).map(load));
    for (let from = 0; from < pictures.length; from += GROUP) {
      throwIfCancelled(context.signal);
      const group = await next;
      // The next pictures are decoded on other threads while the networks run on this one.
      next = Promise.all(pictures.slice(from + GROUP, from + 2 * GROUP).map(load));
      await context.part(await locate(group));
      done += group.length;
      context.progress({
        stage: 'Finding faces',
        done,
        total: pictures.length,
        unit: 'pictures',
        device: network.placement.name,
      });
    }
  } finally {
    await network.dispose();
    await finder?.dispose();
  }
  return { placement: network.placement, seconds: (performance.now() - begun) / 1000 };
};

export default detect;
