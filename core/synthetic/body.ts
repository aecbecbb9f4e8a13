import { PIVOT } from './camera.ts';
import type { FaceParameters } from './parameters.ts';
import { NECK, type Scene } from './raster.ts';

/** Rows of neck and shoulders: height under the eyes, half width, half depth (mm). */
const ROWS: readonly (readonly [number, number, number])[] = [
  [-38, 45, 44],
  [-70, 46, 46],
  [-95, 46, 47],
  [-115, 47, 48],
  [-134, 50, 51],
  [-149, 57, 55],
  [-160, 74, 61],
  [-170, 108, 69],
  [-178, 148, 80],
  [-192, 180, 90],
  [-212, 202, 98],
  [-245, 212, 104],
  [-330, 216, 110],
];
const COLUMNS = 37;

/** Height (mm under the eyes) below which the body is clothed, by the angle from the front. */
export function collar(angle: number, depth: number): number {
  return -150 - depth * Math.exp(-((angle / 0.45) ** 2)) + 14 * Math.min(1, Math.abs(angle));
}

/** Adds neck and shoulders: the neck follows the head's turn upwards, the shoulders stay. */
export function addBody(
  scene: Scene,
  rotation: Float64Array,
  face: FaceParameters,
  width: number,
  length: number,
): void {
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotation;
  const neck = face.person.neck * width * (face.age < 16 ? 0.78 + 0.22 * (face.age / 16) : 1);
  const build = 0.86 + 0.14 * neck - (face.age < 16 ? 0.3 * (1 - face.age / 16) : 0);
  const first = scene.vertices;
  for (const [level, rx, rz] of ROWS) {
    // 1 where the neck is fixed to the head, 0 at the shoulders.
    const t = Math.min(1, Math.max(0, (level + 150) / 95));
    const follow = t * t * (3 - 2 * t);
    const y = level * (level > -150 ? length : 1) - (level <= -150 ? 150 * (length - 1) : 0);
    const thin = level > -140 ? neck : neck + (build - neck) * Math.min(1, (-140 - level) / 40);
    for (let c = 0; c < COLUMNS; c++) {
      const angle = Math.PI * ((2 * c) / (COLUMNS - 1) - 1);
      const x = Math.sin(angle) * rx * thin - PIVOT[0];
      const z =
        Math.cos(angle) * rz * thin * (Math.cos(angle) > 0 ? 0.95 : 1) -
        14 -
        18 * Math.min(1, Math.max(0, (-60 - level) / 100)) -
        PIVOT[2];
      const yy = y - PIVOT[1];
      const tx = r0 * x + r1 * yy + r2 * z;
      const ty = r3 * x + r4 * yy + r5 * z;
      const tz = r6 * x + r7 * yy + r8 * z;
      scene.vertex(
        x + (tx - x) * follow,
        yy + (ty - yy) * follow,
        z + (tz - z) * follow,
        angle * 60,
        level,
        rx,
        level > -120
          ? 0.45 + 0.3 * Math.min(1, (-level - 60) / 60)
          : Math.min(1, 0.78 + (-120 - level) / 200),
      );
    }
  }
  scene.grid(first, ROWS.length, COLUMNS, NECK);
}
