import { writeFileSync } from 'node:fs';
import type { Crop } from '../engine/preparation.ts';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import { type PairSet, readPairSet } from '../evaluation/pair-lists.ts';
import { squaredDistance } from '../evaluation/pairs.ts';
import { alternate, type FoldedValidation, scorePairs, valAtFar } from '../evaluation/pairs-protocol.ts';
import { equalErrorRate, rocCurve, type TarAtFar, tarAtFar, thinned } from '../evaluation/roc.ts';
import { Fault } from '../foundation/fault.ts';
import type { ProjectStore } from '../project/store.ts';
import { drawnFromProject, type PairDraw } from './evaluation/drawn.ts';
import { embedAll } from './evaluation/embeddings.ts';
import { openNetwork } from './evaluation/network.ts';
import { cropOfAligned, facesOfFiles, facesOfProject, type PairedFaces } from './evaluation/pictures.ts';
import { type JobOptions, recorded } from './recorded.ts';

export const FARS = [1e-4, 1e-3, 1e-2, 1e-1] as const;
/** The false-accept rate at which VAL is quoted. */
const VAL_FAR = 1e-3;

export interface EvaluateInput {
  /** Name of a model of the project, or an ONNX file. */
  model: string;
  manifest?: string;
  tap?: string;
  /** A set of pairs in any layout that `readPairSet` takes, or pairs to be drawn from the project's identities. */
  pairs: string | PairDraw;
  /** CFP: pairs of two frontal pictures. */
  frontal?: boolean;
  /** Folder of the pictures that a list names. */
  images?: string;
  /** Source of the project whose faces are meant. */
  source?: string;
  /** Rectangle of every picture that is the face (left, top, width, height), for pictures that are not cut already. */
  crop?: readonly [number, number, number, number];
  /** Add the embedding of the mirrored face (default true), as the public protocols do. */
  flip?: boolean;
  folds?: number;
  /** Take same and different pairs by turns, for one fold of a set that is cut into folds of its own. */
  alternate?: boolean;
  fars?: readonly number[];
  device?: DeviceChoice;
  batch?: number;
  /** Where the curve is written as csv. */
  roc?: string;
}

/** What `visage evaluate --json` prints. */
export interface EvaluateResult {
  model: string;
  set: string;
  layout: string;
  pairs: number;
  same: number;
  pictures: number;
  /** Identities that pairs were drawn from, and the seed; null where a set says the pairs. */
  drawn: { identities: number; seed: number } | null;
  folds: number;
  flip: boolean;
  /** Mean over folds and its population standard deviation. */
  accuracy: number;
  deviation: number;
  foldAccuracies: number[];
  /** On squared distances of normalised embeddings. */
  foldThresholds: number[];
  auc: number;
  eer: number;
  val: FoldedValidation;
  /** On cosines. */
  tarAtFar: TarAtFar[];
  roc: { far: number[]; tar: number[] };
  /** How pictures became the network's input. */
  crop: Crop;
  device: string;
  reason: string;
  facesPerSecond: number;
  remarks: string[];
  seconds: number;
}

/**
 * Judges a network on pairs: embeddings (flip-augmented, normalised), accuracy over folds at the others' threshold, ROC,
 * TAR at FAR and VAL. With a project, the pairs' pictures are its faces, aligned by its points, and pairs may be drawn
 * from its identities; without one, they are files that are cut and aligned already.
 * @throws Fault when pictures are missing or unreadable: how many, and which
 */
export async function evaluate(
  project: ProjectStore | undefined,
  engine: EngineClient,
  input: EvaluateInput,
  options: JobOptions = {},
): Promise<EvaluateResult> {
  const work = (): Promise<EvaluateResult> => judged(project, engine, input, options);
  return project === undefined ? work() : recorded(project, 'evaluate', input, options, work);
}

async function judged(
  project: ProjectStore | undefined,
  engine: EngineClient,
  input: EvaluateInput,
  options: JobOptions,
): Promise<EvaluateResult> {
  const begun = performance.now();
  const { flip = true, device = 'auto', fars = FARS } = input;
  const listed = typeof input.pairs === 'string' ? listedPairs(project, input.pairs, input) : undefined;
  const network = await openNetwork(project, engine, input, options);
  try {
    const { preparation } = network.prepared;
    let { crop } = preparation;
    if (input.crop !== undefined) crop = { kind: 'fixed', rectangle: input.crop };
    else if (listed !== undefined && !listed.fromProject) {
      crop = await cropOfAligned(listed.paired.faces[0], preparation);
    }
    const chosen = listed ?? drawnPairs(project, input.pairs as PairDraw, input, crop, options);
    const { set, remarks, drawn } = chosen;
    const { paths, faces } = chosen.paired;
    const folds = drawn === null ? (input.folds ?? set.folds) : set.folds;
    const embedded = await embedAll(
      engine,
      { ...network.prepared, preparation: { ...preparation, crop } },
      faces,
      { flip, device, batch: input.batch },
      options,
    );
    const at = new Map(paths.map((path, i) => [path, i]));
    const row = (path: string): Float32Array => embedded.rows[at.get(path) as number];
    const flags = set.pairs.map(({ same }) => same);
    const order = input.alternate ? alternate(flags) : [...flags.keys()];
    const same = order.map((i) => flags[i]);
    const distances = order.map((i) => squaredDistance(row(set.pairs[i].first), row(set.pairs[i].second)));
    if (distances.some(Number.isNaN)) {
      throw new Fault(
        `'${network.name}' gives embeddings of zeros or that are no numbers; nothing can be compared.`,
      );
    }
    const score = scorePairs(distances, same, folds);
    const curve = rocCurve(
      distances.map((distance) => 1 - distance / 2),
      same,
    );
    const thin = thinned(curve);
    if (input.roc !== undefined) writeCurve(input.roc, curve);
    return {
      ...{ model: network.name, set: set.name, layout: set.layout, pairs: same.length, same: curve.genuine },
      ...{ pictures: faces.length, drawn, folds, flip, accuracy: score.accuracy, deviation: score.deviation },
      ...{ foldAccuracies: score.foldAccuracies, foldThresholds: score.foldThresholds, auc: score.auc },
      eer: equalErrorRate(curve),
      val: valAtFar(distances, same, VAL_FAR, folds),
      tarAtFar: tarAtFar(curve, fars),
      roc: { far: [...thin.far], tar: [...thin.tar] },
      crop,
      ...{ device: embedded.device, reason: embedded.reason, facesPerSecond: embedded.facesPerSecond },
      remarks: [...remarks, ...network.remarks],
      seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    network.dispose();
  }
}

/** Pairs and the faces that they are of. */
interface Chosen {
  set: PairSet;
  paired: PairedFaces;
  /** True where the pictures are the project's faces, which its points align. */
  fromProject: boolean;
  drawn: EvaluateResult['drawn'];
  remarks: string[];
}

function listedPairs(project: ProjectStore | undefined, path: string, input: EvaluateInput): Chosen {
  const set = readPairSet(path, input.frontal);
  const folds = input.folds ?? set.folds;
  if (folds < 2 || folds > set.pairs.length) {
    throw new Fault(
      `${set.pairs.length} pairs cannot be cut into ${folds} folds; allowed: 2 to the number of pairs.`,
    );
  }
  const own = { set, drawn: null, remarks: [] };
  if (project === undefined || input.images !== undefined || set.roots.length === 0) {
    return { ...own, paired: facesOfFiles(set, input.images), fromProject: false };
  }
  return { ...own, paired: facesOfProject(set, project, input.source), fromProject: true };
}

function drawnPairs(
  project: ProjectStore | undefined,
  draw: PairDraw,
  { folds }: EvaluateInput,
  crop: Crop,
  options: JobOptions,
): Chosen {
  if (project === undefined) throw new Fault('Pairs are drawn from the faces of a project; say which.');
  const { identities, ...found } = drawnFromProject(project, { folds, ...draw }, crop, options);
  return { ...found, fromProject: true, drawn: { identities, seed: draw.seed ?? 0 } };
}

/** One line per distinct score; the first accepts nothing. */
function writeCurve(path: string, { far, tar, thresholds }: ReturnType<typeof rocCurve>): void {
  const lines = Array.from(
    far,
    (rate, i) => `${rate},${tar[i]},${thresholds[i] === Infinity ? '' : thresholds[i]}`,
  );
  writeFileSync(path, `far,tar,cosine\n${lines.join('\n')}\n`);
}
