import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../../../core/foundation/fault.ts';
import { NUMPY, type NumpyArray } from '../../../../core/foundation/pickle/numpy.ts';
import { type UnpickleOptions, unpickle } from '../../../../core/foundation/pickle/unpickle.ts';
import { pythonBytes } from './python.ts';

const read = (bytes: Uint8Array, options: Partial<UnpickleOptions> = {}): unknown =>
  unpickle(bytes, { origin: 'x.pkl', ...options }).value;
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('plain data', () => {
  test('every protocol of Python gives the same values', () => {
    const pickles = pythonBytes(`
shared = [1, 2]
x = dict(
  none=None, yes=True, no=False, small=7, word=300, minus=-5, big=2**40, huge=2**70, negative=-2**70,
  real=0.1, text='grün \\u2028 \\U0001F600 \\\\u0041', empty='', raw=b'\\x00\\xff\\n', array=bytearray(b'ab'),
  list=[1, [2.5, ()]], tuple=(1, 2, 3, 4), set={1, 2}, frozen=frozenset([3]), ordered=collections.OrderedDict(a=1, b=2),
  twice=[shared, shared], many=list(range(3000)), infinite=float('-inf'), factory=collections.defaultdict(int, k=1),
)
for protocol in range(6): give(pickle.dumps(x, protocol))`);
    expect(pickles).toHaveLength(6);
    for (const bytes of pickles) {
      const value = read(bytes) as Map<string, unknown>;
      expect(Object.fromEntries(value)).toEqual({
        ...{ none: null, yes: true, no: false, small: 7, word: 300, minus: -5, big: 2 ** 40 },
        ...{
          huge: 2n ** 70n,
          negative: -(2n ** 70n),
          real: 0.1,
          text: 'grün \u2028 \u{1F600} \\u0041',
          empty: '',
        },
        ...{
          raw: Uint8Array.of(0, 255, 10),
          array: bytesOf('ab'),
          list: [1, [2.5, []]],
          tuple: [1, 2, 3, 4],
        },
        ...{ set: new Set([1, 2]), frozen: new Set([3]) },
        ...{
          ordered: new Map([['a', 1]]).set('b', 2),
          twice: [
            [1, 2],
            [1, 2],
          ],
        },
        ...{
          many: Array.from({ length: 3000 }, (_, i) => i),
          infinite: -Infinity,
          factory: new Map([['k', 1]]),
        },
      });
      const [first, second] = value.get('twice') as unknown[];
      expect(first).toBe(second);
    }
  });

  test('a list that holds itself', () => {
    const [bytes] = pythonBytes('x = [1]\nx.append(x)\ngive(pickle.dumps(x, 2))');
    const value = read(bytes) as unknown[];
    expect(value[1]).toBe(value);
  });

  test("Python 2's str is text or bytes, as asked", () => {
    // pickle.dumps(['a\xff', 'x' * 300 …]) of Python 2: S (protocol 0), U and T (1 and 2).
    const long = 'x'.repeat(300);
    const pickles = [
      bytesOf(`(lp0\nS'a\\xff\\n\\'"'\np1\naS"it's"\np2\na.`),
      bytesOf(`\x80\x02](U\x06a\xff\n'"!T\x2c\x01\x00\x00${long}e.`),
    ];
    expect(read(pickles[0])).toEqual(['a\xff\n\'"', "it's"]);
    expect(read(pickles[1])).toEqual(['a\xff\n\'"!', long]);
    expect(read(pickles[1], { python2: 'bytes' })).toEqual([bytesOf('a\xff\n\'"!'), bytesOf(long)]);
  });

  test('one pickle after another', () => {
    const bytes = Buffer.concat(pythonBytes('give(pickle.dumps(1, 2)); give(pickle.dumps("b", 2))'));
    const first = unpickle(bytes, { origin: 'x' });
    expect([first.value, unpickle(bytes, { origin: 'x', at: first.end }).value]).toEqual([1, 'b']);
  });

  test('NumPy arrays and numbers, both byte orders', () => {
    const [bytes, five] = pythonBytes(`
import numpy as np
x = [np.arange(6, dtype='<f4').reshape(2, 3), np.array([1, 258], dtype='>u2'), np.float64(2.5), np.bool_(True), np.int64(-3)]
give(pickle.dumps(x, 2)); give(pickle.dumps(x, 5))`);
    for (const pickled of [bytes, five]) {
      const [floats, shorts, ...numbers] = read(pickled, { allowed: NUMPY }) as [
        NumpyArray,
        NumpyArray,
        ...number[],
      ];
      expect([floats.shape, floats.elements()]).toEqual([[2, 3], Float32Array.of(0, 1, 2, 3, 4, 5)]);
      expect(shorts.elements()).toEqual(Uint16Array.of(1, 258));
      expect(numbers).toEqual([2.5, true, -3]);
    }
  });
});

describe('hostile pickles', () => {
  test('nothing runs, and the name is said', () => {
    const folder = mkdtempSync(join(tmpdir(), 'visage-pickle-'));
    const touched = join(folder, 'touched');
    try {
      const pickles = pythonBytes(
        `
import os, subprocess, builtins, importlib
target = sys.argv[1]
class Evil:
    def __init__(self, *call): self.call = call
    def __reduce__(self): return self.call
def chain(f, *args): return Evil(f, args)
evils = [
  chain(os.system, 'touch ' + target),
  chain(builtins.eval, "open(%r, 'w')" % target),
  chain(builtins.exec, "open(%r, 'w')" % target),
  chain(subprocess.check_output, ['touch', target]),
  chain(builtins.getattr, chain(importlib.import_module, 'os'), 'system'),
  [1, {'state_dict': chain(os.system, 'touch ' + target)}],
]
for evil in evils:
    for protocol in (0, 2, 4): give(pickle.dumps(evil, protocol))`,
        [touched],
      );
      expect(pickles).toHaveLength(18);
      const sentences = pickles.map((bytes) => {
        try {
          return String(read(bytes));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault);
          return (thrown as Fault).message;
        }
      });
      const names = ['system', 'eval', 'exec', 'check_output', 'getattr', 'system'];
      for (const [i, sentence] of sentences.entries()) {
        expect(sentence).toContain(`.${names[Math.floor(i / 3)]}', which is not allowed`);
      }
      expect(existsSync(touched)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ['INST of a class', "(S'rm'\nios\nsystem\n."],
    ['OBJ of a class', '(cos\nsystem\nS"rm"\no.'],
    ['a name through the stack', '\x80\x04\x8c\x02os\x8c\x06system\x93.'],
    [
      'a dotted name through a module that is allowed',
      '\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.__init__\x93.',
    ],
    ['names of our own objects', 'cconstructor\nconstructor\n.'],
    ['names of our own objects', '\x80\x04\x8c\x00\x8c\x09__proto__\x93.'],
  ])('%s is refused', (_, text) => {
    expect(() => read(bytesOf(text))).toThrow(/is not allowed: only plain data/);
  });

  test('calls of what must not be called', () => {
    expect(() => read(bytesOf('c__builtin__\nint\n(I1\ntR.'))).toThrow(
      "wants to call Python's '__builtin__.int', which is not allowed",
    );
    expect(() => read(bytesOf('I1\n(tR.'))).toThrow('a call of what is no name');
    expect(() => read(bytesOf("S'id'\nP1\n."))).toThrow('refers to an object outside itself');
    expect(() => read(bytesOf('\x80\x02\x82\x01.'))).toThrow("Python's extension registry");
    expect(() => read(bytesOf(']I1\nb.'))).toThrow(Fault);
  });

  test('entries of a dictionary reach no prototype', () => {
    const value = read(bytesOf("(dS'__proto__'\n(dS'polluted'\nI1\nss."));
    expect(value).toBeInstanceOf(Map);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('memo bombs neither fill memory nor take long', () => {
    // Each list holds the one before twice: 2⁶⁰ leaves, 60 lists.
    let laughs = '(lp0\n';
    for (let i = 1; i <= 60; i++) laughs += `(lp${i}\ng${i - 1}\nag${i - 1}\na`;
    const begun = performance.now();
    expect((read(bytesOf(`${laughs}.`)) as unknown[]).length).toBe(2);
    expect(performance.now() - begun).toBeLessThan(2000);

    // A megabyte of text, memoised, encoded ten thousand times.
    const text = 'a'.repeat(1 << 20);
    const bomb = `(lV${text}\np0\n0${"c_codecs\nencode\n(g0\nS'latin1'\ntRa".repeat(10_000)}.`;
    expect(() => read(bytesOf(bomb))).toThrow('unfolds into far more than its own size');
  });

  test('nesting a million deep costs no stack', () => {
    expect(Array.isArray(read(bytesOf(`${'('.repeat(1_000_000)}${'l'.repeat(1_000_000)}.`)))).toBe(true);
  });

  test('lengths that the file does not have', () => {
    for (const text of [
      '\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.',
      '\x80\x04\x8e\xff\xff\xff\xff\x00\x00\x00\x00.',
      '\x80\x02T\xff\xff\xff\xff.',
      '\x80\x02X\xff\xff\xff\x7f.',
      '\x80\x02\x8b\xff\xff\xff\x7f.',
    ]) {
      expect(() => read(bytesOf(text))).toThrow(Fault);
    }
    expect(() => read(bytesOf(`L${'9'.repeat(100_000)}L\n.`))).toThrow('where an integer is expected');
  });

  test('a pickle that is cut anywhere, or has any byte changed, gives a value or a sentence', () => {
    const pickles = pythonBytes(`
x = {'a': [1, 2.5, 'text', b'bytes', (1, 2, 3, 4)], 'b': collections.OrderedDict(c=None), 'd': {1, 2}}
for protocol in (0, 2, 4): give(pickle.dumps(x, protocol))`);
    for (const bytes of pickles) {
      for (let end = 0; end < bytes.length; end++) {
        expect(() => read(bytes.subarray(0, end))).toThrow(Fault);
      }
      for (let at = 0; at < bytes.length; at++) {
        for (const value of [0, 0x28, 0x52, 0x62, 0x71, 0xff]) {
          const changed = Uint8Array.from(bytes);
          changed[at] = value;
          try {
            read(changed);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Fault);
          }
        }
      }
    }
  });
});
