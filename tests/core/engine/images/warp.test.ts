import { beforeAll, describe, expect, test } from 'vitest';
import { type Affine, gridOver } from '../../../../core/engine/images/affine.ts';
import { normalise } from '../../../../core/engine/images/normalise.ts';
import type { Pixels } from '../../../../core/engine/images/pixels.ts';
import { cut } from '../../../../core/engine/images/warp.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { python } from './python.ts';

const random = new Random(3);
function noise(width: number, height: number): Pixels & { data: Uint8Array } {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.below(256)) };
}

/** A smooth picture: what is compared is the geometry, not the filter. */
function waves(width: number, height: number): Pixels & { data: Uint8Array } {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[(y * width + x) * 3] = 128 + 100 * Math.sin(x / 19 + y / 31);
      data[(y * width + x) * 3 + 1] = 128 + 100 * Math.cos(x / 23 - y / 17);
      data[(y * width + x) * 3 + 2] = (255 * x) / width;
    }
  }
  return { width, height, data };
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
  return worst;
};

const SKIMAGE = `
import json, sys, numpy as np
from skimage.transform import warp, AffineTransform
p = json.load(sys.stdin)
image = np.array(p['data'], float).reshape(p['height'], p['width'], 3)
matrix = np.vstack([np.array(p['map']).reshape(2, 3), [0, 0, 1]])
out = warp(image, AffineTransform(matrix), output_shape=(p['h'], p['w']), order=1, mode='constant', cval=0, preserve_range=True)
print(json.dumps(out.ravel().tolist()))`;

function warped(picture: Pixels, map: Affine, w: number, h: number): number[] {
  return python<number[]>(SKIMAGE, { ...picture, data: [...picture.data], map, w, h });
}

describe('turned crops', () => {
  test.each([
    ['inside the picture', [0.9, -0.4, 20, 0.4, 0.9, 5]],
    ['over its edges', [0.9, -0.4, -20, 0.4, 0.9, -15]],
    ['upside down', [-1.1, 0.02, 80, -0.02, -1.1, 70]],
  ] as [string, Affine][])("%s equal scikit-image's warp", (_, map) => {
    const picture = noise(90, 80);
    // scikit-image interpolates towards its fill value only within the picture's outermost pixels; so do we.
    expect(largest(cut(picture, { map, border: 'zero' }, 48, 40), warped(picture, map, 48, 40))).toBeLessThan(
      1e-2,
    );
  });

  test('much larger pictures are reduced first, so that nothing aliases and nothing moves', () => {
    const picture = waves(900, 900);
    const map: Affine = [5, -1, 150, 1, 5, 30];
    const ours = cut(picture, { map, border: 'zero' }, 112, 112);
    // On a smooth picture the filter changes little: what remains shows that the geometry is the same.
    expect(largest(ours, warped(picture, map, 112, 112))).toBeLessThan(5);
    const checks: Pixels = { width: 900, height: 900, data: new Uint8Array(900 * 900 * 3) };
    for (let i = 0; i < 900 * 900; i++)
      checks.data.fill((i + Math.floor(i / 900)) % 2 === 0 ? 0 : 255, i * 3, i * 3 + 3);
    const grey = cut(checks, { map, border: 'zero' }, 100, 100);
    for (const value of grey) expect(Math.abs(value - 127.5)).toBeLessThan(4);
  });
});

/** What PyTorch makes of each case, in one process: starting it takes longer than all of them. */
const TORCH = `
import json, sys, torch
import torch.nn.functional as F
def interpolate(p, image):
    return F.interpolate(image, size=(p['h'], p['w']), mode='bilinear', align_corners=False, antialias=True)
def sample(p, image):
    W, H = p['width'], p['height']
    a, b, c, d, e, f = p['map']
    x = a * torch.arange(p['w'], dtype=torch.float64) + c
    y = e * torch.arange(p['h'], dtype=torch.float64) + f
    gx = ((2 * x + 1) / W - 1).expand(p['h'], p['w'])
    gy = ((2 * y + 1) / H - 1).reshape(-1, 1).expand(p['h'], p['w'])
    return F.grid_sample(image, torch.stack([gx, gy], -1)[None], mode='bilinear', padding_mode=p['mode'], align_corners=False)
out = []
for p in json.load(sys.stdin):
    image = torch.tensor(p['data'], dtype=torch.float64).reshape(1, p['height'], p['width'], 3).permute(0, 3, 1, 2)
    made = sample(p, image) if 'mode' in p else interpolate(p, image.float())
    out.append(made[0].permute(1, 2, 0).reshape(-1).tolist())
print(json.dumps(out))`;

describe('upright crops', () => {
  const sizes: [string, Pixels, number, number][] = [
    ['reduced', noise(97, 83), 31, 40],
    ['enlarged', noise(23, 31), 64, 50],
    ['reduced much', noise(300, 200), 16, 16],
    ['as they are', noise(20, 20), 20, 20],
  ];
  // Enlarged, so that no filter but bilinear interpolation takes part.
  const picture = noise(40, 50);
  const borders: ['zero' | 'edge', string, Affine][] = [
    ['zero', 'zeros', gridOver([-20.5, 10, 70, 60], 80, 72)],
    ['edge', 'border', gridOver([-20.5, 10, 70, 60], 80, 72)],
    ['edge', 'border', gridOver([-500, -400, 60, 60], 80, 72)],
  ];
  let expected: number[][] = [];
  beforeAll(() => {
    const plain = (pixels: Pixels): object => ({ ...pixels, data: [...pixels.data] });
    expected = python<number[][]>(TORCH, [
      ...sizes.map(([, pixels, w, h]) => ({ ...plain(pixels), w, h })),
      ...borders.map(([, mode, map]) => ({ ...plain(picture), map, mode, w: 80, h: 72 })),
    ]);
  });

  test.each(sizes.map((one, i) => [...one, i] as const))(
    "%s equal PyTorch's antialiased interpolation",
    (_, pixels, w, h, i) => {
      const map = gridOver([0, 0, pixels.width, pixels.height], w, h);
      expect(largest(cut(pixels, { map, border: 'within' }, w, h), expected[i])).toBeLessThan(2e-3);
    },
  );

  test.each(borders.map((one, i) => [...one, i] as const))(
    "with the border '%s' are PyTorch's samples with the padding mode '%s'",
    (border, _, map, i) => {
      expect(largest(cut(picture, { map, border }, 80, 72), expected[sizes.length + i])).toBeLessThan(2e-3);
    },
  );
});

test('pixels become inputs in every order and layout', () => {
  const pixels = Uint8Array.of(10, 20, 30, 40, 50, 60);
  const made = (channels: 'rgb' | 'bgr', layout: 'nchw' | 'nhwc'): number[] => {
    const target = new Float32Array(6);
    normalise(pixels, { size: [2, 1], channels, layout, mean: [10, 0, 0], std: [1, 2, 10] }, target);
    return [...target].map((value) => Math.round(value * 1000) / 1000);
  };
  expect(made('rgb', 'nchw')).toEqual([0, 30, 10, 25, 3, 6]);
  expect(made('rgb', 'nhwc')).toEqual([0, 10, 3, 30, 25, 6]);
  expect(made('bgr', 'nchw')).toEqual([20, 50, 10, 25, 1, 4]);
  expect(made('bgr', 'nhwc')).toEqual([20, 10, 1, 50, 25, 4]);
});
