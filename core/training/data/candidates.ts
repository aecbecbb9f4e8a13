import { createHash } from 'node:crypto';
import type { FaceImage } from '../../engine/preparation.ts';

/** A face that may be trained on: its picture and whose it is. */
export interface Candidate {
  image: FaceImage;
  /** Name of the person; equal names are one class. */
  identity: string;
  /** Name of the person without the source, where a class is one of its source: equal names may be one person. */
  person?: string;
  /** Source and path as the data set names them: the same on every machine. */
  name: string;
}

/** What a project or a folder offers to train on. */
export interface Candidates {
  /** By identity, then by name; `image.face` is the position in this list. */
  faces: Candidate[];
  /** Identities that the source names but has no picture of. */
  empty: string[];
  /** What its user should know, a sentence each. */
  remarks: string[];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Puts faces in the order that everything else follows, whatever order a disk or a database gave them in. */
export function inOrder(faces: Candidate[]): Candidate[] {
  faces.sort((a, b) => compare(a.identity, b.identity) || compare(a.name, b.name));
  return faces.map((face, i) => ({ ...face, image: { ...face.image, face: i } }));
}

/**
 * SHA-256 over the list: identity, name, box and points of every face in order. It says which faces a run saw and how
 * they were cut, on any machine; the bytes of the pictures are not read for it.
 */
export function listHash(faces: readonly Candidate[]): string {
  const hash = createHash('sha256');
  for (const { identity, name, image } of faces) {
    const points = image.points === null ? null : Array.from(image.points);
    hash.update(`${JSON.stringify([identity, name, image.box, points])}\n`);
  }
  return hash.digest('hex');
}

/** '3 faces', '1 face'. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
