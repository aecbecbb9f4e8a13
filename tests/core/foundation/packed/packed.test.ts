import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../../core/foundation/fault.ts';
import {
  closePackedFiles,
  packedPath,
  pictureBytes,
  pictureStat,
} from '../../../../core/foundation/packed/pictures.ts';
import { RecordFile } from '../../../../core/foundation/packed/record-file.ts';
import { RecordWriter } from '../../../../core/foundation/packed/record-writer.ts';
import {
  readVerificationSet,
  writeVerificationSet,
} from '../../../../core/foundation/packed/verification-set.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-packed-'));
});
beforeEach(() => closePackedFiles());
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

/** RecordIO as its description says, in Python: reader and writer that owe nothing to ours. */
const RECORDIO = `
import json, struct, sys, pickle, base64
MAGIC = 0xced7230a
def frame(kind, part): return struct.pack('<II', MAGIC, kind << 29 | len(part)) + part + b'\\0' * (-len(part) % 4)
def split(payload):
    parts, start = [], 0
    for i in range(0, len(payload) - 3, 4):
        if payload[i:i + 4] == struct.pack('<I', MAGIC): parts.append(payload[start:i]); start = i + 4
    return parts + [payload[start:]]
def record(payload):
    parts = split(payload)
    kinds = [0] if len(parts) == 1 else [1] + [2] * (len(parts) - 2) + [3]
    return b''.join(frame(k, p) for k, p in zip(kinds, parts))
def pack(label, id, image):
    if isinstance(label, list): return struct.pack('<IfQQ', len(label), 0, id, 0) + struct.pack('<%df' % len(label), *label) + image
    return struct.pack('<IfQQ', 0, label, id, 0) + image
def unpack(file):
    data, at, found, parts = open(file, 'rb').read(), 0, [], []
    while at < len(data):
        magic, word = struct.unpack_from('<II', data, at)
        assert magic == MAGIC
        kind, size = word >> 29, word & (1 << 29) - 1
        parts.append(data[at + 8:at + 8 + size])
        at += 8 + size + -size % 4
        if kind in (0, 3):
            payload = struct.pack('<I', MAGIC).join(parts); parts = []
            flag, label, id, _ = struct.unpack_from('<IfQQ', payload)
            labels = list(struct.unpack_from('<%df' % flag, payload, 24)) if flag else [label]
            found.append([labels, id, base64.b64encode(payload[24 + 4 * flag:]).decode()])
    return found
`;
const python = (program: string, ...argv: string[]): string =>
  execFileSync('/usr/bin/python3', ['-c', RECORDIO + program, ...argv], { maxBuffer: 1 << 26 }).toString();

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('RecordIO', () => {
  test('files of another writer: labels, split payloads, with and without an index', () => {
    python(
      `
magic = struct.pack('<I', MAGIC)
records = [(0, [5., 7.], b''), (1, 3., b'one'), (2, 4., b'four' + magic + b'rest' + magic), (3, [9., 1.], b'x' * 1001), (4, 2., magic)]
offset = 0
with open(sys.argv[1], 'wb') as rec, open(sys.argv[2], 'w') as idx:
    for key, label, image in records:
        idx.write('%d\\t%d\\n' % (key, offset)); bytes = record(pack(label, key, image)); rec.write(bytes); offset += len(bytes)
import shutil; shutil.copy(sys.argv[1], sys.argv[3])`,
      at('a.rec'),
      at('a.idx'),
      at('b.rec'),
    );
    for (const name of ['a.rec', 'b.rec']) {
      const file = new RecordFile(at(name));
      expect([[...file.keys], file.damage]).toEqual([[0, 1, 2, 3, 4], []]);
      const read = [0, 1, 2, 3, 4].map((key) => {
        const { labels, many, id, picture } = file.read(key);
        expect(file.labels(key)).toEqual({ labels, many, pictureBytes: picture.byteLength });
        return [[...labels], many, id, text(picture)];
      });
      const magic = '\x0a\x23\xd7\xce';
      expect(read).toEqual([
        [[5, 7], true, 0, ''],
        [[3], false, 1, 'one'],
        [[4], false, 2, `four${magic}rest${magic}`],
        [[9, 1], true, 3, 'x'.repeat(1001)],
        [[2], false, 4, magic],
      ]);
      expect(() => file.read(5)).toThrow(`'${at(name)}' has no record 5.`);
      file.close();
    }
  });

  test('what is written here, another reader reads', () => {
    const writer = new RecordWriter(at('w.rec'));
    const magic = Buffer.from('0a23d7ce', 'hex');
    const pictures = [
      Buffer.from('abc'),
      Buffer.concat([Buffer.from('abcd'), magic, Buffer.from('e')]),
      Buffer.alloc(0),
    ];
    writer.append(1, 12, pictures[0]);
    writer.append(2, [1, 2, 3], pictures[1]);
    writer.append(7, [4], pictures[2]);
    expect(readdirSync(folder)).not.toContain('w.rec');
    writer.close();
    const [found, index] = JSON.parse(
      python(
        `print(json.dumps([unpack(sys.argv[1]), [[int(x) for x in line.split('\\t')] for line in open(sys.argv[2])]]))`,
        at('w.rec'),
        at('w.idx'),
      ),
    ) as [[number[], number, string][], number[][]];
    expect(found).toEqual([
      [[12], 1, pictures[0].toString('base64')],
      [[1, 2, 3], 2, pictures[1].toString('base64')],
      [[4], 7, ''],
    ]);
    expect(index.map(([key]) => key)).toEqual([1, 2, 7]);
    const file = new RecordFile(at('w.rec'));
    expect(text(file.read(2).picture)).toBe(text(pictures[1]));
    file.close();
  });

  test('damage costs the records it hits, with a sentence each', () => {
    const writer = new RecordWriter(at('d.rec'));
    for (let key = 1; key <= 6; key++) writer.append(key, key, Buffer.from(`picture ${key}`));
    writer.close();
    const bytes = readFileSync(at('d.rec'));
    const size = bytes.length / 6;
    // Record 2 loses its magic number, record 6 its end.
    bytes.writeUInt32LE(0, size);
    writeFileSync(at('d.rec'), bytes.subarray(0, bytes.length - 5));
    const indexed = new RecordFile(at('d.rec'));
    expect(() => indexed.read(2)).toThrow(
      `Record 2 of '${at('d.rec')}' is damaged: no record begins at byte ${size}.`,
    );
    expect(() => indexed.read(6)).toThrow('is cut short');
    expect([1, 3, 4, 5].map((key) => text(indexed.read(key).picture))).toEqual([
      ...['picture 1', 'picture 3', 'picture 4', 'picture 5'],
    ]);
    indexed.close();
    rmSync(at('d.idx'));
    const passed = new RecordFile(at('d.rec'));
    expect([...passed.keys]).toEqual([1, 3, 4, 5]);
    expect(passed.damage.map(({ sentence }) => sentence)).toEqual([
      `'${at('d.rec')}' is damaged at byte ${size}: no record begins there; it goes on at byte ${2 * size}.`,
      `'${at('d.rec')}' is damaged at byte ${5 * size}: the record there is cut short; nothing follows.`,
    ]);
    passed.close();
  });

  test('an index that is damaged', () => {
    const writer = new RecordWriter(at('i.rec'));
    writer.append(1, 0, Buffer.from('a'));
    writer.close();
    writeFileSync(at('i.idx'), '3\t999999\r\n1\t0\nx\ty\n\n1\t40\n2\t4');
    const file = new RecordFile(at('i.rec'));
    expect(file.damage.map(({ sentence }) => sentence)).toEqual([
      `'${at('i.idx')}', line 3: 'x\ty' is no entry; allowed: a key, a tab and an offset.`,
      `'${at('i.idx')}' has the key 1 twice; the first counts.`,
    ]);
    expect([[...file.keys], text(file.read(1).picture)]).toEqual([[1, 2, 3], 'a']);
    expect(() => file.read(2)).toThrow(Fault);
    expect(() => file.read(3)).toThrow('is cut short');
    file.close();
  });
});

describe('verification sets', () => {
  test('pickles of Python 3 and 2', () => {
    python(
      `
pictures, same = [b'\\xff\\xd8one', b'two', b'three', b'\\x00' * 300], [True, False]
for protocol in (2, 3, 4, 5): pickle.dump((pictures, same), open(sys.argv[1] % protocol, 'wb'), protocol)
import numpy as np
pickle.dump(([np.frombuffer(p, np.uint8) for p in pictures], np.array(same)), open(sys.argv[1] % 9, 'wb'), 2)`,
      at('set%d.bin'),
    );
    // As Python 2 writes it: its str is bytes.
    const two = Buffer.from(
      `\x80\x02](U\x05\xff\xd8oneU\x03twoU\x05threeT\x2c\x01\x00\x00${'\0'.repeat(300)}e](\x88\x89e\x86.`,
      'latin1',
    );
    writeFileSync(at('set1.bin'), two);
    for (const n of [1, 2, 3, 4, 5, 9]) {
      const { pictures, same } = readVerificationSet(at(`set${n}.bin`));
      expect(same).toEqual([true, false]);
      expect(pictures.map(text)).toEqual(['\xff\xd8one', 'two', 'three', '\0'.repeat(300)]);
    }
  });

  test('what is written here, Python loads', () => {
    const pictures = ['a', 'bb', 'ccc', 'dddd'].map((word) => Buffer.from(word));
    writeVerificationSet(at('out.bin'), { pictures, same: [false, true] });
    for (const how of ['', ", encoding='bytes'"]) {
      const [found, same] = JSON.parse(
        python(
          `bins, same = pickle.load(open(sys.argv[1], 'rb')${how})
assert type(bins) is list and type(same) is list
print(json.dumps([[b.decode() for b in bins], same]))`,
          at('out.bin'),
        ),
      ) as [string[], boolean[]];
      expect([found, same]).toEqual([
        ['a', 'bb', 'ccc', 'dddd'],
        [false, true],
      ]);
    }
    expect(readVerificationSet(at('out.bin')).pictures.map(text)).toEqual(['a', 'bb', 'ccc', 'dddd']);
  });

  test('what is none is said; nothing runs', () => {
    writeFileSync(at('evil.bin'), "cos\nsystem\n(S'touch /tmp/visage-evil'\ntR.");
    expect(() => readVerificationSet(at('evil.bin'))).toThrow("'os.system', which is not allowed");
    writeFileSync(at('odd.bin'), Buffer.from('\x80\x03](C\x01ae](\x88e\x86.', 'latin1'));
    expect(() => readVerificationSet(at('odd.bin'))).toThrow('holds 1 pictures for 1 pairs');
    writeFileSync(at('list.bin'), Buffer.from('\x80\x03].', 'latin1'));
    expect(() => readVerificationSet(at('list.bin'))).toThrow('but no verification set');
    expect(() => readVerificationSet(at('none.bin'))).toThrow('cannot be read');
  });
});

describe('paths into packed files', () => {
  test('pictures of records and sets are read by path, plain files as ever', () => {
    const writer = new RecordWriter(at('p.rec'));
    writer.append(17, 0, Buffer.from('seventeen'));
    writer.close();
    writeVerificationSet(at('p.bin'), {
      pictures: [Buffer.from('left'), Buffer.from('right')],
      same: [true],
    });
    writeFileSync(at('plain.jpg'), 'plain');
    expect(text(pictureBytes(packedPath(at('p.rec'), 17)))).toBe('seventeen');
    expect(text(pictureBytes(packedPath(at('p.bin'), 1)))).toBe('right');
    expect(text(pictureBytes(at('plain.jpg')))).toBe('plain');
    expect([pictureStat(packedPath(at('p.rec'), 17)).size, pictureStat(at('plain.jpg')).size]).toEqual([
      9, 5,
    ]);
    for (const path of [packedPath(at('p.rec'), 3), packedPath(at('p.bin'), 2), packedPath(at('q.rec'), 1)]) {
      expect(() => pictureBytes(path)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/ENOENT|ENOTDIR/) }),
      );
    }
  });

  test('a file that is written anew is read anew', () => {
    writeVerificationSet(at('n.bin'), { pictures: [Buffer.from('a'), Buffer.from('b')], same: [true] });
    expect(text(pictureBytes(packedPath(at('n.bin'), 0)))).toBe('a');
    writeVerificationSet(at('n.bin'), { pictures: [Buffer.from('other'), Buffer.from('b')], same: [true] });
    expect(text(pictureBytes(packedPath(at('n.bin'), 0)))).toBe('other');
  });
});
