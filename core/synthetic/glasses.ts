import { PIVOT } from './camera.ts';
import type { Glasses } from './parameters.ts';
import { FRAME, type Scene } from './raster.ts';

interface Frame {
  /** Half width and half height of a lens, mm. */
  a: number;
  b: number;
  /** 2 is an ellipse, more is a rectangle. */
  power: number;
  wire: number;
}

const FRAMES: Readonly<Record<Exclude<Glasses, 'none'>, Frame>> = {
  'thin round': { a: 23, b: 21, power: 2, wire: 1.1 },
  'thin rectangular': { a: 26, b: 16.5, power: 4.5, wire: 1.2 },
  thick: { a: 26, b: 20, power: 3.4, wire: 2.4 },
  sunglasses: { a: 28, b: 22, power: 3, wire: 1.9 },
};

function lensPoint(frame: Frame, angle: number, scale: number): [number, number] {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const r = (Math.abs(c) ** frame.power + Math.abs(s) ** frame.power) ** (-1 / frame.power);
  return [c * r * frame.a * scale, s * r * frame.b * scale - (s < 0 ? 0 : 0.6)];
}

/**
 * Adds glasses in front of the eyes (5×3 points of the shaped head): frame and temples as tubes, lenses as thin discs.
 * @returns the first triangle of the lenses; they are see-through and drawn apart
 */
export function addGlasses(
  scene: Scene,
  five: Float64Array,
  rotation: Float64Array,
  width: number,
  kind: Exclude<Glasses, 'none'>,
): number {
  const frame = FRAMES[kind];
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = rotation;
  const eyeX = (five[3] - five[0]) / 2;
  const eyeY = (five[1] + five[4]) / 2 - 1.5;
  const eyeZ = (five[2] + five[5]) / 2 + 13;
  const middle = (five[3] + five[0]) / 2;
  const put = (x: number, y: number, z: number, u: number, v: number): number => {
    const px = x - PIVOT[0];
    const py = y - PIVOT[1];
    const pz = z - PIVOT[2];
    return scene.vertex(
      r0 * px + r1 * py + r2 * pz,
      r3 * px + r4 * py + r5 * pz,
      r6 * px + r7 * py + r8 * pz,
      u,
      v,
      0,
    );
  };
  const bent = (x: number): number => eyeZ - ((x - middle) / 62) ** 2 * 9;
  const tube = (points: readonly (readonly [number, number, number])[], radius: number): void => {
    const first = scene.vertices;
    const sides = 5;
    for (let i = 0; i < points.length; i++) {
      const [x, y, z] = points[i];
      const before = points[Math.max(0, i - 1)];
      const after = points[Math.min(points.length - 1, i + 1)];
      let tx = after[0] - before[0];
      let ty = after[1] - before[1];
      let tz = after[2] - before[2];
      const l = Math.hypot(tx, ty, tz) || 1;
      tx /= l;
      ty /= l;
      tz /= l;
      // Two directions across the tangent.
      const [hx, hy, hz] = Math.abs(tz) < 0.9 ? [-ty, tx, 0] : [0, -tz, ty];
      const hl = Math.hypot(hx, hy, hz) || 1;
      const ax = hx / hl;
      const ay = hy / hl;
      const az = hz / hl;
      const bx = ty * az - tz * ay;
      const by = tz * ax - tx * az;
      const bz = tx * ay - ty * ax;
      for (let s = 0; s <= sides; s++) {
        const angle = (2 * Math.PI * s) / sides;
        const c = Math.cos(angle) * radius;
        const d = Math.sin(angle) * radius;
        put(x + ax * c + bx * d, y + ay * c + by * d, z + az * c + bz * d, i, s);
      }
    }
    scene.grid(first, points.length, sides + 1, FRAME);
  };
  for (const sign of [-1, 1]) {
    const cx = middle + sign * (eyeX + 1.5);
    const rim = Array.from({ length: 33 }, (_, i) => {
      const [x, y] = lensPoint(frame, (2 * Math.PI * i) / 32, 1);
      return [cx + x, eyeY + y, bent(cx + x)] as const;
    });
    tube(rim, frame.wire);
    const outer = cx + sign * frame.a;
    tube(
      [
        [outer, eyeY + frame.b * 0.45, bent(outer)],
        [middle + sign * 71 * width, eyeY + 6, 52],
        [middle + sign * 75.5 * width, eyeY + 3, 10],
        [middle + sign * 76 * width, eyeY - 4, -14],
      ],
      frame.wire * 0.9,
    );
  }
  const inner = eyeX + 1.5 - frame.a;
  tube(
    [-1, -0.5, 0, 0.5, 1].map((s) => [middle + s * inner, eyeY + 4 + 2.5 * (1 - s * s), eyeZ] as const),
    frame.wire,
  );
  const lenses = scene.triangles;
  for (const sign of [-1, 1]) {
    const cx = middle + sign * (eyeX + 1.5);
    const centre = put(cx, eyeY, bent(cx), 0, 0);
    const ring = Array.from({ length: 33 }, (_, i) => {
      const [x, y] = lensPoint(frame, (2 * Math.PI * i) / 32, 1);
      return put(cx + x, eyeY + y, bent(cx + x), x, y);
    });
    for (let i = 0; i < 32; i++) scene.triangle(centre, ring[i], ring[i + 1], FRAME);
  }
  return lenses;
}
