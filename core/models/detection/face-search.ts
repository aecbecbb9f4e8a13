import { decode } from '../../engine/images/decode.ts';
import type { Picture } from '../../engine/images/pixels.ts';
import type { DeviceChoice, Engine, Placement } from '../../engine/types.ts';
import { sentenceOf } from '../../foundation/fault.ts';
import { cropRectangle } from '../alignment/rectangle.ts';
import { type InPicture, LandmarkFinder } from '../landmarks/finder.ts';
import { Network } from '../prelabel/network.ts';
import { type FoundFace, suppress } from './boxes.ts';
import { matchRecords } from './choice.ts';
import type { Decoder } from './decoder.ts';
import { decoderOf } from './decoders.ts';
import type { PictureFinding, PictureRequest, SearchSettings } from './finding.ts';
import { seenRectangle, toPicture } from './placement.ts';

/** Pictures that are decoded, run and handed over together. */
export const GROUP = 16;

/** Border for the second look at pictures in which nothing was found, as a share of their sides. */
export const SECOND_LOOK_PAD = 0.3;

/** Side of the central square that stands in for a face that was not found, as a share of the shorter side. */
const CENTRE_SHARE = 0.7;

/** A picture with its pixels, or why there are none. */
export type Loaded = PictureRequest & { picture: Picture | null; problem?: string };

/** Decodes a picture on another thread. */
export async function load(request: PictureRequest): Promise<Loaded> {
  try {
    return { ...request, picture: await decode(request.path) };
  } catch (thrown) {
    return { ...request, picture: null, problem: sentenceOf(thrown) };
  }
}

class Detector {
  readonly #network: Network;
  readonly #decode: Decoder;
  readonly #settings: SearchSettings;

  constructor(network: Network, settings: SearchSettings) {
    this.#network = network;
    this.#decode = decoderOf(settings.detector.manifest.decoder);
    this.#settings = settings;
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
    const { minScore, maxOverlap } = this.#settings;
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
export class FaceSearch {
  readonly placement: Placement;
  readonly #network: Network;
  readonly #detector: Detector;
  readonly #finder: LandmarkFinder | null;
  readonly #settings: SearchSettings;

  private constructor(network: Network, finder: LandmarkFinder | null, settings: SearchSettings) {
    this.placement = network.placement;
    this.#network = network;
    this.#detector = new Detector(network, settings);
    this.#finder = finder;
    this.#settings = settings;
  }

  static async open(
    engine: Engine,
    settings: SearchSettings,
    device: DeviceChoice,
    threads?: number,
  ): Promise<FaceSearch> {
    const { detector, landmarks } = settings;
    // The public SCRFD files interleave the pictures of a batch, so these run one by one.
    const most = detector.manifest.decoder === 'scrfd' ? 1 : GROUP;
    const network = await Network.open(engine, detector, device, most, threads);
    try {
      const finder = landmarks && (await LandmarkFinder.open(engine, landmarks, device, threads));
      return new FaceSearch(network, finder, settings);
    } catch (thrown) {
      await network.dispose();
      throw thrown;
    }
  }

  async locate(group: readonly Loaded[]): Promise<PictureFinding[]> {
    const { pad, fallback } = this.#settings;
    const readable = group.filter((one): one is Loaded & { picture: Picture } => one.picture !== null);
    const found = await this.#detector.find(
      readable.map(({ picture }) => picture),
      pad === 'auto' ? 0 : pad,
    );
    const again = pad === 'auto' ? readable.filter((_, i) => found[i].length === 0) : [];
    const secondLook = await this.#detector.find(
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
    await this.#finder?.locate(located);
    return findings;
  }

  async dispose(): Promise<void> {
    await this.#network.dispose();
    await this.#finder?.dispose();
  }
}
