import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { packedPath } from '../foundation/packed/pictures.ts';
import { readVerificationSet } from '../foundation/packed/verification-set.ts';
import { guessRemark, readText, type TextRow, textRows } from '../foundation/tables/in-memory.ts';
import { isCfpProtocol, readCfp } from './cfp.ts';
import { isNumberedPair, lfwPath, numberedPair, type Pair, readPairs } from './pairs.ts';

/** Two pictures that are of one person or of two. */
export interface PicturePair {
  /** Paths relative to the images, with '/'; absolute for the pictures of a verification set. */
  first: string;
  second: string;
  same: boolean;
}

export interface PairSet {
  name: string;
  /** How it was read: 'verification set (.bin)', 'pairs.txt of LFW'. */
  layout: string;
  pairs: PicturePair[];
  /** Folds that the set's own file says; 10 where it says none. */
  folds: number;
  /** Folders where the pictures may lie, the likeliest first. */
  roots: string[];
  /** What is worth saying of how it was read: an encoding that was guessed. */
  remarks?: string[];
}

const byPath = ({ first, second, same }: Pair): PicturePair => ({
  ...{ first: lfwPath(first), second: lfwPath(second), same },
});

const FOLDS = 10;

/**
 * Reads the pairs of a verification protocol: a verification set (`.bin`), LFW's `pairs.txt`, CFP's folder `Protocol`
 * (or its parent), or a list of paths: `a b 0|1` per line (AgeDB-30 and others), or two lines per pair, `a 1` and
 * `b 1` (CALFW, CPLFW), with tabs, blanks, commas, semicolons or bars, with a header or without.
 * @param frontal CFP only: pairs of two frontal pictures instead of frontal and profile
 * @throws Fault with the line of what cannot be read
 */
export function readPairSet(path: string, frontal = false): PairSet {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new Fault(`There is nothing at '${path}': a set of pairs is expected.`);
  const protocol = [path, join(path, 'Protocol')].find(
    (folder) => stat.isDirectory() && isCfpProtocol(folder),
  );
  if (protocol !== undefined) {
    const pairs = readCfp(protocol, frontal);
    const title = frontal ? 'CFP-FF' : 'CFP-FP';
    return {
      name: title,
      layout: `${title} protocol`,
      pairs,
      folds: FOLDS,
      roots: [dirname(protocol), protocol],
    };
  }
  if (stat.isDirectory()) {
    const list = ['pairs.txt', 'pairs.tsv'].map((name) => join(path, name)).find((file) => existsSync(file));
    if (list === undefined) {
      throw new Fault(
        `'${path}' is a folder without pairs; allowed: a folder with pairs.txt, CFP's with 'Protocol', a .bin file, or a list.`,
      );
    }
    return { ...readPairSet(list), name: basename(path) };
  }
  if (/\.bin$/i.test(path)) {
    const { same } = readVerificationSet(path);
    const pairs = same.map((flag, i) => ({
      ...{ first: packedPath(path, 2 * i), second: packedPath(path, 2 * i + 1), same: flag },
    }));
    const name = basename(path).replace(/\.bin$/i, '');
    return { name, layout: 'verification set (.bin)', pairs, folds: FOLDS, roots: [] };
  }
  const { text, encoding } = readText(path);
  const remark = guessRemark(path, encoding);
  const name = basename(path).replace(/\.\w+$/, '');
  const about = { name, roots: [dirname(path)], ...(remark !== undefined && { remarks: [remark] }) };
  const rows = textRows(text);
  // LFW's first line is numbers alone: folds and pairs of each kind.
  const [head, second] = rows;
  if (head !== undefined && head.cells.length < 3 && head.cells.every((cell) => /^\d+$/.test(cell))) {
    const { folds, pairs } = readPairs(text, path);
    return {
      ...about,
      layout: 'pairs.txt of LFW',
      pairs: pairs.map(byPath),
      folds: folds === 1 ? FOLDS : folds,
    };
  }
  // Copies of it as a csv have a header in place of the numbers.
  if (second !== undefined && !isNumberedPair(head) && isNumberedPair(second)) {
    const pairs = rows.slice(1).map((row) => byPath(numberedPair(row, path)));
    return { ...about, layout: 'pairs of LFW as csv', pairs, folds: FOLDS };
  }
  return { ...about, ...readList(rows, path), folds: FOLDS };
}

const FLAG = /^(0|1|-1|true|false)$/i;

function readList(all: readonly TextRow[], path: string): Pick<PairSet, 'pairs' | 'layout'> {
  // A header is of words alone; names of pictures have their endings.
  const words = all.length > 1 && all[0].cells.every((cell) => /^[a-z_][\w ]*$/i.test(cell));
  const named = words && !FLAG.test(all[0].cells.at(-1) ?? '');
  const rows = (named ? all.slice(1) : all).map(({ line, text, cells }) => ({ line, text, columns: cells }));
  const fault = (row: { line: number; text: string }, allowed: string): Fault =>
    new Fault(`${path}, line ${row.line}: '${row.text.slice(0, 120)}' is no pair; allowed: ${allowed}.`);
  if (rows.length === 0) throw new Fault(`'${path}' is empty; a list of pairs is expected.`);
  const clean = (file: string): string => file.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  if (rows[0].columns.length === 3) {
    const allowed = "'first second 1' for the same person, '… 0' for two";
    const pairs = rows.map((row): PicturePair => {
      const [first, second, flag] = row.columns;
      if (row.columns.length !== 3 || !FLAG.test(flag)) throw fault(row, allowed);
      return { first: clean(first), second: clean(second), same: /^(1|true)$/i.test(flag) };
    });
    return { pairs, layout: 'list of pairs' };
  }
  const allowed = "'first second 0|1' per line, or 'picture flag' on two lines per pair";
  if (rows.length % 2 !== 0) throw fault(rows[rows.length - 1], allowed);
  const pairs: PicturePair[] = [];
  for (let i = 0; i < rows.length; i += 2) {
    const [one, two] = [rows[i], rows[i + 1]];
    for (const row of [one, two]) {
      if (row.columns.length !== 2 || !/^\d+$/.test(row.columns[1])) throw fault(row, allowed);
    }
    if (one.columns[1] !== two.columns[1]) {
      throw fault(two, `the flag of the line before, '${one.columns[1]}', as both are one pair`);
    }
    pairs.push({ first: clean(one.columns[0]), second: clean(two.columns[0]), same: one.columns[1] !== '0' });
  }
  return { pairs, layout: 'list of pictures, two lines per pair' };
}
