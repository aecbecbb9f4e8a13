import { Random } from '../foundation/random.ts';
import type { Algebra } from '../graph/algebra.ts';
import type { Handle } from '../graph/builder.ts';
import type { Model } from '../graph/model.ts';
import { ROUTING_TEMPERATURE } from '../models/architectures/dynamic-convolution.ts';
import { CLUSTERS, PROTOTYPES } from './cluster-head.ts';
import { sinkhorn, softCrossEntropy } from './losses/clustering.ts';
import { crossEntropy } from './losses/cross-entropy.ts';
import { identityLoss } from './losses/identity.ts';
import { accumulated } from './optimisers/accumulated.ts';
import type { Optimiser } from './optimisers/optimiser.ts';
import { frozenFirst, unitRows } from './optimisers/prototypes.ts';
import { optimiserOf } from './plan.ts';
import type { TrainSettings } from './settings.ts';
import { type TrainingSettings, type TrainingStep, trainingStep } from './step.ts';

/** The classifier's rows: one per identity, trained with the network and left out of what is kept. */
export const HEAD = 'identities.weight';
/** Deviation of their first values, as in the public ArcFace code. */
const DEVIATION = 0.01;

export interface IdentityStepOptions {
  /** First rows of the identities, classes × D, where an earlier run learnt them; drawn from the seed if left out. */
  classifier?: Float32Array;
  /** Changes of the weights per epoch: what epochs are counted in here. */
  stepsPerEpoch?: number;
  /** As `trainingStep` takes it. */
  samples?: TrainingSettings['samples'];
}

/**
 * A step that teaches a network to tell identities apart. It is fed pictures and 'labels' (int64, one per picture) and
 * reports 'loss' and 'accuracy', the share of pictures whose own identity has the greatest cosine, without margin;
 * with clusters also 'clustering', their part of the loss before its weight. Pseudo-labels of a batch
 * count as constants; those of k-means are fed as 'assigned' (int64). A temperature that is lowered is fed as
 * ROUTING_TEMPERATURE.
 */
export function identityStep(
  network: Model,
  classes: number,
  settings: TrainSettings,
  { classifier, stepsPerEpoch = 1, samples }: IdentityStepOptions = {},
): TrainingStep {
  const random = new Random(settings.seed, classes);
  return trainingStep({
    ...{ network, batch: settings.batch, samples },
    optimiser: optimiserFor(settings, stepsPerEpoch),
    fed: settings.annealing === undefined ? [] : [ROUTING_TEMPERATURE],
    loss: ({ a, b, value }) => {
      const embedding = value(settings.value);
      const width = a.size(embedding, 1);
      const first =
        classifier ?? Float32Array.from({ length: classes * width }, () => DEVIATION * random.normal());
      const weight = b.constant(HEAD, first, [classes, width]);
      const labels = b.input('labels', [settings.batch], 'int64');
      // In a scope of its own, as the whole loss is called 'loss'.
      const { loss, cosine, carried } = b.scope('identity', () =>
        identityLoss(a, { embedding, weight, labels }, settings.loss),
      );
      const reports = { accuracy: accuracy(a, cosine, labels) };
      const kept = carried === undefined ? {} : { carried: [carried] };
      const { clustering } = settings;
      if (clustering === null) return { loss, reports, ...kept };
      const whole = (beside: Handle): Handle => a.add(loss, a.times(beside, clustering.weight));
      const scores = value(CLUSTERS);
      const { temperature } = clustering;
      if (clustering.labels === 'kmeans') {
        const assigned = b.input('assigned', [settings.batch], 'int64');
        const beside = b.scope('clustering', () =>
          crossEntropy(a, a.times(scores, 1 / temperature), assigned),
        );
        return { loss: whole(beside), reports: { ...reports, clustering: beside }, ...kept };
      }
      const targets = sinkhorn(a, scores, clustering);
      const beside = softCrossEntropy(a, scores, targets, temperature);
      return {
        loss: whole(beside),
        reports: { ...reports, clustering: beside },
        constants: [targets],
        ...kept,
      };
    },
  });
}

function optimiserFor(settings: TrainSettings, stepsPerEpoch: number): Optimiser {
  const { accumulate, clustering } = settings;
  const plain = accumulated(optimiserOf(settings.optimiser), accumulate);
  if (clustering === null) return plain;
  const frozen = Math.round((clustering.frozen ?? 0) * stepsPerEpoch) * accumulate;
  const held = frozenFirst(plain, PROTOTYPES, frozen);
  return clustering.unit ? unitRows(held, PROTOTYPES) : held;
}

function accuracy(a: Algebra, cosine: Handle, labels: Handle): Handle {
  const { b } = a;
  const nearest = b.op('ArgMax', [cosine], { axis: 1, keepdims: 0 });
  const right = a.mask(b.op('Equal', [nearest, labels]), cosine);
  return a.reduce('ReduceMean', right, [0], false);
}
