import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fault } from '../../../../core/foundation/fault.ts';
import type { Model } from '../../../../core/graph/model.ts';
import { Model as OnnxModel } from '../../../../core/graph/model.ts';
import { faceNetwork } from '../../../../core/models/architectures/face-network.ts';
import { decodeCheckpoint, readCheckpoint } from '../../../../core/models/weights/checkpoint.ts';
import { type RecognisedNetwork, recogniseNetwork } from '../../../../core/models/weights/recognise.ts';
import { plainName, weightsOf } from '../../../../core/models/weights/state-dict.ts';
import { run } from '../../cli/run.ts';

const NETWORKS = join(import.meta.dirname, '..');
let folder: string;
const at = (name: string): string => join(folder, name);

/** Runs Python with PyTorch, the public networks, and safetensors read and written by the words of its specification. */
function python(program: string): string {
  const prelude = `
import json, struct, sys, argparse, collections, copy, pathlib, torch
folder, networks = sys.argv[1:3]
sys.path.insert(0, networks)
import importlib
public = importlib.import_module('public-networks')
NAMES = {torch.float32: 'F32', torch.float16: 'F16', torch.bfloat16: 'BF16', torch.int64: 'I64', torch.float64: 'F64'}
def raw(t):
    t = t.contiguous()
    return (t.view(torch.int16) if t.dtype == torch.bfloat16 else t).numpy().tobytes()
def write(path, tensors, metadata=None):
    at, header, data = 0, {}, b''
    if metadata: header['__metadata__'] = metadata
    for k, t in tensors.items():
        b = raw(t)
        header[k] = {'dtype': NAMES[t.dtype], 'shape': list(t.shape), 'data_offsets': [at, at + len(b)]}
        at += len(b); data += b
    text = json.dumps(header).encode()
    open(folder + '/' + path, 'wb').write(struct.pack('<Q', len(text)) + text + data)
def read(path):
    b = open(folder + '/' + path, 'rb').read()
    n = struct.unpack('<Q', b[:8])[0]
    header = json.loads(b[8:8 + n])
    assert (8 + n) % 8 == 0
    types = {v: k for k, v in NAMES.items()}
    found, places = {}, []
    for k, e in header.items():
        if k == '__metadata__': continue
        lo, hi = e['data_offsets']; places.append((lo, hi))
        found[k] = torch.frombuffer(bytearray(b[8 + n + lo:8 + n + hi]), dtype=types[e['dtype']]).reshape(e['shape'])
    places.sort()
    assert places[0][0] == 0 and all(a[1] == c[0] for a, c in zip(places, places[1:])) and 8 + n + places[-1][1] == len(b)
    return found, header.get('__metadata__')
def network(seed):
    torch.manual_seed(seed)
    net = public.ArcFaceIR([2, 2, 2, 2], 8, 32, 16)
    for m in net.modules():
        if isinstance(m, (torch.nn.BatchNorm2d, torch.nn.BatchNorm1d)):
            m.running_mean.normal_(0, 0.3); m.running_var.uniform_(0.5, 2)
    return net.eval()
`;
  const out = execFileSync(
    '/usr/bin/python3',
    ['-B', '-W', 'ignore', '-c', prelude + program, folder, NETWORKS],
    {
      maxBuffer: 1 << 26,
    },
  );
  return out.toString();
}

let base: RecognisedNetwork;
let second: RecognisedNetwork;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-found-'));
  python(`
net, other = network(1), network(2)
s, o = net.state_dict(), other.state_dict()
save = lambda x, name: torch.save(x, folder + '/' + name + '.pth')
under = lambda prefix, d: {prefix + k: v for k, v in d.items()}
save(s, 'plain'); save(o, 'other')
save(under('module.', s), 'parallel')
save(under('module.module._orig_mod.', s), 'wrapped')
save({'state_dict': under('_orig_mod.module.', s)}, 'compiled')
# A part that was compiled by itself, and names of which only some have the prefix.
save({('_orig_mod.' if i % 2 else 'module._orig_mod.') + k: v for i, (k, v) in enumerate(s.items())}, 'mixed')
save({k.replace('layer1.', 'layer1._orig_mod.'): v for k, v in s.items()}, 'inner')
save({'state_dict': {**under('model.backbone._orig_mod.', s), 'model.head.module.weight': torch.randn(10, 16)}}, 'lightning')
save({**s, 'kernel': torch.randn(16, 10), 't': torch.zeros(1), 'num_updates': torch.tensor(3)}, 'head')
save({**s, 'classifier.0.weight': torch.randn(32, 16), 'classifier.0.bias': torch.randn(32), 'classifier.1.weight': torch.full((10, 32), float('nan'))}, 'deep-head')
save({'state_dict_backbone': under('module.', s), 'state_dict_softmax_fc': {'weight': torch.randn(10, 16)}, 'epoch': 3}, 'partial')
deep = {'net': s}
for i in range(40): deep = {'a%d' % i: deep} if i % 2 else [None, (deep,)]
save({'args': argparse.Namespace(lr=0.1, out=pathlib.Path('runs') / 'x'), 'deep': deep}, 'deep')
tree = {}
for k, v in s.items():
    here = tree
    for part in k.split('.')[:-1]: here = here.setdefault(part, {})
    here[k.split('.')[-1]] = v
save({'weights': tree}, 'tree')
optimizer = torch.optim.AdamW(net.parameters(), 1e-3)
net(torch.randn(2, 3, 32, 32)).sum().backward(); optimizer.step(); net.load_state_dict(s := torch.load(folder + '/plain.pth'))
save({'model_ema': under('module.', o), 'model': s, 'optimizer': optimizer.state_dict()}, 'ema')
save({'state_dict': {**under('ema_model.', o), **under('model.', s)}}, 'ema-inside')
averaged = torch.optim.swa_utils.AveragedModel(net)
save(averaged.state_dict(), 'averaged')
save({**s, 'attention.weight': torch.randn(3, 3)}, 'strange')
half = {k: v.half() if v.is_floating_point() else v for k, v in s.items()}
brain = {k: v.bfloat16() if v.is_floating_point() else v for k, v in s.items()}
save(half, 'half'); save(brain, 'brain')
bad = copy.deepcopy(s)
bad['layer1.0.conv1.weight'].view(-1)[:2] = float('nan'); bad['bn1.running_var'][1] = float('inf')
save(bad, 'bad')
write('plain.safetensors', s, {'format': 'pt'}); write('half.safetensors', half); write('brain.safetensors', brain)
write('wrapped.safetensors', under('module._orig_mod.', s))
names = list(s)
write('part-1.safetensors', {k: s[k] for k in names[:40]}); write('part-2.safetensors', {k: s[k] for k in names[40:]})
json.dump({'metadata': {}, 'weight_map': {k: 'part-1.safetensors' if i < 40 else 'part-2.safetensors' for i, k in enumerate(names)}}, open(folder + '/sharded.safetensors.index.json', 'w'))
`);
  base = found('plain.pth');
  second = found('other.pth');
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const found = (name: string, key?: string): RecognisedNetwork =>
  recogniseNetwork(weightsOf(readCheckpoint(at(name))), name, { key });

/** Largest difference of any weight of two networks of the same names. */
function difference(one: Model, other: Model): number {
  let worst = 0;
  expect([...one.graph.initialisers.keys()]).toEqual([...other.graph.initialisers.keys()]);
  for (const [name, tensor] of one.graph.initialisers) {
    const [a, b] = [tensor, other.graph.initialisers.get(name)].map(
      (each) => each?.elements() as Float32Array,
    );
    for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(Number(a[i]) - Number(b[i])));
  }
  return worst;
}

describe('the network is found wherever training put it', () => {
  test.each([
    ['parallel.pth', '', []],
    ['wrapped.pth', '', []],
    ['compiled.pth', 'state_dict', []],
    ['mixed.pth', '', []],
    ['inner.pth', '', []],
    ['lightning.pth', 'state_dict.model.backbone', ['state_dict.model.head.weight']],
    ['head.pth', '', ['kernel', 't', 'num_updates']],
    ['deep-head.pth', '', ['classifier.0.weight', 'classifier.0.bias', 'classifier.1.weight']],
    ['partial.pth', 'state_dict_backbone', ['state_dict_softmax_fc.weight']],
    ['tree.pth', 'weights', []],
    ['averaged.pth', '', ['n_averaged']],
    ['plain.safetensors', '', []],
    ['wrapped.safetensors', '', []],
    ['sharded.safetensors.index.json', '', []],
  ])('%s', (name, key, ignored) => {
    const network = found(name);
    expect([network.key, network.ignored, network.remarks]).toEqual([key, ignored, []]);
    expect(difference(network.model, base.model)).toBe(0);
  });

  test('beneath forty dictionaries and lists, beside settings of the training', () => {
    const network = found('deep.pth');
    expect(network.key.split('.').length).toBeGreaterThan(40);
    expect(difference(network.model, base.model)).toBe(0);
  });

  // 2⁻¹¹ and 2⁻⁸ of weights below 8.
  test.each([
    ['half.pth', 4e-3],
    ['half.safetensors', 4e-3],
    ['brain.pth', 3e-2],
    ['brain.safetensors', 3e-2],
  ])('%s', (name, tolerance) => {
    const off = difference(found(name).model, base.model);
    expect(off).toBeGreaterThan(0);
    expect(off).toBeLessThan(tolerance);
  });

  test.each([
    ['ema.pth', 'model', 'model_ema'],
    ['ema-inside.pth', 'state_dict.model', 'state_dict.ema_model'],
  ])('%s: the network itself, unless its average is asked for', (name, itself, average) => {
    const network = found(name);
    expect([network.key, network.ignored]).toEqual([itself, []]);
    expect(network.remarks).toEqual([
      `'${name}' holds 2 networks; the one under '${itself}' was taken. The others: '${average}' (ArcFace IResNet); --key takes another.`,
    ]);
    expect(difference(network.model, base.model)).toBe(0);
    expect(difference(found(name, average).model, second.model)).toBe(0);
    expect(() => found(name, 'teacher')).toThrow(
      `'${name}' holds no weights under 'teacher'; it holds: '${itself}' (ArcFace IResNet), '${average}' (ArcFace IResNet).`,
    );
  });

  test('what is no classifier is no part that may be left out', () => {
    expect(() => found('strange.pth')).toThrow(
      "holds 1 weights that the network has no place for: 'attention.weight'",
    );
  });

  test('NaN and infinity are told by tensor and count', () => {
    expect(() => found('bad.pth')).toThrow(
      /^'bad\.pth' holds weights that are no finite numbers: 1 infinite in 'bn1\.running_var' \(of 8\), 2 NaN in 'layer1\.0\.conv1\.weight' \(of 576\)\. .*take an earlier checkpoint/,
    );
  });

  test('names without what was wrapped around them', () => {
    expect(plainName('module._orig_mod.backbone.module.fc.weight')).toBe('backbone.fc.weight');
  });
});

describe('safetensors', () => {
  test('a converted network, written out, is loaded by PyTorch under its own names and computes the same', async () => {
    const made = await run(['convert', at('lightning.pth'), at('net.onnx'), '--json']);
    expect(made.json).toMatchObject({
      key: 'state_dict.model.backbone',
      ignored: ['state_dict.model.head.weight'],
    });
    const told = await run(['convert', at('lightning.pth'), at('told.onnx')]);
    expect(told.out).toContain("Left out, as no part of the network: 'state_dict.model.head.weight'.");
    for (const [from, to] of [
      ['net.onnx', 'from-onnx'],
      ['ema.pth', 'from-pth'],
      ['half.pth', 'from-half'],
      ['brain.safetensors', 'from-brain'],
    ]) {
      const { code, err } = await run(['convert', at(from), at(`${to}.safetensors`)]);
      expect([code, err]).toEqual([0, '']);
    }
    const out = python(`
net = network(1)
for name in ['from-onnx', 'from-pth', 'from-half', 'from-brain']:
    tensors, metadata = read(name + '.safetensors')
    assert metadata['format'] == 'pt'
    if name == 'from-half': assert torch.equal(tensors['fc.weight'], net.fc.weight.half())
    if name == 'from-brain': assert torch.equal(tensors['fc.weight'], net.fc.weight.bfloat16())
    same = network(7)
    same.load_state_dict(tensors, strict=True)
    x = torch.randn(4, 3, 32, 32)
    with torch.no_grad(): a, b = net(x), same(x)
    print(name, float((a - b).abs().max() / a.abs().max()))
`);
    const off = Object.fromEntries(
      out
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    ) as Record<string, string>;
    expect([off['from-onnx'], off['from-pth']].map(Number)).toEqual([0, 0]);
    expect(Number(off['from-half'])).toBeLessThan(0.01);
    expect(Number(off['from-brain'])).toBeLessThan(0.05);
    // And back again.
    expect(difference(found('from-onnx.safetensors').model, base.model)).toBe(0);
  }, 30_000);

  test('a finished run by its folder; nothing is overwritten', async () => {
    const { model } = faceNetwork({ kind: 'AS4', width: 0.125, size: 32, embedding: 8 });
    const place = mkdtempSync(join(folder, 'run-'));
    writeFileSync(join(place, 'network.onnx'), model.encode());
    const { json } = await run(['convert', place, at('run.safetensors'), '--json']);
    const written = weightsOf(readCheckpoint(at('run.safetensors')));
    expect(json).toMatchObject({ kind: 'weights to safetensors', tensors: written.size });
    const kernel = model.graph.initialisers.get('stage2.block1.conv1.weight');
    expect(written.get('layer2.0.conv1.weight')?.floats()).toEqual(kernel?.elements());
    expect(written.get('prelu.weight')?.shape).toEqual([8]);
    expect([...written.keys()].filter((name) => /fixed|scalar|unfold/.test(name))).toEqual([]);
    const before = readFileSync(at('run.safetensors'));
    const again = await run(['convert', place, at('run.safetensors')]);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('is there already')]);
    expect(readFileSync(at('run.safetensors')).equals(before)).toBe(true);
    const none = await run(['convert', NETWORKS, at('none.safetensors')]);
    expect(none.err).toContain("holds no 'network.onnx', so it is no folder of a finished run");
  });

  test('weights of others’ networks keep their names', async () => {
    const text = readFileSync(at('net.onnx')).toString('latin1');
    expect(OnnxModel.read(at('net.onnx')).producer).toBe('visage');
    writeFileSync(at('theirs.onnx'), text.replace('visage', 'others'), 'latin1');
    expect((await run(['convert', at('theirs.onnx'), at('theirs.safetensors')])).code).toBe(0);
    const written = weightsOf(readCheckpoint(at('theirs.safetensors')));
    expect(written.get('stem.conv.weight')?.floats()).toEqual(
      weightsOf(readCheckpoint(at('plain.pth')))
        .get('conv1.weight')
        ?.floats(),
    );
  });

  test('damaged files are refused in a sentence', () => {
    const bytes = readFileSync(at('plain.safetensors'));
    for (let end = 0; end < bytes.length; end += 9973) {
      expect(() => decodeCheckpoint(bytes.subarray(0, end), 'cut.safetensors')).toThrow(Fault);
    }
    expect(() => decodeCheckpoint(bytes.subarray(0, bytes.length - 4), 'cut.safetensors')).toThrow(
      /is cut short: '.+' ends at byte/,
    );
    const file = (header: unknown, data = new Uint8Array(8)): Buffer => {
      const text = Buffer.from(JSON.stringify(header));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(text.length));
      return Buffer.concat([length, text, data]);
    };
    const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
    const values = weightsOf(decodeCheckpoint(file({ w: entry }), 'x'))
      .get('w')
      ?.floats();
    expect([...(values ?? [])]).toEqual([0, 0]);
    const BAD: [unknown, string][] = [
      [
        { w: { ...entry, dtype: 'F8_E4M3' } },
        "keeps 'w' as F8_E4M3, which is not read here; allowed: F64, F32",
      ],
      [{ w: { ...entry, shape: [3] } }, "'w' of shape [3] has 8 bytes"],
      [{ w: { ...entry, data_offsets: [8, 0] } }, "'w' of shape [2] has -8 bytes"],
      [{ w: { ...entry, shape: [-1] } }, "the entry of 'w' has no type, shape and place"],
      [{ w: 3 }, "the entry of 'w'"],
    ];
    for (const [header, sentence] of BAD) expect(() => decodeCheckpoint(file(header), 'x')).toThrow(sentence);
    const index = (map: unknown): string => {
      writeFileSync(at('bad.safetensors.index.json'), JSON.stringify({ weight_map: map }));
      return at('bad.safetensors.index.json');
    };
    expect(() => readCheckpoint(index({ w: '../etc/x.safetensors' }))).toThrow('which is no file beside it');
    expect(() => readCheckpoint(index({ w: 'plain.safetensors' }))).toThrow("does not hold 'w'");
  });
});
