import { renderFaces } from '../../core/synthetic/stream.ts';
import type { Bench } from './bench.ts';
import { median } from './bench.ts';

/** Faces per second that the issue asks for, on two cores at 112×112. */
const ALLOWED = 150;
const FACES = 1800;

export const bench: Bench = {
  name: 'synthetic faces',
  async run() {
    const rates: number[] = [];
    for (let repeat = 0; repeat < 3; repeat++) {
      const begun = performance.now();
      let drawn = 0;
      for await (const face of renderFaces({ seed: repeat, faces: FACES, identities: 60, threads: 2 })) {
        drawn += face.pixels.length > 0 ? 1 : 0;
      }
      rates.push((drawn * 1000) / (performance.now() - begun));
    }
    const rate = median(rates);
    return [
      {
        name: 'synthetic faces 112×112, 2 threads',
        ours: `${rate.toFixed(0)} faces/s`,
        peer: `${ALLOWED} faces/s asked for`,
        ratio: rate / ALLOWED,
        goal: '≥ 1',
        met: rate >= ALLOWED,
        note: `median of ${rates.length} runs of ${FACES} faces, starting the threads included`,
      },
    ];
  },
};
