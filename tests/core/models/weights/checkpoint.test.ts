import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fault } from '../../../../core/foundation/fault.ts';
import {
  type Checkpoint,
  decodeCheckpoint,
  readCheckpoint,
} from '../../../../core/models/weights/checkpoint.ts';
import { isOfTraining, weightsOf } from '../../../../core/models/weights/state-dict.ts';
import { TorchTensor } from '../../../../core/models/weights/torch-tensor.ts';
import { haveWeights, WEIGHTS } from '../../graph/runtime.ts';

/** What PyTorch reads: type, shape and a hash of the row-major elements, by place in the file. */
type Told = Record<string, [type: string, shape: number[], hash: string]>;

const TELL = `
import hashlib, json, sys, torch
def flat(x, at=''):
    if isinstance(x, torch.Tensor): yield at, x
    elif isinstance(x, dict):
        for k, v in x.items(): yield from flat(v, at + '/' + str(k))
    elif isinstance(x, (list, tuple)):
        for k, v in enumerate(x): yield from flat(v, at + '/' + str(k))
def told(x):
    x = x.detach()
    wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    return [str(x.dtype)[6:], list(x.shape), hashlib.sha256(wide.contiguous().numpy().tobytes()).hexdigest()]
def tell(path): return {at: told(x) for at, x in flat(torch.load(path, map_location='cpu'))}
`;

function tellUs({ value }: Checkpoint): Told {
  const told: Told = {};
  const walk = (at: unknown, path: string): void => {
    if (at instanceof TorchTensor) {
      const { buffer, byteOffset, byteLength } = at.elements();
      const hash = createHash('sha256')
        .update(Buffer.from(buffer, byteOffset, byteLength))
        .digest('hex');
      told[path] = [at.type, [...at.shape], hash];
    } else if (at instanceof Map) for (const [key, item] of at) walk(item, `${path}/${key}`);
    else if (Array.isArray(at)) for (const [i, item] of at.entries()) walk(item, `${path}/${i}`);
  };
  walk(value, '');
  return told;
}

let folder: string;
let told: Record<string, Told>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-checkpoint-'));
  const real = haveWeights
    ? ['mobilefacenet_foamliu.pt', 'mobilefacenet_xiaoccer.ckpt', 'retinaface_mobilenet0.25.pth']
    : [];
  const program = `${TELL}
import numpy as np, zipfile, collections, pickle, os
folder, weights, real = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
torch.manual_seed(1)
base = torch.randn(6, 8)
x = {
  'plain': torch.randn(3, 4), 'half': torch.randn(40).half() * 100, 'tiny': torch.tensor([1e-7, 6e-5, float('inf'), -0.0]).half(),
  'brain': torch.randn(33).bfloat16(), 'double': torch.randn(5).double(), 'long': torch.tensor([-2**62, 3]),
  'int': torch.arange(7, dtype=torch.int32), 'short': torch.tensor([-5], dtype=torch.int16), 'char': torch.tensor([-128, 127], dtype=torch.int8),
  'byte': torch.tensor([255], dtype=torch.uint8), 'bool': torch.tensor([True, False, True]),
  'scalar': torch.tensor(2.5), 'empty': torch.zeros(0, 3), 'transposed': base.t(), 'strided': base[1:5:2, ::3], 'part': base[2],
  'whole': base, 'expanded': torch.tensor([[1.], [2.]]).expand(2, 5), 'permuted': torch.randn(2, 3, 4, 5).permute(3, 0, 2, 1),
  'parameter': torch.nn.Parameter(torch.randn(2, 2)), 'list': [torch.ones(2), (torch.zeros(1), {'deep': torch.ones(3)})],
  'epoch': 7, 'name': 'r50', 'best': np.float64(0.99), 'size': torch.Size([1, 2]), 'device': torch.device('cpu'), 'type': torch.float16,
}
torch.save(x, folder + '/zip.pt')
torch.save(x, folder + '/stream.pt', _use_new_zipfile_serialization=False)
torch.save(x, folder + '/stream4.pt', _use_new_zipfile_serialization=False, pickle_protocol=4)
net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
state = collections.OrderedDict(('module.' + k, v) for k, v in net.state_dict().items())
torch.save({'epoch': 3, 'state_dict': state, 'optimizer': torch.optim.SGD(net.parameters(), 0.1, 0.9).state_dict()}, folder + '/training.pth')
torch.save(net, folder + '/module.pt')
torch.save(net, folder + '/module-stream.pt', _use_new_zipfile_serialization=False)
torch.jit.save(torch.jit.script(net), folder + '/script.pt')
class Evil:
    def __reduce__(self): return os.system, ('touch ' + folder + '/touched',)
torch.save({'state_dict': {'w': torch.ones(2), 'evil': Evil()}}, folder + '/evil.pt')
torch.save({'w': torch.ones(2), 'evil': Evil()}, folder + '/evil-stream.pt', _use_new_zipfile_serialization=False)
# The same tensors as a machine of the other byte order writes them.
small = {'f': torch.tensor([1.5, -2.]), 'l': torch.tensor([7, 2**40]), 'h': torch.tensor([0.5]).half()}
torch.save(small, folder + '/small.pt')
source = zipfile.ZipFile(folder + '/small.pt')
with zipfile.ZipFile(folder + '/big.pt', 'w', zipfile.ZIP_STORED) as big:
    for info in source.infolist():
        raw = source.read(info)
        width = {'data/0': 4, 'data/1': 8, 'data/2': 2}.get(info.filename.split('/', 1)[1])
        if width: raw = np.frombuffer(raw, 'u%d' % width).byteswap().tobytes()
        big.writestr(info.filename, raw)
    big.writestr('small/byteorder', 'big')
with zipfile.ZipFile(folder + '/packed.pt', 'w', zipfile.ZIP_DEFLATED) as packed:
    for info in source.infolist(): packed.writestr(info.filename, source.read(info), zipfile.ZIP_DEFLATED)
print(json.dumps({path: tell(path) for path in
  [folder + '/' + name for name in ('zip.pt', 'stream.pt', 'stream4.pt', 'training.pth', 'small.pt')] + [weights + '/' + name for name in real]}))`;
  const out = execFileSync(
    '/usr/bin/python3',
    ['-W', 'ignore', '-c', program, folder, WEIGHTS, JSON.stringify(real)],
    {
      maxBuffer: 1 << 26,
    },
  );
  told = JSON.parse(out.toString().trim().split('\n').at(-1) ?? '{}') as Record<string, Told>;
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => join(folder, name);

describe('files that PyTorch writes', () => {
  test.each(['zip.pt', 'stream.pt', 'stream4.pt', 'training.pth'])('%s: every tensor bit for bit', (name) => {
    const found = tellUs(readCheckpoint(file(name)));
    expect(Object.keys(found).length).toBeGreaterThan(5);
    expect(found).toEqual(told[file(name)]);
  });

  test('values beside the tensors', () => {
    const { value, format } = readCheckpoint(file('zip.pt'));
    expect(format).toBe('zip');
    const map = value as Map<string, unknown>;
    expect([map.get('epoch'), map.get('name'), map.get('best'), map.get('size'), map.get('device')]).toEqual([
      ...[7, 'r50', 0.99, [1, 2], 'cpu'],
    ]);
    expect(readCheckpoint(file('stream.pt')).format).toBe('stream');
  });

  test('the other byte order', () => {
    expect(tellUs(readCheckpoint(file('big.pt')))).toEqual(told[file('small.pt')]);
  });

  test('weights are found where training code keeps them', () => {
    const checkpoint = readCheckpoint(file('training.pth'));
    const names = [...weightsOf(checkpoint).keys()].filter((name) => !isOfTraining(name));
    expect(names).toEqual(
      [
        '0.weight',
        '0.bias',
        ...['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'].map(
          (name) => `1.${name}`,
        ),
      ].map((name) => `state_dict.${name}`),
    );
  });

  test('zip64: sizes, offsets and the directory in their long form', () => {
    expect(tellUs(decodeCheckpoint(asZip64(readFileSync(file('small.pt'))), 'long.pt'))).toEqual(
      told[file('small.pt')],
    );
  });

  test.skipIf(!haveWeights)('the real files (skipped where ../shared/assets is absent)', () => {
    const names = ['mobilefacenet_foamliu.pt', 'mobilefacenet_xiaoccer.ckpt', 'retinaface_mobilenet0.25.pth'];
    for (const name of names) {
      const path = `${WEIGHTS}/${name}`;
      const found = tellUs(readCheckpoint(path));
      expect(Object.keys(found).length).toBeGreaterThan(200);
      expect(found).toEqual(told[path]);
    }
  });
});

describe('bad files', () => {
  test('hostile checkpoints run nothing', () => {
    for (const name of ['evil.pt', 'evil-stream.pt']) {
      expect(() => readCheckpoint(file(name))).toThrow("system', which is not allowed");
    }
    expect(existsSync(file('touched'))).toBe(false);
  });

  test('modules, programs and compressed entries are refused with what to do', () => {
    expect(() => readCheckpoint(file('module.pt'))).toThrow(
      "'torch.nn.modules.container.Sequential', which is not allowed",
    );
    expect(() => readCheckpoint(file('module-stream.pt'))).toThrow(Fault);
    expect(() => readCheckpoint(file('script.pt'))).toThrow('is a TorchScript program');
    expect(() => readCheckpoint(file('packed.pt'))).toThrow('compressed; allowed: stored entries');
    expect(() => decodeCheckpoint(Buffer.from('hello'), 'x')).toThrow('is no checkpoint of PyTorch');
    expect(() => decodeCheckpoint(Buffer.from('\x80\x02K\x01.', 'latin1'), 'x')).toThrow(
      'not one that torch.save wrote',
    );
    expect(() => readCheckpoint(folder)).toThrow(Fault);
    expect(() => readCheckpoint(file('none.pt'))).toThrow('cannot be read');
  });

  test('a file that is cut anywhere says so', () => {
    for (const name of ['small.pt', 'stream.pt']) {
      const bytes = readFileSync(file(name));
      for (let end = 0; end < bytes.length; end += 97) {
        expect(() => tellUs(decodeCheckpoint(bytes.subarray(0, end), 'cut.pt'))).toThrow(Fault);
      }
    }
  });

  test('changed bytes give values or a sentence', () => {
    for (const name of ['small.pt', 'stream.pt']) {
      const bytes = readFileSync(file(name));
      for (let at = 0; at < bytes.length; at += 7) {
        const changed = Uint8Array.from(bytes);
        changed[at] ^= 0x5a;
        try {
          tellUs(decodeCheckpoint(changed, 'changed.pt'));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
        }
      }
    }
  });

  test('views that leave their storage', () => {
    const bytes = readFileSync(file('small.pt'));
    // ('storage', FloatStorage, '0', 'cpu', 2): the tensor of 2 elements is asked to have 3.
    const text = bytes.toString('latin1').replace('K\x00K\x02\x85q', 'K\x00K\x03\x85q');
    expect(text).not.toBe(bytes.toString('latin1'));
    expect(() => decodeCheckpoint(Buffer.from(text, 'latin1'), 'x.pt')).toThrow(
      'does not fit its storage of 2 elements',
    );
    writeFileSync(file('x.pt'), text, 'latin1');
  });
});

/** Rewrites a zip's directory with every number in its zip64 form. */
function asZip64(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const count = bytes.readUInt16LE(end + 10);
  const start = bytes.readUInt32LE(end + 16);
  const parts: Buffer[] = [bytes.subarray(0, start)];
  let at = start;
  for (let i = 0; i < count; i++) {
    const [name, extra, comment] = [28, 30, 32].map((from) => bytes.readUInt16LE(at + from));
    const head = Buffer.from(bytes.subarray(at, at + 46 + name));
    const long = Buffer.alloc(28);
    long.writeUInt16LE(1, 0);
    long.writeUInt16LE(24, 2);
    for (const [k, from] of [24, 20, 42].entries()) {
      long.writeBigUInt64LE(BigInt(head.readUInt32LE(from)), 4 + 8 * k);
      head.writeUInt32LE(0xffffffff, from);
    }
    head.writeUInt16LE(28, 30);
    head.writeUInt16LE(0, 32);
    parts.push(head, long);
    at += 46 + name + extra + comment;
  }
  const before = parts.reduce((sum, part) => sum + part.length, 0);
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(before - start), 40);
  record.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(before), 8);
  locator.writeUInt32LE(1, 16);
  const last = Buffer.alloc(22, 0xff);
  last.write('PK\x05\x06', 'latin1');
  last.writeUInt16LE(0, 20);
  return Buffer.concat([...parts, record, locator, last]);
}
