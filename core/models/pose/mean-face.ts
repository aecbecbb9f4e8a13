/** A place of the mean face that a pose is fitted to. */
export interface FacePlace {
  /** Index of the landmark in iBUG's order of 68, from 0. */
  landmark: number;
  /** mm: x to the picture's right, y up, z towards the viewer, of a head that looks into the camera. */
  place: readonly [number, number, number];
}

/**
 * The landmarks that keep their place on the skull whoever it is and whatever they do: chin, nose, corners of eyes and
 * mouth. Brows and lips move, and the outline's points slide over the cheek as a head turns, so they are left out (on
 * 202 LFW faces against FSA-Net: yaw apart by 1.9° with these, 2.5° with brows, 2.9° with the outline). The places are
 * those of the synthetic head's neutral face (`core/synthetic/landmarks.ts`; a test holds them together).
 */
export const MEAN_FACE: readonly FacePlace[] = [
  { landmark: 8, place: [0, -120.64, 70.01] },
  { landmark: 27, place: [0, 1, 93.82] },
  { landmark: 28, place: [0, -12, 97.13] },
  { landmark: 29, place: [0, -26, 102.89] },
  { landmark: 30, place: [0, -41, 112.99] },
  { landmark: 31, place: [-13, -50, 95.45] },
  { landmark: 33, place: [0, -54, 88.2] },
  { landmark: 35, place: [13, -50, 95.45] },
  { landmark: 36, place: [-46.5, 0.4, 71.8] },
  { landmark: 39, place: [-17.5, -2.2, 79.16] },
  { landmark: 42, place: [17.5, -2.2, 79.16] },
  { landmark: 45, place: [46.5, 0.4, 71.8] },
  { landmark: 48, place: [-25.5, -75.3, 87.17] },
  { landmark: 54, place: [25.5, -75.3, 87.17] },
];

/**
 * Degrees by which that head looks down where AFLW2000's convention says that a head looks straight ahead: the median
 * difference to FSA-Net over 202 LFW faces (not over AFLW2000, on which the pose is judged).
 */
export const MEAN_FACE_TILT = 3.6;
