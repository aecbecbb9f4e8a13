/**
 * Row of the next face (by 1) or the one before (by −1) that passes the filter, from the first again after the last.
 * The face itself need not pass. −1 where no other one does.
 * @param faces ids, ascending
 * @param mask one byte per row, 1 where the row passes
 */
export function neighbourIn(faces: Int32Array, mask: Uint8Array, face: number, by: 1 | -1): number {
  const n = faces.length;
  // First row whose face is not smaller.
  let start = 0;
  let high = n;
  while (start < high) {
    const middle = (start + high) >>> 1;
    if (faces[middle] < face) start = middle + 1;
    else high = middle;
  }
  const there = faces[start] === face;
  for (let step = 0; step < n; step++) {
    const row = by > 0 ? (start + (there ? 1 : 0) + step) % n : (((start - 1 - step) % n) + n) % n;
    if (mask[row] && faces[row] !== face) return row;
  }
  return -1;
}
