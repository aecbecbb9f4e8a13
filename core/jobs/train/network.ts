import { Fault } from '../../foundation/fault.ts';
import { countNotFinite, type NotFinite, weightsText } from '../../graph/finite.ts';
import { floatsOf } from '../../graph/float32.ts';
import type { Model } from '../../graph/model.ts';
import { GraphTensor } from '../../graph/tensor.ts';
import type { ModelPlan } from '../../models/add.ts';
import { mobileFaceNet } from '../../models/architectures/mobilefacenet.ts';
import { untrainedPlan, untrainedPlanOf } from '../../models/architectures/untrained.ts';
import { bytesHash } from '../../models/hash.ts';
import { readNetwork } from '../../models/network-file.ts';
import { CLUSTER_SCOPE, CLUSTERS, unitPrototypes, withClusterHead } from '../../training/cluster-head.ts';
import { MOBILE, RESIDUAL } from './networks.ts';
import type { Recipe } from './recipe.ts';

/**
 * The network of a recipe with its first weights: seeded, or those of a trained network of the same architecture.
 * @param from ONNX file of that network; what it lacks of the head of clusters stays seeded
 */
export function plannedNetwork(name: string, recipe: Recipe, from: string | undefined): ModelPlan {
  const plan = untrained(name, recipe);
  const { clustering, seed } = recipe.train;
  const { taps } = plan.manifest;
  let { model } = plan.files[0];
  const manifest = { ...plan.manifest };
  if (clustering !== null) {
    const routing = taps.find(({ name: tap }) => tap === 'routing')?.values ?? [];
    model = withClusterHead(model, routing, { ...clustering, seed });
    const note = 'Cosines with the trained prototypes: the greatest is the cluster (thesis §5.3).';
    const tap = {
      name: CLUSTERS,
      values: [CLUSTERS],
      pool: 'none',
      normalise: 'none',
      kind: 'other',
      note,
    } as const;
    manifest.taps = [...taps, { ...tap, values: [...tap.values] }];
    const shape = ['N', clustering.prototypes];
    manifest.outputs = [...manifest.outputs, { name: CLUSTERS, meaning: 'cosines with clusters', shape }];
  }
  if (from !== undefined) takeWeights(model, readNetwork(from), from);
  if (clustering?.unit) unitPrototypes(model);
  if (model === plan.files[0].model && from === undefined) return plan;
  const bytes = model.encode();
  const hash = bytesHash(bytes);
  return { ...plan, manifest, hash, files: [{ ...plan.files[0], bytes, hash, model }] };
}

/** The architecture of a recipe with seeded weights. */
function untrained(name: string, { network: { name: kind, ...rest }, train }: Recipe): ModelPlan {
  const annealed = train.annealing !== undefined;
  if (kind !== MOBILE) {
    const settings = { ...RESIDUAL[kind], ...rest, ...(annealed ? { annealed } : {}) };
    return untrainedPlan(name, settings);
  }
  if (annealed) {
    throw new Fault(`'${MOBILE}' has no routing weights whose temperature could be lowered.`);
  }
  const { width, size, embedding, seed } = rest;
  const network = mobileFaceNet({ form: 'prelu', size: [size, size], width, embedding, seed });
  const description = `Untrained MobileFaceNet, width ${width}, seed ${seed}: random weights`;
  return untrainedPlanOf(name, network, { size, embedding, description });
}

const isWeight = (name: string): boolean => /\.(weight|bias|running_mean|running_var)$/.test(name);

/** @throws Fault where the file is a network of another architecture, or holds weights that are no numbers */
function takeWeights(model: Model, from: Model, path: string): void {
  const spoilt: NotFinite[] = [];
  for (const [name, tensor] of model.graph.initialisers) {
    if (!isWeight(name)) continue;
    const given = from.graph.initialisers.get(name);
    if (given === undefined) {
      if (name.startsWith(CLUSTER_SCOPE)) continue;
      throw new Fault(
        `'${path}' has no weights '${name}', which this network needs: it is another architecture.`,
      );
    }
    if (given.dims.join() !== tensor.dims.join()) {
      throw new Fault(
        `'${name}' of '${path}' has the shape ${given.dims.join('×')}, and this network needs ${tensor.dims.join('×')}: width, size, numbers per face and clusters must agree.`,
      );
    }
    const values = floatsOf(given);
    const bad = countNotFinite(name, values);
    if (bad !== undefined) spoilt.push(bad);
    // The file may be of float16; what is trained is float32.
    model.graph.initialisers.set(name, GraphTensor.of(values, given.dims, name));
  }
  if (spoilt.length > 0) {
    throw new Fault(
      `'${path}' holds weights that are no finite numbers: ${weightsText(spoilt)}. Training cannot begin with them.`,
    );
  }
}
