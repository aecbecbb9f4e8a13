import type { Crop } from '../engine/preparation.ts';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import { squaredDistance } from '../evaluation/pairs.ts';
import {
  alternate,
  type FoldedValidation,
  foldBounds,
  scorePairs,
  valAtFar,
} from '../evaluation/pairs-protocol.ts';
import { equalErrorRate, rocCurve, shortened, type TarAtFar, tarAtFar } from '../evaluation/roc.ts';
import { type SimilarityHistogram, similarityHistogram, wrongPairs } from '../evaluation/similarities.ts';
import { Fault } from '../foundation/fault.ts';
import { writeWhole } from '../foundation/whole.ts';
import { textHash } from '../models/hash.ts';
import type { ProjectStore } from '../project/store.ts';
import { drawnPairs, listedPairs, pairsHash } from './evaluation/chosen.ts';
import type { PairDraw } from './evaluation/drawn.ts';
import { embedAll } from './evaluation/embeddings.ts';
import { type EvaluatedNetwork, openNetwork } from './evaluation/network.ts';
import { cropOfAligned } from './evaluation/pictures.ts';
import { type WrongPicturePair, wrongPicturePairs } from './evaluation/wrong.ts';
import { type JobOptions, recorded } from './recorded.ts';
import { versions } from './versions.ts';

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
  /** What the pairs are called in lists; by default what their file is called. */
  name?: string;
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

/** The figures of an evaluation: what lists show. */
export interface EvaluationFigures {
  model: string;
  modelHash: string;
  /** What of the network was compared. */
  tap: string;
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
  /** Pairs of two people that their fold's threshold accepts, and of one that it rejects. */
  falseAccepts: number;
  falseRejects: number;
  auc: number;
  eer: number;
  val: FoldedValidation;
  /** On cosines. */
  tarAtFar: TarAtFar[];
  /** How pictures became the network's input. */
  crop: Crop;
  device: string;
  reason: string;
  facesPerSecond: number;
  remarks: string[];
  versions: ReturnType<typeof versions>;
  seconds: number;
}

/** What is large, and only read for one evaluation. */
export interface EvaluationDetail {
  /** Without points that lie close together; `--roc` writes the whole curve. */
  roc: { far: number[]; tar: number[] };
  /** In 200 bins over [−1, 1]. */
  similarities: SimilarityHistogram;
  /** The pairs that are judged most wrongly. */
  wrong: { accepted: WrongPicturePair[]; rejected: WrongPicturePair[] };
}

/** What `visage evaluate --json` prints. */
export interface EvaluateResult extends EvaluationFigures, EvaluationDetail {
  /** Its number in the project; null without one, or where it cannot be written. */
  evaluation: number | null;
}

/**
 * Judges a network on pairs: embeddings (flip-augmented, normalised), accuracy over folds at the others' threshold, ROC,
 * TAR at FAR and VAL. With a project, the pairs' pictures are its faces, aligned by its points, pairs may be drawn from its
 * identities, and the evaluation is kept in it; without one, they are files that are cut and aligned already.
 * @throws Fault when pictures are missing or unreadable: how many, and which
 */
export async function evaluate(
  project: ProjectStore | undefined,
  engine: EngineClient,
  input: EvaluateInput,
  options: JobOptions = {},
): Promise<EvaluateResult> {
  if (project === undefined) {
    const { figures, detail } = await judged(project, engine, input, options);
    return { ...figures, ...detail, evaluation: null };
  }
  let detail: EvaluationDetail | undefined;
  // The record of the job holds the figures only: curve and errors stand with the evaluation.
  const kept = await recorded(project, 'evaluate', input, options, async () => {
    const found = await judged(project, engine, input, options);
    detail = found.detail;
    const { figures, key, hash } = found;
    const { model, modelHash, set } = figures;
    if (project.readOnly) return { ...figures, evaluation: null };
    const names = { key, model, modelHash, pairs: set, pairsHash: hash };
    const { id } = project.addEvaluation({ ...names, result: { ...figures }, detail: { ...found.detail } });
    return { ...figures, evaluation: id };
  });
  return { ...kept, ...(detail as unknown as EvaluationDetail) };
}

interface Judged {
  figures: EvaluationFigures;
  detail: EvaluationDetail;
  /** Says which pairs these are. */
  hash: string;
  /** Says what was judged, how, on which pairs. */
  key: string;
}

async function judged(
  project: ProjectStore | undefined,
  engine: EngineClient,
  input: EvaluateInput,
  options: JobOptions,
): Promise<Judged> {
  const begun = performance.now();
  const { flip = true, device = 'auto', fars = FARS, pairs: from } = input;
  // Read before the network: a missing picture is said at once.
  const listed = typeof from === 'string' ? listedPairs(project, from, input) : undefined;
  const network = await openNetwork(project, engine, input, options);
  try {
    const { preparation, hash: modelHash, outputs } = network.prepared;
    let { crop } = preparation;
    if (input.crop !== undefined) crop = { kind: 'fixed', rectangle: input.crop };
    else if (listed !== undefined && !listed.fromProject) {
      crop = await cropOfAligned(listed.paired.faces, preparation);
    }
    const chosen =
      listed ?? (await drawnPairs(project, { folds: input.folds, ...(from as PairDraw) }, crop, options));
    const { set, paired, folds, drawn, remarks } = chosen;
    const embedded = await embedAll(
      engine,
      { ...network.prepared, preparation: { ...preparation, crop } },
      paired.faces,
      { flip, device, batch: input.batch },
      options,
    );
    const flags = set.pairs.map(({ same }) => same);
    const order = input.alternate ? alternate(flags) : [...flags.keys()];
    const pairs = order.map((i) => set.pairs[i]);
    const same = pairs.map((pair) => pair.same);
    const distances = distancesOf(pairs, paired.paths, embedded.rows, network);
    const cosines = distances.map((distance) => 1 - distance / 2);
    const score = scorePairs(distances, same, folds);
    const curve = rocCurve(cosines, same);
    const wrong = wrongPairs(distances, same, score);
    if (input.roc !== undefined) writeCurve(input.roc, curve);
    const { tap } = outputs[0];
    const hash = pairsHash(chosen, from, input.images);
    const figures: EvaluationFigures = {
      ...{ model: network.name, modelHash, tap, set: input.name ?? set.name, layout: set.layout },
      ...{ pairs: same.length, same: curve.genuine, pictures: paired.faces.length, drawn, folds, flip },
      ...{ accuracy: score.accuracy, deviation: score.deviation },
      ...{ foldAccuracies: score.foldAccuracies, foldThresholds: score.foldThresholds },
      ...{ falseAccepts: wrong.accepted.length, falseRejects: wrong.rejected.length },
      ...{ auc: score.auc, eer: equalErrorRate(curve) },
      val: valAtFar(distances, same, VAL_FAR, folds),
      tarAtFar: tarAtFar(curve, fars).map(finite),
      crop,
      ...{ device: embedded.device, reason: embedded.reason, facesPerSecond: embedded.facesPerSecond },
      remarks: [...remarks, ...oneSided(same, folds), ...network.remarks],
      versions: versions(),
      seconds: (performance.now() - begun) / 1000,
    };
    return {
      figures,
      detail: {
        roc: shortened(curve),
        similarities: similarityHistogram(cosines, same),
        wrong: wrongPicturePairs(wrong, pairs, paired),
      },
      hash,
      key: textHash(JSON.stringify([modelHash, tap, hash, flip, crop, folds, input.alternate === true])),
    };
  } finally {
    network.dispose();
  }
}

/** Said where folds hold pairs of one kind only: their share of the other kind counts as 0. */
function oneSided(same: readonly boolean[], folds: number): string[] {
  const bounds = foldBounds(same.length, folds);
  const count = bounds.slice(1).filter((end, fold) => {
    const own = same.slice(bounds[fold], end);
    return own.every((flag) => flag === own[0]);
  }).length;
  if (count === 0) return [];
  return [
    `${count} of ${folds} folds ${count === 1 ? 'holds' : 'hold'} pairs of one kind only, so that accuracy and VAL over folds say little; '--alternate' puts both kinds into every fold.`,
  ];
}

/** Squared distances of the pairs' embeddings. @throws Fault where an embedding is zero or no number */
function distancesOf(
  pairs: readonly { first: string; second: string }[],
  paths: readonly string[],
  rows: readonly Float32Array[],
  { name }: EvaluatedNetwork,
): number[] {
  const at = new Map(paths.map((path, i) => [path, i]));
  const row = (path: string): Float32Array => rows[at.get(path) as number];
  const distances = pairs.map(({ first, second }) => squaredDistance(row(first), row(second)));
  if (distances.some(Number.isNaN)) {
    throw new Fault(`'${name}' gives embeddings of zeros or that are no numbers; nothing can be compared.`);
  }
  return distances;
}

/** JSON knows no infinity: where nothing is accepted, the threshold is above every cosine. */
const ABOVE_ALL = 2;
const finite = ({ threshold, nearest, ...point }: TarAtFar): TarAtFar => ({
  ...point,
  threshold: Math.min(threshold, ABOVE_ALL),
  nearest: { ...nearest, threshold: Math.min(nearest.threshold, ABOVE_ALL) },
});

/** One line per distinct score; the first accepts nothing. */
function writeCurve(path: string, { far, tar, thresholds }: ReturnType<typeof rocCurve>): void {
  const lines = Array.from(
    far,
    (rate, i) => `${rate},${tar[i]},${thresholds[i] === Infinity ? '' : thresholds[i]}`,
  );
  writeWhole(path, `far,tar,cosine\n${lines.join('\n')}\n`);
}
