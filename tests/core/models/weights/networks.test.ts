import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readNpy } from '../../../../core/foundation/npy.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { curricularNetwork } from '../../../../core/models/architectures/curricular.ts';
import { type Depth, faceNetwork, VARIANTS } from '../../../../core/models/architectures/face-network.ts';
import { mobileFaceNet } from '../../../../core/models/architectures/mobilefacenet.ts';
import { stagedMobileFaceNet } from '../../../../core/models/architectures/staged-mobilefacenet.ts';
import { costOf, parameterNames } from '../../../../core/models/cost.ts';
import { readCheckpoint } from '../../../../core/models/weights/checkpoint.ts';
import { recogniseNetwork } from '../../../../core/models/weights/recognise.ts';
import { weightsOf } from '../../../../core/models/weights/state-dict.ts';
import { difference } from '../../graph/python.ts';
import { haveWeights, runModel, WEIGHTS } from '../../graph/runtime.ts';

const NETWORKS = join(import.meta.dirname, '..');
/** Weights that know no other: each file is loaded here as its own network. */
const blank = {
  take: (_: string, dims: readonly number[]) => new Float32Array(dims.reduce((a, b) => a * b, 1)),
};

let folder: string;
/** Parameters of the public networks, counted by PyTorch. */
let counted: Record<string, number>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-networks-'));
  const program = `
import json, sys, numpy as np
folder, networks, weights = sys.argv[1:4]
sys.path.insert(0, networks)
import importlib
public = importlib.import_module('public-networks')
import torch
from torch import nn
torch.manual_seed(3)
def count(net): return sum(p.numel() for p in net.parameters())
def real(net):
    # No layer at its initial state: running statistics, scales and slopes of their own.
    for m in net.modules():
        if isinstance(m, (nn.BatchNorm2d, nn.BatchNorm1d)):
            m.running_mean.normal_(0, 0.3); m.running_var.uniform_(0.5, 2)
            if m.affine: m.weight.data.uniform_(0.7, 1.3); m.bias.data.normal_(0, 0.2)
        if isinstance(m, nn.PReLU): m.weight.data.uniform_(-0.1, 0.5)
    return net.eval()
def keep(name, net, x, wrap=lambda s: s):
    torch.save(wrap(net.state_dict()), folder + '/' + name + '.pth')
    np.save(folder + '/' + name + '-in.npy', x.numpy())
    with torch.no_grad(): np.save(folder + '/' + name + '-out.npy', net(x).numpy())
counts = {str(k): count(public.ArcFaceIR(b)) for k, b in {18: [2,2,2,2], 34: [3,4,6,3], 50: [3,4,14,3], 100: [3,13,30,3]}.items()}
counts['curricular50'] = count(public.CurricularIR([3, 4, 14, 3]))
counts['prelu'] = count(public.PreluMobileFaceNet())
keep('arcface', real(public.ArcFaceIR([2, 2, 2, 2], 16, 112, 64)), torch.randn(3, 3, 112, 112))
keep('arcface50', real(public.ArcFaceIR([3, 4, 14, 3], 8, 64, 32)), torch.randn(2, 3, 64, 64),
     lambda s: {'epoch': 2, 'state_dict_backbone': {'module.' + k: v for k, v in s.items()}})
keep('curricular', real(public.CurricularIR([3, 4, 14, 3], 8, 112, 48)), torch.randn(2, 3, 112, 112))
keep('squeeze', real(public.CurricularIR([3, 4, 14, 3], 16, 112, 32, True, True)), torch.randn(2, 3, 112, 112))
counts['mbf'] = count(public.ArcFaceMobile((1, 4, 6, 2), 2, 112, 512))
keep('mbf', real(public.ArcFaceMobile((1, 2, 1, 1), 2, 64, 40)), torch.randn(2, 3, 64, 64))
mobile = real(public.ArcFaceMobile((2, 1, 2, 1), 1, 112, 24))
keep('mbf-large', mobile, torch.randn(2, 3, 112, 112))
keep('treb1en', mobile, torch.randn(2, 3, 112, 112), public.renamed)
if json.loads(sys.argv[4]):
    net = public.PreluMobileFaceNet()
    net.load_state_dict(torch.load(weights + '/mobilefacenet_xiaoccer.ckpt', map_location='cpu')['net_state_dict'])
    keep('prelu', net.eval(), torch.randn(4, 3, 112, 96))
print(json.dumps(counts))`;
  const out = execFileSync(
    '/usr/bin/python3',
    ['-B', '-W', 'ignore', '-c', program, folder, NETWORKS, WEIGHTS, JSON.stringify(haveWeights)],
    { maxBuffer: 1 << 26, env: { ...process.env, OMP_NUM_THREADS: '2' } },
  );
  counted = JSON.parse(out.toString().trim().split('\n').at(-1) ?? '') as Record<string, number>;
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Largest difference between a converted checkpoint and PyTorch's own output, relative to the largest output. */
async function deviation(name: string, path = join(folder, `${name}.pth`)): Promise<number> {
  const network = recogniseNetwork(weightsOf(readCheckpoint(path)), path);
  const input = readNpy(join(folder, `${name}-in.npy`)).data as Float32Array;
  const output = readNpy(join(folder, `${name}-out.npy`)).data;
  const [width, height] = network.preparation.size;
  const items = input.length / (3 * width * height);
  const found = await runModel(network.model.encode(), {
    input: { data: input, dims: [items, 3, height, width] },
  });
  expect(found.embedding.dims).toEqual([items, network.embedding]);
  const scale = Math.max(...Array.from(output, Math.abs));
  return difference(found.embedding.data, output) / scale;
}

describe('parameters and operations', () => {
  test.each([18, 34, 50, 100] as const)('IR-%i has the parameters of the public code', (depth) => {
    const { model } = faceNetwork({ kind: 'BL', depth, given: blank });
    expect(costOf(model).parameters).toBe(counted[depth]);
  });

  test('the counts that the field quotes', () => {
    const millions = ([18, 34, 50, 100] as const).map((depth) => (counted[depth] / 1e6).toFixed(2));
    expect(millions).toEqual(['24.03', '34.14', '43.59', '65.16']);
  });

  test('CurricularFace’s IR-50 and MobileFaceNet too', () => {
    const curricular = curricularNetwork({ blocks: [3, 4, 14, 3], given: blank });
    expect(costOf(curricular.model).parameters).toBe(counted.curricular50);
    expect(costOf(mobileFaceNet({ form: 'prelu', given: blank }).model).parameters).toBe(counted.prelu);
    const mbf = stagedMobileFaceNet({ naming: 'insightface', scale: 2, given: blank });
    expect(costOf(mbf.model).parameters).toBe(counted.mbf);
  });

  // Table 3.2 of the thesis. The public networks have 34.1 M / 4.46 G and 43.6 M / 6.31 G: the thesis counted networks whose
  // first convolution of stages 2–4 strides and keeps its width, at four operations per normalised value.
  test.each([
    [34, 31.8, 3.71],
    [50, 41.3, 5.56],
  ] as const)('ResNet-%i of Table 3.2: %f M parameters, %f GFLOPs', (depth, parameters, operations) => {
    const cost = costOf(faceNetwork({ kind: 'BL', depth, transition: 'narrow', given: blank }).model);
    expect((cost.parameters / 1e6).toFixed(1)).toBe(parameters.toFixed(1));
    const all = cost.multiplyAdds + 4 * cost.normalised + cost.activated;
    expect((all / 1e9).toFixed(2)).toBe(operations.toFixed(2));
  });

  test.each([
    [34, 4_459_642_880],
    [50, 6_309_330_944],
  ] as const)('IR-%i of the public code multiplies and adds %i times', (depth: Depth, multiplyAdds) => {
    expect(costOf(faceNetwork({ kind: 'BL', depth, given: blank }).model).multiplyAdds).toBe(multiplyAdds);
  });

  test('DC and AS4 multiply and add about as often as BL', () => {
    const [bl, dc, as4] = (['BL', 'DC', 'AS4'] as const).map((kind) =>
      costOf(faceNetwork({ kind, given: blank }).model),
    );
    // Mixing kernels costs n multiply-adds per weight: 44 M of 2.6 G.
    expect(dc.multiplyAdds / bl.multiplyAdds).toBeGreaterThan(1);
    expect(dc.multiplyAdds / bl.multiplyAdds).toBeLessThan(1.03);
    expect(as4.multiplyAdds / dc.multiplyAdds).toBeLessThan(1);
    expect(dc.parameters / bl.parameters).toBeGreaterThan(2);
    expect(as4.parameters / dc.parameters).toBeLessThan(1);
  });

  test('parameters are what training changes', () => {
    const { model } = faceNetwork({ kind: 'AS4', width: 0.125, size: 32, embedding: 8 });
    const names = parameterNames(model);
    expect(names).toContain('stage2.block1.routing.fc1.weight');
    expect(names).toContain('stage2.block1.conv1.weight');
    expect(names.some((name) => /running_|fixed|unfold|scalar/.test(name))).toBe(false);
  });

  test('AS1 to AS3 train DC’s network, AS5 AS4’s', () => {
    expect(VARIANTS).toEqual({ BL: 'BL', DC: 'DC', AS1: 'DC', AS2: 'DC', AS3: 'DC', AS4: 'AS4', AS5: 'AS4' });
  });
});

describe('sizes', () => {
  test.each([
    ['BL', 16, 1],
    ['DC', 50, 0.3],
    ['AS4', 33, 0.2],
  ] as const)('%s at %i pixels and width %f', async (kind, size, width) => {
    const { model } = faceNetwork({
      kind,
      size,
      width: kind === 'BL' ? 0.125 : width,
      embedding: 5,
      groups: 2,
    });
    const random = new Random(2);
    const data = Float32Array.from({ length: 6 * size * size }, () => random.normal());
    const { embedding } = await runModel(model.encode(), { input: { data, dims: [2, 3, size, size] } });
    expect(embedding.dims).toEqual([2, 5]);
    expect(Array.from(embedding.data, Number).every(Number.isFinite)).toBe(true);
  });

  test('too small, said', () => {
    expect(() => faceNetwork({ kind: 'BL', size: 12 })).toThrow('at least 16 pixels a side; not 12');
    expect(() => mobileFaceNet({ form: 'prelu', size: [8, 112] })).toThrow('not 8×112');
  });
});

describe('checkpoints become the same network', () => {
  test.each([
    ['arcface', 'ArcFace IR-18'],
    ['arcface50', 'ArcFace IR-50'],
    ['curricular', 'CurricularFace IR-50'],
    ['squeeze', 'CurricularFace IR-SE-50'],
    ['mbf', 'MobileFaceNet (ArcFace code)'],
    ['mbf-large', 'MobileFaceNet (ArcFace code)'],
    ['treb1en', 'MobileFaceNet (InsightFace_Pytorch)'],
  ])('%s: PyTorch’s embeddings', async (name, architecture) => {
    const path = join(folder, `${name}.pth`);
    expect(recogniseNetwork(weightsOf(readCheckpoint(path)), path).architecture).toBe(architecture);
    expect(await deviation(name)).toBeLessThan(1e-4);
  });

  test.skipIf(!haveWeights)(
    'the real MobileFaceNet .ckpt (skipped where ../shared/assets is absent)',
    async () => {
      expect(await deviation('prelu', `${WEIGHTS}/mobilefacenet_xiaoccer.ckpt`)).toBeLessThan(1e-4);
    },
  );

  test.skipIf(!haveWeights)('the real .pt gives what its published ONNX file gives', async () => {
    const path = `${WEIGHTS}/mobilefacenet_foamliu.pt`;
    const network = recogniseNetwork(weightsOf(readCheckpoint(path)), path);
    const random = new Random(9);
    for (let i = 0; i < 2; i++) {
      const data = Float32Array.from({ length: 3 * 112 * 112 }, () => random.normal());
      const dims = [1, 3, 112, 112];
      const ours = await runModel(network.model.encode(), { input: { data, dims } });
      const theirs = await runModel(readFileSync(`${WEIGHTS}/mobilefacenet_foamliu.onnx`), {
        input0: { data, dims },
      });
      expect(difference(ours.embedding.data, theirs.output0.data)).toBeLessThan(1e-4);
    }
  });

  test('weights that are missing, left over, misshapen or of nothing known are said', () => {
    const weights = weightsOf(readCheckpoint(join(folder, 'arcface.pth')));
    const without = new Map(weights);
    without.delete('layer2.1.bn2.running_var');
    expect(() => recogniseNetwork(without, 'a.pth')).toThrow(
      "'a.pth' lacks 1 weights of the network: 'layer2.1.bn2.running_var'.",
    );
    const prelu = weights.get('prelu.weight');
    if (prelu === undefined) throw new Error('no weight');
    expect(() => recogniseNetwork(new Map(weights).set('extra.weight', prelu), 'a.pth')).toThrow(
      "'a.pth' holds 1 weights that the network has no place for: 'extra.weight'.",
    );
    expect(() => recogniseNetwork(new Map(weights).set('layer1.0.conv1.weight', prelu), 'a.pth')).toThrow(
      "the weight 'layer1.0.conv1.weight' has the shape [16], but the network needs [16, 16, 3, 3]",
    );
    expect(() => recogniseNetwork(new Map([['encoder.x', prelu]]), 'a.pth')).toThrow(
      "weights of a network that is not known here ('encoder.x', …); known: ArcFace IResNet",
    );
  });
});
