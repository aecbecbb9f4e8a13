import { Fault } from '../foundation/fault.ts';
import { NpyReader } from '../foundation/npy.ts';
import type { SampledBatch } from './data/sampler.ts';

/** Prepared pictures in one file: uint8, N×size×size×3, RGB, as `numpy.save` writes it. */
export class PackedPictures {
  readonly count: number;
  readonly size: number;
  readonly #file: NpyReader;

  /** @throws Fault where the file holds something else */
  constructor(path: string) {
    this.#file = new NpyReader(path);
    const { shape } = this.#file;
    if (shape.length !== 4 || shape[1] !== shape[2] || shape[3] !== 3) {
      this.#file.close();
      throw new Fault(`'${path}' has the shape ${shape.join('×')}; pictures to train on are N×size×size×3.`);
    }
    this.count = shape[0];
    this.size = shape[1];
  }

  /** A batch as networks take it: N×3×size×size, (x − 127.5) / 127.5, mirrored where the sample says so. */
  read({ rows, mirrored }: SampledBatch): Float32Array {
    const { size } = this;
    const plane = size * size;
    const made = new Float32Array(rows.length * 3 * plane);
    for (const [i, row] of rows.entries()) {
      const pixels = this.#file.read(row, row + 1);
      if (!(pixels instanceof Uint8Array)) throw new Fault('Pictures to train on are uint8.');
      const base = i * 3 * plane;
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const from = 3 * (y * size + (mirrored[i] ? size - 1 - x : x));
          const to = base + y * size + x;
          for (let c = 0; c < 3; c++) made[to + c * plane] = (pixels[from + c] - 127.5) / 127.5;
        }
      }
    }
    return made;
  }

  close(): void {
    this.#file.close();
  }
}
