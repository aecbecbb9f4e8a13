import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NpyReader, NpyWriter, readNpy, writeNpy } from '../../../core/foundation/npy.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-npy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const python = (code: string): unknown =>
  JSON.parse(execFileSync('/usr/bin/python3', ['-c', code], { cwd: folder, encoding: 'utf8' }));

test('numpy reads what we write, memory-mapped', () => {
  writeNpy(join(folder, 'f4.npy'), Float32Array.of(1.5, -2, 3, 4, 5, 6), [2, 3]);
  writeNpy(join(folder, 'i4.npy'), Int32Array.of(7, -8, 9));
  expect(
    python(`
import numpy, json
a = numpy.load('f4.npy', mmap_mode='r'); b = numpy.load('i4.npy')
print(json.dumps([a.tolist(), str(a.dtype), b.tolist(), str(b.dtype)]))`),
  ).toEqual([
    [
      [1.5, -2, 3],
      [4, 5, 6],
    ],
    'float32',
    [7, -8, 9],
    'int32',
  ]);
});

test('we read what numpy writes, whole or by rows', () => {
  python(`
import numpy
numpy.save('by-numpy.npy', numpy.arange(12, dtype='float64').reshape(4, 3)); print(1)`);
  expect(readNpy(join(folder, 'by-numpy.npy')).shape).toEqual([4, 3]);
  const reader = new NpyReader(join(folder, 'by-numpy.npy'));
  expect([...reader.read(1, 3)]).toEqual([3, 4, 5, 6, 7, 8]);
  reader.close();
});

test('a matrix written block by block is whole once it is closed', () => {
  const path = join(folder, 'blocks.npy');
  const writer = new NpyWriter(path, 2);
  writer.append(Float32Array.of(1, 2, 3, 4));
  expect(readNpy(path).shape).toEqual([0, 2]);
  writer.append(Float32Array.of(5, 6));
  writer.close();
  expect(readNpy(path)).toEqual({ shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
});

test('bad files are refused in words', () => {
  const path = join(folder, 'bad.npy');
  writeFileSync(path, 'hello, this is no array');
  expect(() => new NpyReader(path)).toThrow('is not a .npy file');
  writeNpy(path, new Float32Array(100), [10, 10]);
  truncateSync(path, 300);
  expect(() => new NpyReader(path)).toThrow('is cut short: 300 bytes of 528');
  python(`
import numpy
numpy.save('fortran.npy', numpy.asfortranarray(numpy.zeros((3, 2), 'float32'))); numpy.save('complex.npy', numpy.zeros(3, 'complex64')); print(1)`);
  expect(() => new NpyReader(join(folder, 'fortran.npy'))).toThrow('in Fortran order');
  expect(() => new NpyReader(join(folder, 'complex.npy'))).toThrow("holds '<c8'");
});
