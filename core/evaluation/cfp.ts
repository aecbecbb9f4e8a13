import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { linesOfText, readText, textRows } from '../foundation/tables/in-memory.ts';
import type { PicturePair } from './pair-lists.ts';

/**
 * CFP (Celebrities in Frontal-Profile): `Pair_list_F.txt` and `Pair_list_P.txt` number the frontal and profile pictures;
 * `Split/FP/01…10/same.txt` and `diff.txt` hold pairs of numbers, 'frontal,profile' (in `FF`, both frontal).
 */
const LISTS = { F: 'Pair_list_F.txt', P: 'Pair_list_P.txt' } as const;

export const isCfpProtocol = (folder: string): boolean =>
  existsSync(join(folder, LISTS.F)) && existsSync(join(folder, 'Split'));

/** Number → path below the set's folder: '7 ../Data/Images/001/frontal/07.jpg'. */
function numbered(path: string): Map<number, string> {
  if (!existsSync(path)) throw new Fault(`'${path}' is missing; CFP's protocol needs it.`);
  const found = new Map<number, string>();
  for (const [i, line] of linesOfText(readText(path).text).entries()) {
    if (line.trim() === '') continue;
    const match = /^\s*(\d+)[\s,;|]+(\S.*?)[\s,;|]*$/.exec(line);
    if (match === null) throw new Fault(`${path}, line ${i + 1}: '${line}' is no number and path.`);
    found.set(Number(match[1]), match[2].replaceAll('\\', '/').replace(/^(\.\.?\/)+/, ''));
  }
  return found;
}

/** Pairs split by split: same, then different. @throws Fault naming the line that cannot be read */
export function readCfp(protocol: string, frontal: boolean): PicturePair[] {
  const first = numbered(join(protocol, LISTS.F));
  const second = frontal ? first : numbered(join(protocol, LISTS.P));
  const folder = join(protocol, 'Split', frontal ? 'FF' : 'FP');
  if (!existsSync(folder)) throw new Fault(`'${folder}' is missing; CFP's protocol needs it.`);
  const pairs: PicturePair[] = [];
  for (const split of readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .sort()) {
    for (const same of [true, false]) {
      const path = join(folder, split, same ? 'same.txt' : 'diff.txt');
      if (!existsSync(path)) throw new Fault(`'${path}' is missing; CFP's protocol needs it.`);
      for (const { cells, line, text } of textRows(readText(path).text)) {
        const [a, b] = cells.map(Number);
        const [one, two] = [first.get(a), second.get(b)];
        if (one === undefined || two === undefined) {
          throw new Fault(`${path}, line ${line}: '${text}' names a picture that the lists do not have.`);
        }
        pairs.push({ first: one, second: two, same });
      }
    }
  }
  if (pairs.length === 0) throw new Fault(`'${folder}' holds no pairs.`);
  return pairs;
}
