import type { FaceParameters } from './parameters.ts';
import { skinColour } from './skin.ts';

const clamp01 = (value: number): number => Math.min(1, Math.max(0, value));

/** Draws what stands between camera and face over a linear picture (3·size²). Masks belong to the head's surface. */
export function drawOccluder(face: FaceParameters, size: number, picture: Float32Array): void {
  const { occlusion } = face;
  if (occlusion === 'none' || occlusion === 'mask') return;
  const [px, py, scale, angle] = face.occluder;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const side = px < 0.5 ? -1 : 1;
  const light = 0.5 + 0.5 * face.light.key[1];
  const put = (o: number, r: number, g: number, b: number, a: number): void => {
    picture[o] += (r - picture[o]) * a;
    picture[o + 1] += (g - picture[o + 1]) * a;
    picture[o + 2] += (b - picture[o + 2]) * a;
  };
  const [cr, cg, cb] = face.fabric;
  const [sr, sg, sb] = skinColour(face.person.melanin, face.person.haemoglobin, face.person.carotene);
  // Four fingers and the back of a hand: capsules (x0, y0, x1, y1, radius) in units of the side, upright.
  const fingers = [
    [-0.105, -0.16, -0.1, 0.08, 0.034],
    [-0.035, -0.21, -0.033, 0.08, 0.036],
    [0.036, -0.2, 0.034, 0.08, 0.035],
    [0.1, -0.14, 0.095, 0.08, 0.031],
    [0, 0.14, 0.01, 0.6, 0.135],
    [-0.16, 0.08, -0.09, 0.2, 0.038],
  ];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const fx = (x + 0.5) / size;
      const fy = (y + 0.5) / size;
      const o = (y * size + x) * 3;
      if (occlusion === 'bar') {
        const d = (fx - 0.5) * sin + (fy - 0.25 - 0.6 * py) * cos;
        const half = 0.05 + 0.07 * scale;
        const a = clamp01((half - Math.abs(d)) * size + 0.5);
        if (a > 0) {
          const round = 0.55 + 0.6 * Math.sqrt(Math.max(0, 1 - (d / half) ** 2));
          put(o, cr * round * light, cg * round * light, cb * round * light, a);
        }
      } else if (occlusion === 'hand') {
        const hx = (fx - 0.5 - side * (0.2 + 0.14 * scale)) * cos + (fy - 0.55 - 0.25 * py) * sin;
        const hy = -(fx - 0.5 - side * (0.2 + 0.14 * scale)) * sin + (fy - 0.55 - 0.25 * py) * cos;
        let near = Infinity;
        let shade = 0;
        for (const [x0, y0, x1, y1, r] of fingers) {
          const ux = x1 - x0;
          const uy = y1 - y0;
          const t = clamp01(((hx - x0) * ux + (hy - y0) * uy) / (ux * ux + uy * uy));
          const d = Math.hypot(hx - x0 - t * ux, hy - y0 - t * uy) - r;
          if (d < near) {
            near = d;
            shade = Math.sqrt(clamp01(-d / r)) * (0.75 + 0.25 * clamp01(t * 3));
          }
        }
        const shadow = clamp01(0.35 - near * 9) * 0.5;
        if (near > 0) {
          put(o, 0, 0, 0, shadow);
        }
        const a = clamp01(0.5 - near * size);
        if (a > 0) {
          const lit = (0.35 + 0.75 * shade) * (0.45 + 0.6 * light);
          put(o, sr * lit, sg * lit * 0.95, sb * lit * 0.95, a);
        }
      } else {
        const dx = (fx - (side < 0 ? 0.05 : 0.95) + 0.15 * (scale - 0.5)) / (0.22 + 0.14 * scale);
        const dy = (fy - 0.2 - 0.8 * py) / (0.3 + 0.25 * scale);
        const d = Math.hypot(dx * cos + dy * sin, dy * cos - dx * sin);
        const a = clamp01((1.1 - d) * 4);
        put(o, cr * light, cg * light, cb * light, a * a * (3 - 2 * a));
      }
    }
  }
}
