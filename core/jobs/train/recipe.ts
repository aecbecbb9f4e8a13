import { Fault } from '../../foundation/fault.ts';
import type { NetworkSettings } from '../../models/architectures/face-network.ts';
import {
  CLUSTER_HEADS,
  type ClusterHead,
  PSEUDO_LABELS,
  type PseudoLabels,
} from '../../training/cluster-head.ts';
import { CROPS, type CropChoice } from '../../training/data/crop.ts';
import { FEWEST_HELD, type HoldSettings } from '../../training/data/held-out.ts';
import { SINKHORN } from '../../training/losses/clustering.ts';
import { LOSS_DEFAULTS, LOSSES, type LossKind } from '../../training/losses/identity.ts';
import { ANNEAL_EPOCHS, type AnnealingSettings } from '../../training/schedules/annealing.ts';
import { type TrainSettings, trainSettings } from '../../training/settings.ts';
import { NETWORK_NAMES, type NetworkName, usualEmbedding } from './networks.ts';

export const SCHEDULES = ['step', 'cosine', 'polynomial', 'constant'] as const;
export const OPTIMISERS = ['sgd', 'adam'] as const;

/** What a user says of a run; all of it may be left out. */
export interface RecipeInput {
  network?: NetworkName;
  /** 1 is the thesis's width. */
  width?: number;
  /** Side of the input in pixels. */
  size?: number;
  /** Numbers per face; 512 if left out, of MobileFaceNet 128. */
  embedding?: number;
  loss?: LossKind;
  scale?: number;
  margin?: number;
  /** Prototypes of clusters that routing vectors are to form; none if left out. */
  clusters?: number;
  clusterLabels?: PseudoLabels;
  clusterHead?: ClusterHead;
  /** λ of the clusters' loss. */
  clusterWeight?: number;
  /** Epochs at the beginning in which prototypes stay as they are (SwAV: 1); none if left out. */
  freezePrototypes?: number;
  /** Gives prototypes the length 1 after every step, as SwAV does. */
  normalisePrototypes?: boolean;
  /** Softmax temperature of the routing weights. */
  routingTemperature?: number;
  /** Temperature that it is lowered from over the first epochs (dynamic convolution: 30); it stays as it is if left out. */
  annealFrom?: number;
  /** Those epochs; 10 if left out. */
  annealEpochs?: number;
  epochs?: number;
  batch?: number;
  accumulate?: number;
  /** Default: 0.1 per 512 pictures of a step for SGD, 0.001 for Adam. */
  rate?: number;
  schedule?: (typeof SCHEDULES)[number];
  /** Epochs at which a 'step' schedule divides the rate by ten. */
  dropAt?: readonly number[];
  /** Epochs over which the rate rises from 0. */
  warmUp?: number;
  optimiser?: (typeof OPTIMISERS)[number];
  weightDecay?: number;
  seed?: number;
  mirror?: boolean;
  crop?: CropChoice;
  /** People who are held out and judged by after every epoch: a share below 1, or their number; none if left out. */
  validate?: number;
  /** Decides who is held out and which pairs are drawn; 1 if left out, so that runs of all seeds are judged alike. */
  validateSeed?: number;
  /** Fewest pictures of an identity. */
  least?: number;
}

/** A run in full: what is remembered, and compared when it is gone on with. */
export interface Recipe {
  network: { name: NetworkName } & Required<
    Pick<NetworkSettings, 'width' | 'size' | 'embedding' | 'seed' | 'temperature'>
  >;
  crop: CropChoice;
  least: number;
  /** People who are held out; left out where nobody is. */
  validation?: HoldSettings;
  train: TrainSettings;
}

/** The thesis: 32 epochs, divided by ten at 16, 20, 24 and 28. */
const EPOCHS = 32;
const DROPS = [16, 20, 24, 28];
/** Pictures per step that a rate of 0.1 belongs to. */
const THESIS_BATCH = 512;
const BATCH = 64;
/** τ of the clusters' softmax, SwAV's default. */
const TEMPERATURE = 0.1;

/** What may be said of people who are held out. */
export const HOLDABLE = `a share above 0 and below 1, or a whole number of identities from ${FEWEST_HELD}`;
export const holdable = (value: number): boolean =>
  (value > 0 && value < 1) || (Number.isInteger(value) && value >= FEWEST_HELD);

/** Fills in what was left out (the thesis's recipe). @throws Fault that names what is not allowed */
export function recipeOf(input: RecipeInput): Recipe {
  const { network = 'bl', loss = 'cosface', crop = 'auto', optimiser = 'sgd', schedule = 'step' } = input;
  const { epochs = EPOCHS, batch = BATCH, accumulate = 1, seed = 1 } = input;
  oneOf(network, NETWORK_NAMES, 'network');
  oneOf(loss, LOSSES, 'loss');
  oneOf(crop, CROPS, 'crop');
  oneOf(schedule, SCHEDULES, 'schedule');
  oneOf(optimiser, OPTIMISERS, 'optimiser');
  const { clusters: prototypes, clusterHead: head = 'mlp', clusterWeight: weight = 1 } = input;
  const { clusterLabels: labels = 'sinkhorn' } = input;
  oneOf(head, CLUSTER_HEADS, 'head of clusters');
  oneOf(labels, PSEUDO_LABELS, 'way to pseudo-labels');
  const { scale, margin } = LOSS_DEFAULTS[loss];
  const annealing = annealingOf(input, epochs);
  const steps = input.dropAt ?? [...new Set(DROPS.map((at) => (at * epochs) / EPOCHS))];
  const usual = optimiser === 'sgd' ? (0.1 * batch * accumulate) / THESIS_BATCH : 0.001;
  const parsed = trainSettings.safeParse({
    value: 'embedding',
    loss: { kind: loss, scale: input.scale ?? scale, margin: input.margin ?? margin },
    clustering:
      prototypes === undefined
        ? null
        : {
            ...{ prototypes, labels, head, weight, temperature: TEMPERATURE, ...SINKHORN },
            ...(input.freezePrototypes ? { frozen: input.freezePrototypes } : {}),
            ...(input.normalisePrototypes ? { unit: true } : {}),
          },
    ...(annealing === undefined ? {} : { annealing }),
    ...{ batch, accumulate, epochs, seed, mirror: input.mirror ?? true },
    optimiser: {
      kind: optimiser,
      ...(input.weightDecay === undefined ? {} : { weightDecay: input.weightDecay }),
    },
    schedule: {
      rate: input.rate ?? usual,
      decay: schedule === 'step' ? { kind: 'step', epochs: steps } : { kind: schedule },
      ...(input.warmUp ? { warmUp: { epochs: input.warmUp } } : {}),
    },
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Fault(`The training cannot be done as asked: ${issue.path.join('.')}: ${issue.message}.`);
  }
  const { validate, validateSeed = 1 } = input;
  if (validate !== undefined && !holdable(validate)) {
    throw new Fault(`'${validate}' people cannot be held out; allowed: ${HOLDABLE}.`);
  }
  const { width = 1, size = 112, least = 2, routingTemperature: temperature = 1 } = input;
  const { embedding = usualEmbedding(network) } = input;
  return {
    network: { name: network, width, size, embedding, seed, temperature },
    crop,
    least,
    ...(validate === undefined ? {} : { validation: { hold: validate, seed: validateSeed } }),
    train: parsed.data,
  };
}

/** @throws Fault where the run would end before the temperature is what it ends with */
function annealingOf(input: RecipeInput, ofRun: number): AnnealingSettings | undefined {
  const { annealFrom: from, routingTemperature: to = 1 } = input;
  if (from === undefined) {
    if (input.annealEpochs === undefined) return undefined;
    throw new Fault('Say which routing temperature is lowered, and to which, such as 30 to 1.');
  }
  const epochs = input.annealEpochs ?? ANNEAL_EPOCHS;
  if (epochs >= ofRun) {
    throw new Fault(
      `The routing temperature is lowered over ${epochs} epochs and the run has ${ofRun}: the network must be trained on at the temperature that it keeps. Lower it over fewer epochs.`,
    );
  }
  return { from, to, epochs };
}

function oneOf(word: string, allowed: readonly string[], what: string): void {
  if (!allowed.includes(word)) {
    throw new Fault(`'${word}' is no ${what} that is known; allowed: ${allowed.join(', ')}.`);
  }
}
