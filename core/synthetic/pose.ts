/**
 * Head rotation with the signs of AFLW2000's Pose_Para: positive yaw turns the nose to the picture's left, positive
 * pitch raises it, positive roll turns the crown to the picture's right. R = Rx(pitch)·Ry(yaw)·Rz(roll) (3DDFA).
 */
export interface Pose {
  /** Degrees. */
  pitch: number;
  yaw: number;
  roll: number;
}

/** The 3×3 rotation, row-major; x to the right, y up, z towards the viewer. */
export function rotationOf({ pitch, yaw, roll }: Pose): Float64Array {
  const rad = Math.PI / 180;
  const cp = Math.cos(pitch * rad);
  const sp = Math.sin(pitch * rad);
  const cy = Math.cos(yaw * rad);
  const sy = Math.sin(yaw * rad);
  const cr = Math.cos(roll * rad);
  const sr = Math.sin(roll * rad);
  // Ry·Rz with Ry = [cy 0 −sy; 0 1 0; sy 0 cy] and Rz = [cr sr 0; −sr cr 0; 0 0 1].
  const m00 = cy * cr;
  const m01 = cy * sr;
  const m02 = -sy;
  const m10 = -sr;
  const m11 = cr;
  const m20 = sy * cr;
  const m21 = sy * sr;
  const m22 = cy;
  // Rx = [1 0 0; 0 cp sp; 0 −sp cp].
  return Float64Array.of(
    m00,
    m01,
    m02,
    cp * m10 + sp * m20,
    cp * m11 + sp * m21,
    sp * m22,
    -sp * m10 + cp * m20,
    -sp * m11 + cp * m21,
    cp * m22,
  );
}
