import { Random } from '../foundation/random.ts';

/** Tileable textures, 256×256, values −1 … 1. */
const SIZE = 256;

function smooth(period: number, octaves: number, seed: number): Float32Array {
  const out = new Float32Array(SIZE * SIZE);
  let amplitude = 1;
  let total = 0;
  for (let octave = 0; octave < octaves; octave++) {
    const random = new Random(seed, octave);
    const n = Math.min(SIZE, period << octave);
    const lattice = Float32Array.from({ length: n * n }, () => random.uniform() * 2 - 1);
    for (let y = 0; y < SIZE; y++) {
      const gy = (y * n) / SIZE;
      const y0 = Math.floor(gy);
      const fy = gy - y0;
      const wy = fy * fy * (3 - 2 * fy);
      for (let x = 0; x < SIZE; x++) {
        const gx = (x * n) / SIZE;
        const x0 = Math.floor(gx);
        const fx = gx - x0;
        const wx = fx * fx * (3 - 2 * fx);
        const a = lattice[y0 * n + x0];
        const b = lattice[y0 * n + ((x0 + 1) % n)];
        const c = lattice[((y0 + 1) % n) * n + x0];
        const d = lattice[((y0 + 1) % n) * n + ((x0 + 1) % n)];
        out[y * SIZE + x] += amplitude * (a + (b - a) * wx + (c - a) * wy + (a - b - c + d) * wx * wy);
      }
    }
    total += amplitude;
    amplitude *= 0.55;
  }
  for (let i = 0; i < out.length; i++) out[i] /= total * 0.62;
  return out;
}

/** Soft clouds, eight cells to the tile. */
export const CLOUDS = smooth(8, 5, 0xc10d);
/** Fine grain, 64 cells to the tile. */
export const GRAIN = smooth(64, 2, 0x96a1);

/** Texture coordinates in texels, any range. */
export function sample(texture: Float32Array, u: number, v: number): number {
  return texture[((Math.floor(v) & 255) << 8) | (Math.floor(u) & 255)];
}

/** The same, interpolated. */
export function sampleSmooth(texture: Float32Array, u: number, v: number): number {
  const u0 = Math.floor(u);
  const v0 = Math.floor(v);
  const fu = u - u0;
  const fv = v - v0;
  const r0 = (v0 & 255) << 8;
  const r1 = ((v0 + 1) & 255) << 8;
  const c0 = u0 & 255;
  const c1 = (u0 + 1) & 255;
  const a = texture[r0 | c0];
  const b = texture[r0 | c1];
  const c = texture[r1 | c0];
  const d = texture[r1 | c1];
  return a + (b - a) * fu + (c - a) * fv + (a - b - c + d) * fu * fv;
}
