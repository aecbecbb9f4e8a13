import { MEAN_FACE, MEAN_FACE_TILT } from './mean-face.ts';

/** Degrees, with the signs of AFLW2000's Pose_Para; `residual`: root mean square distance of the points from the fit, in mm. */
export interface LandmarkPose {
  pitch: number;
  yaw: number;
  roll: number;
  residual: number;
}

const RADIANS = Math.PI / 180;
const COUNT = MEAN_FACE.length;
const ITERATIONS = 25;
/** mm from which on a point's distance counts linearly, so that a corner that was found in the wrong place does not turn the head. */
const TOLERANCE = 3;
/** Rotation (3), scale, shift (2). */
const UNKNOWNS = 6;

/** The mean face about its centre, looking straight ahead: rows x, y, z. */
const FACE = (() => {
  const [cos, sin] = [Math.cos(MEAN_FACE_TILT * RADIANS), Math.sin(MEAN_FACE_TILT * RADIANS)];
  const rows = MEAN_FACE.map(({ place: [x, y, z] }) => [x, cos * y + sin * z, cos * z - sin * y]);
  const centre = [0, 1, 2].map((k) => rows.reduce((sum, row) => sum + row[k], 0) / COUNT);
  return Float64Array.from(rows.flatMap((row) => row.map((value, k) => value - centre[k])));
})();

/** (XᵀX)⁻¹Xᵀ of the mean face, 3×COUNT: the affine map of least squares is one product. */
const PSEUDO_INVERSE = (() => {
  const gram = new Float64Array(9);
  for (let i = 0; i < COUNT; i++) {
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) gram[3 * a + b] += FACE[3 * i + a] * FACE[3 * i + b];
    }
  }
  const out = new Float64Array(3 * COUNT);
  for (let i = 0; i < COUNT; i++) {
    const column = solve(Float64Array.from(gram), FACE.slice(3 * i, 3 * i + 3));
    for (let a = 0; a < 3; a++) out[a * COUNT + i] = column?.[a] ?? 0;
  }
  return out;
})();

/** Solves a symmetric positive definite system in place (Cholesky). @returns undefined where it is not definite */
function solve(matrix: Float64Array, right: Float64Array): Float64Array | undefined {
  const n = right.length;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k] * matrix[j * n + k];
      if (i === j) {
        if (!(sum > 0)) return undefined;
        matrix[j * n + j] = Math.sqrt(sum);
      } else matrix[i * n + j] = sum / matrix[j * n + j];
    }
  }
  const x = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= matrix[i * n + k] * x[k];
    x[i] /= matrix[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= matrix[k * n + i] * x[k];
    x[i] /= matrix[i * n + i];
  }
  return x;
}

/** The nearest two orthonormal rows to a 2×3 matrix, with their cross product below: (A·Aᵀ)^(−1/2)·A. */
function rotationNear(a: Float64Array): Float64Array | undefined {
  const dot = (i: number, j: number): number =>
    a[3 * i] * a[3 * j] + a[3 * i + 1] * a[3 * j + 1] + a[3 * i + 2] * a[3 * j + 2];
  const [p, q, r] = [dot(0, 0), dot(0, 1), dot(1, 1)];
  const root = Math.sqrt(p * r - q * q);
  const spread = Math.sqrt(p + r + 2 * root);
  if (!(root > 1e-12 * (p + r))) return undefined;
  // M^(1/2) = (M + √det·I) / spread; its inverse is the adjugate over √det.
  const [m00, m01, m11] = [(r + root) / (spread * root), -q / (spread * root), (p + root) / (spread * root)];
  const out = new Float64Array(9);
  for (let k = 0; k < 3; k++) {
    out[k] = m00 * a[k] + m01 * a[3 + k];
    out[3 + k] = m01 * a[k] + m11 * a[3 + k];
  }
  cross(out);
  return out;
}

/** Third row of a rotation from its first two. */
function cross(m: Float64Array): void {
  m[6] = m[1] * m[5] - m[2] * m[4];
  m[7] = m[2] * m[3] - m[0] * m[5];
  m[8] = m[0] * m[4] - m[1] * m[3];
}

/** exp([ω]ₓ)·R (Rodrigues). */
function turned(rotation: Float64Array, x: number, y: number, z: number): Float64Array {
  const angle = Math.hypot(x, y, z);
  const s = angle < 1e-9 ? 1 : Math.sin(angle) / angle;
  const c = angle < 1e-9 ? 0.5 : (1 - Math.cos(angle)) / (angle * angle);
  const w = [0, -z, y, z, 0, -x, -y, x, 0];
  const turn = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      let square = 0;
      for (let k = 0; k < 3; k++) square += w[3 * i + k] * w[3 * k + j];
      turn[3 * i + j] = (i === j ? 1 : 0) + s * w[3 * i + j] + c * square;
    }
  }
  const out = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let k = 0; k < 3; k++) out[3 * i + j] += turn[3 * i + k] * rotation[3 * k + j];
    }
  }
  return out;
}

interface Fit {
  rotation: Float64Array;
  scale: number;
  shift: readonly [number, number];
}

/** Sum of soft-L1 losses, and the weights of the next step, of points against a fit; residuals in mm. */
function residuals(points: Float64Array, { rotation, scale, shift }: Fit, out: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < COUNT; i++) {
    for (let axis = 0; axis < 2; axis++) {
      let value = shift[axis] - points[2 * i + axis];
      for (let k = 0; k < 3; k++) value += scale * rotation[3 * axis + k] * FACE[3 * i + k];
      out[2 * i + axis] = value / scale;
      loss += 2 * TOLERANCE ** 2 * (Math.sqrt(1 + (value / scale / TOLERANCE) ** 2) - 1);
    }
  }
  return loss;
}

/** One damped Gauss–Newton step over rotation, scale and shift. */
function step(fit: Fit, residual: Float64Array, damping: number): Fit | undefined {
  const normal = new Float64Array(UNKNOWNS ** 2);
  const gradient = new Float64Array(UNKNOWNS);
  const row = new Float64Array(UNKNOWNS);
  const { rotation, scale, shift } = fit;
  for (let i = 0; i < COUNT; i++) {
    const at = [0, 1, 2].map(
      (axis) =>
        rotation[3 * axis] * FACE[3 * i] +
        rotation[3 * axis + 1] * FACE[3 * i + 1] +
        rotation[3 * axis + 2] * FACE[3 * i + 2],
    );
    for (let axis = 0; axis < 2; axis++) {
      // d(ω × x): x-row (0, z, −y), y-row (−z, 0, x); scale as its logarithm; shift in mm.
      if (axis === 0) row.set([0, at[2], -at[1], at[0], 1, 0]);
      else row.set([-at[2], 0, at[0], at[1], 0, 1]);
      const value = residual[2 * i + axis];
      const weight = 1 / Math.sqrt(1 + (value / TOLERANCE) ** 2);
      for (let a = 0; a < UNKNOWNS; a++) {
        gradient[a] -= weight * row[a] * value;
        for (let b = 0; b < UNKNOWNS; b++) normal[UNKNOWNS * a + b] += weight * row[a] * row[b];
      }
    }
  }
  for (let a = 0; a < UNKNOWNS; a++) normal[(UNKNOWNS + 1) * a] *= 1 + damping;
  const by = solve(normal, gradient);
  if (by === undefined) return undefined;
  return {
    rotation: turned(rotation, by[0], by[1], by[2]),
    scale: scale * Math.exp(by[3]),
    shift: [shift[0] + scale * by[4], shift[1] + scale * by[5]],
  };
}

/**
 * Head pose from 68 landmarks: the mean face, turned, scaled and shifted (scaled orthography: faces are small beside their
 * distance), so that it lies on the points. Starts at the affine map of least squares and goes on by Levenberg–Marquardt
 * with a soft-L1 loss.
 * @param landmarks x0 y0 … x67 y67 in pixels, y down
 * @returns null where the points are no face (not finite, or all on one line)
 */
export function poseOfLandmarks(landmarks: ArrayLike<number>): LandmarkPose | null {
  const points = new Float64Array(2 * COUNT);
  for (const [i, { landmark }] of MEAN_FACE.entries()) {
    points[2 * i] = landmarks[2 * landmark];
    points[2 * i + 1] = -landmarks[2 * landmark + 1];
  }
  if (!points.every(Number.isFinite)) return null;
  const affine = new Float64Array(6);
  const mean: [number, number] = [0, 0];
  for (let i = 0; i < COUNT; i++) {
    for (let axis = 0; axis < 2; axis++) {
      mean[axis] += points[2 * i + axis] / COUNT;
      for (let k = 0; k < 3; k++)
        affine[3 * axis + k] += PSEUDO_INVERSE[k * COUNT + i] * points[2 * i + axis];
    }
  }
  const rotation = rotationNear(affine);
  if (rotation === undefined) return null;
  const scale =
    (Math.hypot(affine[0], affine[1], affine[2]) + Math.hypot(affine[3], affine[4], affine[5])) / 2;
  let fit: Fit = { rotation, scale, shift: mean };
  let residual = new Float64Array(2 * COUNT);
  let loss = residuals(points, fit, residual);
  let damping = 1e-3;
  for (let i = 0; i < ITERATIONS && damping < 1e6; i++) {
    const next = step(fit, residual, damping);
    const tried = new Float64Array(2 * COUNT);
    const after = next === undefined ? Number.POSITIVE_INFINITY : residuals(points, next, tried);
    if (next !== undefined && after < loss) {
      const gain = (loss - after) / loss;
      [fit, residual, loss] = [next, tried, after];
      damping /= 10;
      if (gain < 1e-10) break;
    } else damping *= 10;
  }
  return { ...anglesOf(fit.rotation), residual: Math.sqrt(residual.reduce((a, b) => a + b * b, 0) / COUNT) };
}

/** The angles of R = Rx(pitch)·Ry(yaw)·Rz(roll), as 3DDFA and AFLW2000 have them. */
function anglesOf(r: Float64Array): { pitch: number; yaw: number; roll: number } {
  return {
    pitch: Math.atan2(r[5], r[8]) / RADIANS,
    yaw: Math.asin(Math.min(1, Math.max(-1, -r[2]))) / RADIANS,
    roll: Math.atan2(r[1], r[0]) / RADIANS,
  };
}
