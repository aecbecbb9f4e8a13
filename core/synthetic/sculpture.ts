/**
 * The neutral adult head as an implicit surface: a smooth union of ellipsoids and rounded cones whose places are
 * adult craniofacial averages. Millimetres; x to the picture's right, y up, z towards the viewer; the pupils lie at
 * (±32, 0), z = 0 is the plane of the ear canals. Negative inside. Smooth minimum after Quilez (polynomial).
 */

function ellipsoid(
  x: number,
  y: number,
  z: number,
  cx: number,
  cy: number,
  cz: number,
  rx: number,
  ry: number,
  rz: number,
): number {
  const dx = (x - cx) / rx;
  const dy = (y - cy) / ry;
  const dz = (z - cz) / rz;
  const k0 = Math.sqrt(dx * dx + dy * dy + dz * dz);
  const gx = dx / rx;
  const gy = dy / ry;
  const gz = dz / rz;
  const k1 = Math.sqrt(gx * gx + gy * gy + gz * gz);
  return k1 === 0 ? -Math.min(rx, ry, rz) : (k0 * (k0 - 1)) / k1;
}

/** A segment from a to b whose radius goes from ra to rb. */
function cone(
  x: number,
  y: number,
  z: number,
  ax: number,
  ay: number,
  az: number,
  ra: number,
  bx: number,
  by: number,
  bz: number,
  rb: number,
): number {
  const ux = bx - ax;
  const uy = by - ay;
  const uz = bz - az;
  const t = Math.min(
    1,
    Math.max(0, ((x - ax) * ux + (y - ay) * uy + (z - az) * uz) / (ux * ux + uy * uy + uz * uz)),
  );
  return Math.hypot(x - ax - t * ux, y - ay - t * uy, z - az - t * uz) - (ra + (rb - ra) * t);
}

function join(a: number, b: number, k: number): number {
  const h = Math.max(k - Math.abs(a - b), 0) / k;
  return Math.min(a, b) - h * h * k * 0.25;
}

/** Takes b out of a. */
function carve(a: number, b: number, k: number): number {
  return -join(-a, b, k);
}

/** Signed distance (approximately, mm) of a point to the neutral head; the head is symmetric in x. */
export function headDistance(px: number, y: number, z: number): number {
  const x = Math.abs(px);
  let d = ellipsoid(x, y, z, 0, 32, -8, 73, 87, 92);
  d = join(d, ellipsoid(x, y, z, 0, 38, 34, 60, 42, 54), 22); // forehead
  d = join(d, ellipsoid(x, y, z, 0, -34, 28, 58, 70, 52), 26); // midface
  d = join(d, ellipsoid(x, y, z, 0, -78, 38, 44, 40, 43), 22); // mandible
  d = join(d, ellipsoid(x, y, z, 0, -106, 74, 19, 14, 17), 20); // chin
  d = join(d, ellipsoid(x, y, z, 43, -64, 14, 13, 28, 22), 22); // angle of the jaw
  d = join(d, ellipsoid(x, y, z, 45, -25, 50, 18, 14, 19), 18); // cheekbone
  d = join(d, ellipsoid(x, y, z, 61, -18, 18, 8, 11, 28), 16); // zygomatic arch
  d = join(d, ellipsoid(x, y, z, 34, -52, 54, 18, 25, 20), 20); // cheek
  d = join(d, ellipsoid(x, y, z, 25, 17, 79, 24, 8, 11), 14); // brow ridge
  d = join(d, ellipsoid(x, y, z, 0, 15, 84, 12, 12, 8), 12); // glabella
  d = join(d, ellipsoid(x, y, z, 0, -76, 70, 30, 24, 25), 20); // muzzle
  d = carve(d, ellipsoid(x, y, z, 33, -1, 97, 21, 13, 19), 12); // orbit
  d = join(d, ellipsoid(x, y, z, 32, -0.5, 67, 15.5, 13.5, 14), 5); // eyeball under its lids
  d = join(d, cone(x, y, z, 0, 9, 80, 8, 0, -38, 99, 8), 11); // bridge of the nose
  d = join(d, ellipsoid(x, y, z, 0, -41, 103, 10, 9, 10), 7); // tip
  d = join(d, ellipsoid(x, y, z, 12, -44, 93, 7, 7.5, 10), 5); // wing of the nose
  d = join(d, ellipsoid(x, y, z, 0, -49, 98, 4.5, 4.5, 9), 4); // columella
  d = carve(d, ellipsoid(x, y, z, 6.5, -51, 99, 3.4, 3, 5.5), 2); // nostril
  d = carve(d, ellipsoid(x, y, z, 0, -61, 103, 3.2, 9, 7), 5); // philtrum
  d = carve(d, ellipsoid(x, y, z, 0, -93.5, 101, 24, 6, 11), 10); // fold above the chin
  d = carve(d, ellipsoid(x, y, z, 0, -75.3, 99, 26, 1.6, 8), 4); // between the lips
  d = join(d, cone(x, y, z, 25, -74.5, 81.5, 1.8, 8, -71, 91.8, 4.2), 4); // upper lip
  d = join(d, cone(x, y, z, 8, -71, 91.8, 4.2, 0, -71.6, 93, 4), 3);
  d = join(d, cone(x, y, z, 24, -76.5, 81.5, 1.8, 9, -80.5, 90, 4.8), 4); // lower lip
  d = join(d, cone(x, y, z, 9, -80.5, 90, 4.8, 0, -81.3, 91.2, 5), 3);
  return d;
}

/** The distance from (ox, oy, oz) along a unit direction to the outermost surface. */
export function outermost(
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  start = 190,
): number {
  let t = start;
  for (let step = 0; step < 80; step++) {
    const d = headDistance(ox + dx * t, oy + dy * t, oz + dz * t);
    if (Math.abs(d) < 0.02) break;
    t -= d * 0.7;
    if (t < 0) return 0;
  }
  return t;
}

/** How open the surroundings of a surface point are along its normal, 0 … 1 (ambient occlusion after Quilez). */
export function openness(x: number, y: number, z: number, nx: number, ny: number, nz: number): number {
  let hidden = 0;
  let weight = 1;
  for (let i = 1; i <= 5; i++) {
    const h = 2.5 * i * (1 + 0.25 * i);
    const d = headDistance(x + nx * h, y + ny * h, z + nz * h);
    hidden += Math.max(0, h - d) * weight;
    weight *= 0.62;
  }
  return Math.max(0, Math.min(1, 1 - hidden / 17));
}
