/**
 * A pinhole camera that looks along −z at the pivot of the head. A head point p (mm) is turned about the pivot,
 * q = R·(p − pivot), and falls on the pixel (centreX + scale·q.x·k, centreY − scale·q.y·k) with
 * k = distance / (distance − q.z). Pixel centres lie at halves: the picture spans 0 … size.
 */
export interface Camera {
  /** Pixels per mm in the plane of the pivot. */
  scale: number;
  centreX: number;
  centreY: number;
  /** From the pivot, mm. */
  distance: number;
}

/** About where a head turns on its neck, mm. */
export const PIVOT = [0, -35, 5] as const;

/** Turns a head point into camera coordinates. */
export function turn(
  rotation: Float64Array,
  x: number,
  y: number,
  z: number,
  out: Float64Array,
): Float64Array {
  const dx = x - PIVOT[0];
  const dy = y - PIVOT[1];
  const dz = z - PIVOT[2];
  out[0] = rotation[0] * dx + rotation[1] * dy + rotation[2] * dz;
  out[1] = rotation[3] * dx + rotation[4] * dy + rotation[5] * dz;
  out[2] = rotation[6] * dx + rotation[7] * dy + rotation[8] * dz;
  return out;
}

/** Projects n head points (3 per point) to pixels (2 per point). */
export function project(points: Float64Array, rotation: Float64Array, camera: Camera): Float64Array {
  const out = new Float64Array((points.length / 3) * 2);
  const q = new Float64Array(3);
  for (let i = 0; i < points.length / 3; i++) {
    turn(rotation, points[i * 3], points[i * 3 + 1], points[i * 3 + 2], q);
    const k = (camera.scale * camera.distance) / (camera.distance - q[2]);
    out[i * 2] = camera.centreX + k * q[0];
    out[i * 2 + 1] = camera.centreY - k * q[1];
  }
  return out;
}

/** Means of ArcFace's five-point template in a 112×112 crop, and its distances, pixels. */
const TEMPLATE = { x: 56, y: 71.9, eyes: 35.24, eyesToMouth: 40.7, side: 112 };

/**
 * The camera under which the face's five points come near ArcFace's template.
 * @param five 5×3 on the shaped head, mm
 * @param framing 1 for the template's own size, less for a wider view
 */
export function frame(
  five: Float64Array,
  rotation: Float64Array,
  size: number,
  distance: number,
  framing: number,
  shiftX: number,
  shiftY: number,
): Camera {
  const eyes = five[3] - five[0];
  const eyesToMouth = (five[1] + five[4]) / 2 - (five[10] + five[13]) / 2;
  const unit = size / TEMPLATE.side;
  const depth = (five[2] + five[5]) / 2 - PIVOT[2];
  const scale =
    (framing * unit * (TEMPLATE.eyes / eyes + TEMPLATE.eyesToMouth / eyesToMouth) * (distance - depth)) /
    (2 * distance);
  const camera: Camera = { scale, centreX: 0, centreY: 0, distance };
  // Between the face and the middle of the head, so that a profile does not leave the picture.
  const middle = Float64Array.of(0, (five[1] + five[10]) / 2, 15);
  const face = project(five, rotation, camera);
  const head = project(middle, rotation, camera);
  let x = 0;
  let y = 0;
  for (let i = 0; i < 5; i++) {
    x += face[i * 2] / 5;
    y += face[i * 2 + 1] / 5;
  }
  x = 0.55 * x + 0.45 * head[0];
  y = 0.7 * y + 0.3 * head[1];
  const aimX = size / 2 + framing * unit * (TEMPLATE.x - TEMPLATE.side / 2);
  const aimY = size / 2 + framing * unit * (TEMPLATE.y - TEMPLATE.side / 2);
  camera.centreX = aimX - x + shiftX * size;
  camera.centreY = aimY - y + shiftY * size;
  return camera;
}
