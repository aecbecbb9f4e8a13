import { expect, test } from 'vitest';
import { Algebra } from '../../../core/graph/algebra.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { faceNetwork } from '../../../core/models/architectures/face-network.ts';
import { CLUSTERS, withClusterHead } from '../../../core/training/cluster-head.ts';
import { sinkhorn, softCrossEntropy } from '../../../core/training/losses/clustering.ts';
import { sgd } from '../../../core/training/optimisers/sgd.ts';
import { trainingStep } from '../../../core/training/step.ts';
import { relative, rounded, run } from '../graph/gradient/check.ts';
import { normals } from './small.ts';

const BATCH = 4;
const SIZE = 16;
const P = 3;
const { model, taps } = faceNetwork({ kind: 'DC', width: 0.125, size: SIZE, embedding: 8, seed: 4 });
const routing = taps.find(({ name }) => name === 'routing')?.values ?? [];

test('pseudo-labels are constants: the gradients are those of a step that is fed them', async () => {
  const network = withClusterHead(model, routing, { prototypes: P, head: 'mlp', seed: 2 });
  const settings = { network, batch: BATCH, optimiser: sgd(), gradients: true };
  const own = trainingStep({
    ...settings,
    loss: ({ a, value }) => {
      const targets = sinkhorn(a, value(CLUSTERS));
      const loss = softCrossEntropy(a, value(CLUSTERS), targets, 0.1);
      return { loss, reports: { targets }, constants: [targets] };
    },
    trains: (name) => name.startsWith('cluster.') || name.includes('routing'),
  });
  const feeds = Object.fromEntries(
    own.state.map(({ name, initial }) => [name, rounded(initial.dims, Float32Array.from(initial.numbers()))]),
  );
  const given = {
    ...feeds,
    input: rounded([BATCH, 3, SIZE, SIZE], normals(BATCH * 3 * SIZE * SIZE)),
    rate: rounded([], [0.1]),
  };
  const found = await run(own.model, given);
  const { targets } = found;
  for (let row = 0; row < BATCH; row++) {
    expect([0, 1, 2].reduce((sum, p) => sum + targets.data[row * P + p], 0)).toBeCloseTo(1, 5);
  }
  const fed = trainingStep({
    ...settings,
    loss: ({ a, b, value }) => ({
      loss: softCrossEntropy(a, value(CLUSTERS), b.input('targets', [BATCH, P]), 0.1),
    }),
    trains: (name) => name.startsWith('cluster.') || name.includes('routing'),
  });
  const wanted = await run(fed.model, {
    ...given,
    targets: rounded([BATCH, P], Float32Array.from(targets.data)),
  });
  const names = Object.keys(wanted).filter((name) => name.startsWith('gradient.'));
  expect(names).toContain('gradient.cluster.prototypes.weight');
  expect(names.some((name) => name.includes('routing'))).toBe(true);
  for (const name of names) expect(relative(found[name].data, wanted[name].data), name).toBeLessThan(1e-4);
});

test.each(['identity', 'linear', 'mlp'] as const)(
  '%s: scores are cosines, and the embedding stays',
  async (head) => {
    const network = withClusterHead(model, routing, { prototypes: P, head, seed: 2 });
    const input = rounded([BATCH, 3, SIZE, SIZE], normals(BATCH * 3 * SIZE * SIZE));
    const [found, plain] = [await run(network, { input }), await run(model, { input })];
    expect(found[CLUSTERS].data).toHaveLength(BATCH * P);
    expect(found[CLUSTERS].data.every((cosine) => Math.abs(cosine) <= 1 + 1e-6)).toBe(true);
    expect(relative(found.embedding.data, plain.embedding.data)).toBeLessThan(1e-6);
    if (head !== 'identity') return;
    // By hand: β against the prototypes.
    const b = GraphBuilder.onto(model.copy());
    const beta = await run(b.model(routing.map((name) => new Algebra(b).b.value(name))), { input });
    const rows = network.graph.initialisers.get('cluster.prototypes.weight')?.numbers() ?? [];
    const length = rows.length / P;
    const first = routing.flatMap((name) =>
      Array.from(beta[name].data.slice(0, beta[name].data.length / BATCH)),
    );
    expect(first).toHaveLength(length);
    const norm = (v: readonly number[]): number => Math.hypot(...v);
    for (let p = 0; p < P; p++) {
      const row = rows.slice(p * length, (p + 1) * length);
      const cosine = row.reduce((sum, each, i) => sum + each * first[i], 0) / norm(row) / norm(first);
      expect(found[CLUSTERS].data[p]).toBeCloseTo(cosine, 5);
    }
  },
);

test('a network without routing has nothing to cluster', () => {
  expect(() => withClusterHead(model, [], { prototypes: 3, head: 'mlp', seed: 1 })).toThrow(
    /has no routing vector to cluster; 'dc' and 'as4' have one/,
  );
});
