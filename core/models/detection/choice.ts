import { type FoundFace, overlap } from './boxes.ts';

type Box = FoundFace['box'];

/** Two boxes belong to one face from this overlap on. */
const SAME = 0.1;

/** How far a box's centre is from the picture's, in picture diagonals, 0…0.5. */
function offCentre(box: Box, [width, height]: readonly [number, number]): number {
  return (
    Math.hypot(box[0] + box[2] / 2 - width / 2, box[1] + box[3] / 2 - height / 2) / Math.hypot(width, height)
  );
}

/**
 * The one of a picture's faces that a record is about: the one that overlaps the record's known box most (none, if
 * none overlaps it), else the most central large one: greatest area × (1 − 2·distance of its centre from the
 * picture's, in diagonals)², so that a bystander at the edge has to be far larger to be taken.
 * @param size width and height of the picture
 */
export function faceOfRecord(
  faces: readonly FoundFace[],
  known: Box | null,
  size: readonly [number, number],
): FoundFace | undefined {
  let best: FoundFace | undefined;
  let bestValue = known ? SAME : 0;
  for (const face of faces) {
    const value = known
      ? overlap(face.box, known)
      : face.box[2] * face.box[3] * (1 - 2 * offCentre(face.box, size)) ** 2;
    if (value > bestValue) {
      best = face;
      bestValue = value;
    }
  }
  return best;
}

/**
 * Gives each of a picture's records its face. Records with a known box choose first (best overlap of all pairs
 * first), so that two records never share a face; of the records without a box one gets the most central large face
 * that is left, and the others none.
 * @returns per record the index of its face, −1 where there is none
 */
export function matchRecords(
  faces: readonly FoundFace[],
  known: readonly (Box | null)[],
  size: readonly [number, number],
): Int32Array {
  const chosen = new Int32Array(known.length).fill(-1);
  const taken = new Set<number>();
  const pairs = known.flatMap((box, record) =>
    box === null ? [] : faces.map((face, index) => ({ record, index, value: overlap(face.box, box) })),
  );
  for (const { record, index, value } of pairs.sort((a, b) => b.value - a.value)) {
    if (value < SAME || chosen[record] >= 0 || taken.has(index)) continue;
    chosen[record] = index;
    taken.add(index);
  }
  for (const [record, box] of known.entries()) {
    if (box !== null) continue;
    const left = faces.filter((_, index) => !taken.has(index));
    const face = faceOfRecord(left, null, size);
    if (!face) break;
    chosen[record] = faces.indexOf(face);
    taken.add(chosen[record]);
    break;
  }
  return chosen;
}
