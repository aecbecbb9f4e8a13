import { Fault } from './fault.ts';

/** Largest face id: ids are positive and fit 32 bits. */
const MOST = 2 ** 31 - 1;

/** '1-300,512' for ids in any order; equal ids count once. */
export function faceRanges(faces: Int32Array): string {
  const sorted = faces.slice().sort();
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i];
    let last = first;
    for (i++; i < sorted.length && sorted[i] <= last + 1; i++) last = sorted[i];
    parts.push(first === last ? String(first) : `${first}-${last}`);
  }
  return parts.join(',');
}

/** The ids of '1-300,512', ascending. @param limit most faces that may be named. @throws Fault that quotes what is wrong */
export function parseFaceRanges(text: string, limit = 10_000_000): Int32Array {
  const ranges = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part);
      const first = Number(match?.[1]);
      const last = Number(match?.[2] ?? match?.[1]);
      if (!match || first < 1 || last < first || last > MOST) {
        throw new Fault(`'${part}' names no faces: ids and ranges of ids are expected, as in '1-300,512'.`);
      }
      return [first, last] as const;
    });
  const count = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  if (count > limit)
    throw new Fault(`'${text.slice(0, 40)}' names ${count} faces; at most ${limit} are allowed.`);
  const faces = new Int32Array(count);
  let at = 0;
  for (const [first, last] of ranges) for (let face = first; face <= last; face++) faces[at++] = face;
  return faces.sort().filter((face, i, all) => i === 0 || face !== all[i - 1]);
}
