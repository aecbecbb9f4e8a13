import { normalizeRows } from '../clusters/matrix.ts';
import { Fault } from '../foundation/fault.ts';
import { Algebra } from '../graph/algebra.ts';
import { GraphBuilder, type Handle } from '../graph/builder.ts';
import type { Model } from '../graph/model.ts';
import { GraphTensor } from '../graph/tensor.ts';
import { Layers } from '../models/architectures/layers.ts';
import { prototypeScores } from './losses/clustering.ts';

/** Projections of the routing vector before it is compared with prototypes (thesis, AS3: I and L; AS1: MLP). */
export const CLUSTER_HEADS = ['identity', 'linear', 'mlp'] as const;
export type ClusterHead = (typeof CLUSTER_HEADS)[number];

/** Output of the network: cosines of its projected routing vector with the prototypes, N×P. The greatest is the cluster. */
export const CLUSTERS = 'clusters';
/** Beginning of the names of all weights of the head. */
export const CLUSTER_SCOPE = 'cluster.';
/** The projected routing vector, and the rows that it is compared with. */
export const PROJECTED = `${CLUSTER_SCOPE}projected`;
export const PROTOTYPES = `${CLUSTER_SCOPE}prototypes.weight`;
/** Where pseudo-labels come from: Sinkhorn–Knopp over each batch, or k-means over all pictures before each epoch. */
export const PSEUDO_LABELS = ['sinkhorn', 'kmeans'] as const;
export type PseudoLabels = (typeof PSEUDO_LABELS)[number];

/** Numbers of the projection, as SwAV has them; the thesis does not say its own. */
const WIDTH = 128;

/**
 * The network with the head that assigns clusters (thesis §5.3) as a part of it, so that it is trained, kept and used like
 * the rest. @param routing values whose concatenation is the routing vector β
 * @throws Fault where there is none
 */
export function withClusterHead(
  network: Model,
  routing: readonly string[],
  { prototypes, head, seed }: { prototypes: number; head: ClusterHead; seed: number },
): Model {
  if (routing.length === 0) {
    throw new Fault(
      `The network '${network.origin}' has no routing vector to cluster; 'dc' and 'as4' have one.`,
    );
  }
  const b = GraphBuilder.onto(network.copy());
  const layers = new Layers(b, seed);
  const outputs = b.graph.outputs.map(({ name }) => b.value(name));
  const vector = b.op(
    'Concat',
    routing.map((name) => b.value(name)),
    { axis: 1 },
    `${CLUSTER_SCOPE}vector`,
  );
  const projected = b.op('Identity', [project(layers, vector, head)], {}, PROJECTED);
  const width = projected.shape?.[1] as number;
  const rows = layers.weight(PROTOTYPES, [prototypes, width], width);
  const scores = prototypeScores(new Algebra(b), projected, rows);
  return b.model([...outputs, b.op('Identity', [scores], {}, CLUSTERS)]);
}

/** Gives the prototypes of a network the length 1, in place. */
export function unitPrototypes({ graph }: Model): void {
  const tensor = graph.initialisers.get(PROTOTYPES);
  if (tensor === undefined) throw new Fault('The network has no prototypes.');
  const [rows, columns] = tensor.dims;
  const data = Float32Array.from(tensor.numbers());
  normalizeRows({ data, rows, columns });
  graph.initialisers.set(PROTOTYPES, GraphTensor.of(data, [rows, columns], PROTOTYPES));
}

function project(layers: Layers, vector: Handle, head: ClusterHead): Handle {
  const linear = (x: Handle, name: string, outputs: number): Handle =>
    layers.linear(x, `${CLUSTER_SCOPE}${name}`, outputs);
  if (head === 'identity') return vector;
  if (head === 'linear') return linear(vector, 'fc', WIDTH);
  const hidden = layers.batchNorm(linear(vector, 'fc1', WIDTH), `${CLUSTER_SCOPE}bn`);
  return linear(layers.b.op('Relu', [hidden]), 'fc2', WIDTH);
}
