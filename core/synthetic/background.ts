import { Random } from '../foundation/random.ts';
import { CLOUDS, sampleSmooth } from './noise.ts';
import type { Background } from './parameters.ts';

type Colour = readonly [number, number, number];

function colour(random: Random, saturation = 0.35): Colour {
  const grey = 0.03 + 0.6 * random.uniform() ** 1.5;
  const hue = 2 * Math.PI * random.uniform();
  return [0, 2.1, 4.2].map((shift) =>
    Math.max(0.005, grey * (1 + saturation * 1.6 * random.uniform() * Math.cos(hue + shift))),
  ) as unknown as Colour;
}

const CELLS = 40;

/**
 * Draws a background out of focus, linear light, into `out` (3·size², values about 0 … 1). It is drawn on a coarse
 * grid and interpolated: backgrounds of portraits are blurred.
 */
export function drawBackground(kind: Background, seed: number, size: number, out: Float32Array): void {
  const random = new Random(seed);
  const n = CELLS + 2;
  const coarse = new Float32Array(n * n * 3);
  const a = colour(random);
  const b = colour(random);
  const paint = (f: (x: number, y: number, c: number[]) => void): void => {
    const c = [0, 0, 0];
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < n; i++) {
        f(i / CELLS, j / CELLS, c);
        coarse.set(c, (j * n + i) * 3);
      }
    }
  };
  const mix = (c: number[], p: Colour, q: Colour, t: number): void => {
    for (let k = 0; k < 3; k++) c[k] = p[k] + (q[k] - p[k]) * t;
  };
  const ox = random.between(0, 256);
  const oy = random.between(0, 256);
  if (kind === 'plain') {
    const vignette = random.uniform();
    paint((x, y, c) => {
      const d = (x - 0.5) ** 2 + (y - 0.4) ** 2;
      for (let k = 0; k < 3; k++) c[k] = a[k] * (1 - vignette * d);
    });
  } else if (kind === 'gradient') {
    const angle = random.between(0, 2 * Math.PI);
    const dx = Math.cos(angle);
    const dy = Math.sin(angle);
    paint((x, y, c) => {
      mix(c, a, b, Math.min(1, Math.max(0, 0.5 + (x - 0.5) * dx + (y - 0.5) * dy)));
    });
  } else if (kind === 'lights') {
    const discs = Array.from({ length: 6 + random.below(14) }, () => ({
      x: random.uniform(),
      y: random.uniform(),
      r: random.between(0.04, 0.2),
      c: colour(random, 0.7),
      g: random.between(0.4, 1.8),
    }));
    paint((x, y, c) => {
      mix(c, a, b, y);
      for (let k = 0; k < 3; k++) c[k] *= 0.4;
      for (const disc of discs) {
        const d = Math.hypot(x - disc.x, y - disc.y) / disc.r;
        const w = 1 / (1 + Math.exp((d - 1) * 7));
        for (let k = 0; k < 3; k++) c[k] += w * disc.g * disc.c[k];
      }
    });
  } else if (kind === 'interior') {
    const boxes = Array.from({ length: 4 + random.below(7) }, () => ({
      x: random.between(-0.2, 1),
      y: random.between(-0.2, 1),
      w: random.between(0.08, 0.6),
      h: random.between(0.08, 0.8),
      c: colour(random),
      soft: random.between(20, 90),
    }));
    paint((x, y, c) => {
      mix(c, a, b, y > 0.7 ? 1 : 0.15 * y);
      for (const box of boxes) {
        const d = Math.max(
          Math.abs(x - box.x - box.w / 2) - box.w / 2,
          Math.abs(y - box.y - box.h / 2) - box.h / 2,
        );
        const w = 1 / (1 + Math.exp(d * box.soft));
        for (let k = 0; k < 3; k++) c[k] += (box.c[k] - c[k]) * w;
      }
    });
  } else if (kind === 'foliage') {
    const scale = random.between(25, 80);
    const green: Colour = [0.1 + 0.1 * random.uniform(), 0.22 + 0.15 * random.uniform(), 0.04];
    const light: Colour = [0.75, 0.85, 0.8 + 0.2 * random.uniform()];
    paint((x, y, c) => {
      const t = sampleSmooth(CLOUDS, ox + x * scale, oy + y * scale);
      const u = sampleSmooth(CLOUDS, oy + x * scale * 2.2, ox + y * scale * 2.2);
      mix(c, green, light, Math.min(1, Math.max(0, 0.15 + 0.9 * t * (1.2 - y))));
      for (let k = 0; k < 3; k++) c[k] *= 1 + 0.5 * u;
    });
  } else {
    const rows = random.between(4, 9);
    const deep = random.between(0.05, 0.45);
    paint((x, y, c) => {
      const row = Math.floor(y * rows);
      const u = x * rows * 0.5 + (row % 2) * 0.5;
      const gap = Math.min(Math.abs((y * rows) % 1), Math.abs(u % 1)) < 0.14 ? 1 : 0;
      const t = sampleSmooth(CLOUDS, ox + x * 60, oy + y * 60);
      for (let k = 0; k < 3; k++) c[k] = a[k] * (1 + 0.35 * t) * (1 - deep * gap);
    });
  }
  for (let y = 0; y < size; y++) {
    const gy = ((y + 0.5) / size) * CELLS;
    const y0 = Math.floor(gy);
    const fy = gy - y0;
    for (let x = 0; x < size; x++) {
      const gx = ((x + 0.5) / size) * CELLS;
      const x0 = Math.floor(gx);
      const fx = gx - x0;
      const p = (y0 * n + x0) * 3;
      const q = p + n * 3;
      const o = (y * size + x) * 3;
      for (let k = 0; k < 3; k++) {
        const top = coarse[p + k] + (coarse[p + 3 + k] - coarse[p + k]) * fx;
        const low = coarse[q + k] + (coarse[q + 3 + k] - coarse[q + k]) * fx;
        out[o + k] = Math.max(0, top + (low - top) * fy);
      }
    }
  }
}
