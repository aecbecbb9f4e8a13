import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readMat5 } from '../../../core/datasets/mat5.ts';
import { fivePointsOf } from '../../../core/datasets/points.ts';
import { ASSETS, folderWith, hasAssets, jpeg, readSource } from './fixtures.ts';

const python = (script: string, ...argv: string[]): string => {
  const run = spawnSync('/usr/bin/python3', ['-c', script, ...argv], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
};

/** Files that scipy.io.savemat writes, as { name: bytes }. */
function saved(compressed: boolean): Record<string, Buffer> {
  const script = `
import base64, io, json, sys
import numpy as np
from scipy.io import savemat
def mat(**arrays):
    out = io.BytesIO(); savemat(out, arrays, do_compression=${compressed ? 'True' : 'False'}); return base64.b64encode(out.getvalue()).decode()
r = np.radians
shape = np.stack([np.arange(68) * 2.0, np.arange(68) * 3.0, np.zeros(68)]).astype(np.float32)
print(json.dumps({
  'front.mat': mat(Pose_Para=np.array([[r(-40), r(35), r(1), 5, 6, 7, 0.5]], np.float32), pt3d_68=shape, roi=np.array([[1, -2, 300, 400]], np.int16), text='abc', cells=np.array([1, 'a'], object)),
  'wild.mat': mat(Pose_Para=np.array([[r(-300), r(35), r(1)]])),
  'nothing.mat': mat(other=np.arange(6, dtype=np.uint8).reshape(2, 3), big=np.array([[2 ** 40]], np.int64), many=np.arange(9.0)),
}))`;
  const files = JSON.parse(python(script)) as Record<string, string>;
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text, 'base64')]));
}

describe.each([true, false])('files of scipy.io.savemat, compressed: %s', (compressed) => {
  const files = saved(compressed);

  test('numeric arrays of several types, column-major; others are passed over', () => {
    const arrays = readMat5(files['nothing.mat'], 'nothing.mat');
    expect(arrays.get('other')).toEqual({ shape: [2, 3], data: Float64Array.of(0, 3, 1, 4, 2, 5) });
    expect(arrays.get('big')?.data[0]).toBe(2 ** 40);
    expect(arrays.get('many')?.shape).toEqual([1, 9]);
    expect([...readMat5(files['front.mat'], 'front.mat').keys()].sort()).toEqual([
      'Pose_Para',
      'pt3d_68',
      'roi',
    ]);
  });

  test('pose, landmarks and five points; wild angles are not labelled', async () => {
    const image = await jpeg(1);
    const root = folderWith({
      ...files,
      'front.jpg': image,
      'wild.jpg': image,
      'nothing.jpg': image,
      'lonely.jpg': image,
    });
    const { format, face, faces, report } = await readSource(root);
    expect(format).toBe('aflw2000');
    const front = face('front.jpg');
    expect(front.labels).toEqual([undefined, undefined, undefined, 0, 1]);
    expect(Number(front.raw?.pitch)).toBeCloseTo(-40, 3);
    expect(front.raw?.roi).toBe('1 -2 300 400');
    expect(front.landmarks?.[2]).toBe(2);
    expect(front.landmarks?.[3]).toBe(3);
    // Points 37 and 40 (1-based) have x 72 and 78, y 108 and 117; the nose is point 31.
    expect(Array.from(front.points ?? []).slice(0, 2)).toEqual([75, 112.5]);
    expect(Array.from(front.points ?? []).slice(4, 6)).toEqual([60, 90]);
    expect(face('wild.jpg').labels).toBeUndefined();
    expect(Number(face('wild.jpg').raw?.pitch)).toBeCloseTo(-300, 3);
    expect(faces).toHaveLength(2);
    expect(report.rejects.map(({ file }) => file).sort()).toEqual(['lonely.jpg', 'nothing.mat']);
    expect(report.notes).toEqual([
      '1 images have an angle beyond ±99°, which evaluations drop: their pose is kept raw and not labelled.',
    ]);
  });

  test('cut short at any place: a sentence, never garbage', () => {
    const whole = files['front.mat'];
    for (let length = 0; length < whole.length; length += 97) {
      try {
        const arrays = readMat5(whole.subarray(0, length), 'x.mat');
        // Cut between two arrays: what is there is whole.
        for (const { shape, data } of arrays.values()) expect(data.length).toBe(shape[0] * shape[1]);
      } catch (thrown) {
        expect((thrown as Error).name).toBe('Fault');
        expect((thrown as Error).message).toContain("'x.mat'");
      }
    }
  });
});

test('other files are named as what they are', () => {
  expect(() => readMat5(Buffer.from('hello'), 'a.mat')).toThrow("'a.mat' is no MATLAB 5 file.");
  const newer = Buffer.alloc(256);
  newer.write('MATLAB 7.3 MAT-file');
  expect(() => readMat5(newer, 'a.mat')).toThrow('save it with -v7');
});

test('five points of 68', () => {
  const points = fivePointsOf(Float32Array.from({ length: 136 }, (_, i) => i));
  // Point n (1-based) has x 2(n − 1): eyes between 37 and 40, 43 and 46; nose 31; mouth 49, 55.
  expect([0, 2, 4, 6, 8].map((i) => points[i])).toEqual([75, 87, 60, 96, 108]);
});

describe.skipIf(!hasAssets)('the real images (skipped where ../shared/assets is absent)', () => {
  test('every number as scipy.io.loadmat reads it', () => {
    const folder = join(ASSETS, 'images', 'aflw2000');
    const script = `
import glob, json, os, sys
from scipy.io import loadmat
print(json.dumps({os.path.basename(f): {k: v.ravel('F').tolist() for k, v in loadmat(f).items() if not k.startswith('__')} for f in glob.glob(sys.argv[1] + '/*.mat')}))`;
    const theirs = JSON.parse(python(script, folder)) as Record<string, Record<string, number[]>>;
    const mats = readdirSync(folder).filter((name) => name.endsWith('.mat'));
    expect(mats).toHaveLength(43);
    for (const name of mats) {
      const ours = readMat5(readFileSync(join(folder, name)), name);
      expect([...ours.keys()].sort()).toEqual(Object.keys(theirs[name]).sort());
      for (const [variable, { data }] of ours) expect([...data]).toEqual(theirs[name][variable]);
    }
  });

  test('43 faces, two of wild pose', async () => {
    const { faces, report } = await readSource(join(ASSETS, 'images', 'aflw2000'));
    expect(faces).toHaveLength(43);
    expect(report.rejects).toEqual([]);
    expect(faces.filter((face) => face.labels === undefined)).toHaveLength(2);
    expect(faces.every((face) => face.landmarks?.length === 136 && face.points?.length === 10)).toBe(true);
  });
});
