import { readFileSync, statSync } from 'node:fs';
import { diskFault, Fault } from '../fault.ts';
import { NUMPY, NumpyArray } from '../pickle/numpy.ts';
import { PickleTuple, pickle } from '../pickle/pickle.ts';
import { unpickle } from '../pickle/unpickle.ts';
import { writeAll, writeWhole } from '../whole.ts';

/** A verification set of the ArcFace code, `lfw.bin` and its like: two encoded pictures per pair. */
export interface VerificationSet {
  /** Pictures 2i and 2i + 1 are pair i. Views of the file's bytes. */
  pictures: readonly Uint8Array[];
  same: readonly boolean[];
}

/** LFW's has 70 MB; the file is held in memory. */
const MOST_BYTES = 2 ** 31 - 1;

function pictureOf(value: unknown, i: number, path: string): Uint8Array {
  const found = value instanceof NumpyArray ? value.elements() : value;
  if (found instanceof Uint8Array && found.byteLength > 0) return found;
  throw new Fault(
    `'${path}': picture ${i} is ${found instanceof Uint8Array ? 'empty' : 'no encoded picture'}.`,
  );
}

/**
 * Reads a verification set: a pickle of (list of encoded pictures, list of booleans), of Python 2 or 3.
 * @throws Fault for a file that is none; nothing in it is executed
 */
export function readVerificationSet(path: string): VerificationSet {
  let bytes: Uint8Array;
  try {
    const { size } = statSync(path);
    if (size > MOST_BYTES)
      throw new Fault(`'${path}' has ${size} bytes; verification sets have at most 2 GiB.`);
    bytes = readFileSync(path);
  } catch (thrown) {
    throw diskFault(thrown, path, 'read') ?? thrown;
  }
  const { value } = unpickle(bytes, { origin: path, allowed: NUMPY, python2: 'bytes' });
  const [pictures, same] = Array.isArray(value) ? value : [];
  const flags = same instanceof NumpyArray ? Array.from(same.elements(), Number) : same;
  if (!Array.isArray(pictures) || !Array.isArray(flags)) {
    throw new Fault(
      `'${path}' is a pickle, but no verification set: a list of pictures and a list of booleans are expected.`,
    );
  }
  if (pictures.length !== 2 * flags.length || flags.length === 0) {
    throw new Fault(
      `'${path}' holds ${pictures.length} pictures for ${flags.length} pairs; two for each are expected.`,
    );
  }
  return {
    pictures: pictures.map((picture, i) => pictureOf(picture, i, path)),
    same: flags.map((flag, i) => {
      if (flag === true || flag === 1) return true;
      if (flag === false || flag === 0) return false;
      throw new Fault(`'${path}': pair ${i} is '${String(flag)}'; allowed: True, False.`);
    }),
  };
}

/** Writes a verification set that Python's `pickle.load` reads; the file appears whole or not at all. */
export function writeVerificationSet(path: string, { pictures, same }: VerificationSet): void {
  if (pictures.length !== 2 * same.length) {
    throw new Fault(`${pictures.length} pictures do not make ${same.length} pairs.`);
  }
  writeWhole(path, (fd) => {
    for (const part of pickle(new PickleTuple([...pictures], [...same]))) writeAll(fd, part);
  });
}
