import { describe, expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';
import { Algebra } from '../../../core/graph/algebra.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { differentiate } from '../../../core/graph/gradient/differentiate.ts';
import { groupSamples } from '../../../core/graph/sample-groups.ts';
import { trainingMode } from '../../../core/graph/training-mode.ts';
import { KINDS } from '../../../core/models/architectures/face-network.ts';
import { crossEntropy } from '../../../core/training/losses/cross-entropy.ts';
import { run } from '../graph/gradient/check.ts';
import { type Dense, dense } from '../graph/reference/array.ts';
import { evaluate } from '../graph/reference/evaluate.ts';
import { BATCH, head, labels, network, SIZE } from './small.ts';

/** So small that hardly a unit crosses its kink on the way: a network has a hundred thousand. */
const STEP = 1e-8;

describe('whole networks in training mode', () => {
  test.each([
    ['AS4', "experts' outputs mixed for few places"],
    ...KINDS.map((kind) => [kind, 'as it is built'] as const),
    ['DC', 'samples as groups'],
    ['AS4', 'samples as groups'],
  ] as const)('%s, %s: the slopes of its loss are those of float64 differences', async (kind, form) => {
    // The same numbers for every case: with some, a unit crosses its kink within the step.
    const random = new Random(12);
    const normals = (count: number): Float32Array =>
      Float32Array.from({ length: count }, () => random.normal());
    const b = GraphBuilder.onto(network(kind), { inputs: { input: [BATCH, 3, SIZE, SIZE] } });
    const a = new Algebra(b);
    trainingMode(b);
    const weight = b.constant('head.weight', head.slice(), [head.length / 12, 12]);
    const wanted = b.constant('labels', BigInt64Array.from(labels(), BigInt));
    const logits = b.op('Gemm', [b.value('embedding'), weight], { transB: 1 });
    const loss = crossEntropy(a, logits, wanted);
    // The reference computes the network as it is built, whatever became of it here.
    const forward = b.model([loss]).copy();
    const parts =
      form === 'as it is built' ? [] : groupSamples(b, form === 'samples as groups' ? 0 : undefined);
    expect(parts.length).toBe({ 'as it is built': 0, 'samples as groups': 12 }[form as string] ?? 5);
    const names = [...b.graph.initialisers.keys()].filter((name) => /\.(weight|bias)$/.test(name));
    const parameters = names.map((name) => b.value(name));
    const gradients = differentiate(b, loss, [b.value('input'), ...parameters], { rewrite: true, parts });
    const outputs = gradients.map((each, i) => b.op('Identity', [each], {}, `d${i}`));
    const input = dense([BATCH, 3, SIZE, SIZE], normals(BATCH * 3 * SIZE * SIZE));
    const found = await run(b.model([loss, ...outputs]), { input });

    const constants = new Map(names.map((name) => [name, forward.graph.initialisers.get(name)!]));
    const value = (changed: Record<string, Dense>): number =>
      evaluate(forward, { input, ...changed }).get(loss.name)!.data[0];
    expect(Math.abs(found[loss.name].data[0] - value({})) / value({})).toBeLessThan(1e-5);

    /** All parameters of one sort move together: every one of them counts in the slope. */
    const sorts: Record<string, (name: string) => boolean> = {
      pictures: () => false,
      kernels: (name) => /conv\d?(\.squeeze)?\.weight$/.test(name),
      'BatchNormalization and biases': (name) => /(bn\d?|embedding)\.(weight|bias)$|fc.*bias$/.test(name),
      slopes: (name) => /prelu\.weight$/.test(name),
      'linear layers and routing': (name) => /(fc\d?|head)\.weight$/.test(name),
    };
    for (const [sort, belongs] of Object.entries(sorts)) {
      const chosen = sort === 'pictures' ? ['input'] : names.filter(belongs);
      expect(chosen.length, sort).toBeGreaterThan(0);
      let [along, square] = [0, 0];
      const moves = chosen.map((name) => {
        const at = name === 'input' ? 0 : names.indexOf(name) + 1;
        const slopes = found[`d${at}`].data;
        const direction = normals(slopes.length);
        along += slopes.reduce((sum, each, i) => sum + each * direction[i], 0);
        square += slopes.reduce((sum, each) => sum + each * each, 0);
        const base =
          name === 'input' ? input : dense(constants.get(name)!.dims, constants.get(name)!.numbers());
        return { name, base, direction };
      });
      const at = (step: number): number =>
        value(
          Object.fromEntries(
            moves.map(({ name, base: { dims, data }, direction }) => [
              name,
              { dims, data: data.map((v, i) => v + step * direction[i]) },
            ]),
          ),
        );
      const slope = (at(STEP) - at(-STEP)) / (2 * STEP);
      // Along a direction in which slopes happen to cancel, their length is what errors are small against.
      const scale = Math.max(Math.abs(slope), Math.sqrt(square));
      expect(Math.abs(along - slope) / scale, sort).toBeLessThan(1e-4);
    }
  });
});
