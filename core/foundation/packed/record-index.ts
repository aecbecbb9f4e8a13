import { readPlainFile } from '../file-kind.ts';

/** Name of the index that lies beside a record file: 'train.rec' → 'train.idx'. */
export const indexOf = (path: string): string => path.replace(/\.rec$/i, '.idx');

/** A line of an index, or a stretch of a record file, that cannot be read. */
export interface Damage {
  key: number | undefined;
  sentence: string;
}

/** Where records begin, by ascending key. */
export interface Places {
  keys: Float64Array;
  offsets: Float64Array;
}

/** The same places by ascending key. */
export function sorted({ keys, offsets }: Places): Places {
  if (keys.every((key, i) => i === 0 || keys[i - 1] <= key)) return { keys, offsets };
  const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b] || a - b);
  return {
    keys: Float64Array.from(order, (i) => keys[i]),
    offsets: Float64Array.from(order, (i) => offsets[i]),
  };
}

const [TAB, LINE_FEED, RETURN, ZERO] = [0x09, 0x0a, 0x0d, 0x30];
/** 'k<TAB>o<LF>' is the shortest line. */
const SHORTEST_LINE = 4;

/**
 * Reads an index: `key<TAB>offset` per line. Training sets have millions of lines, so that they are read byte by byte and
 * no line becomes a string but those that are damaged.
 */
export function readIndex(path: string, damage: Damage[]): Places {
  const bytes = readPlainFile(path);
  const most = Math.ceil(bytes.length / SHORTEST_LINE) + 1;
  let keys = new Float64Array(most);
  let offsets = new Float64Array(most);
  let count = 0;
  let line = 0;
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    line++;
    const numbers = [0, 0];
    const digits = [0, 0];
    let [column, sound] = [0, true];
    for (; at < bytes.length && bytes[at] !== LINE_FEED; at++) {
      const byte = bytes[at];
      if (byte === TAB) column++;
      else if (byte >= ZERO && byte <= ZERO + 9 && column < 2) {
        numbers[column] = 10 * numbers[column] + byte - ZERO;
        digits[column]++;
      } else if (byte !== RETURN) sound = false;
    }
    const text = (): string => bytes.toString('latin1', start, Math.min(at, start + 40)).trim();
    at++;
    if (sound && column === 1 && digits[0] > 0 && digits[1] > 0 && numbers.every(Number.isSafeInteger)) {
      [keys[count], offsets[count]] = numbers;
      count++;
    } else if (text() !== '') {
      damage.push({
        key: undefined,
        sentence: `'${path}', line ${line}: '${text()}' is no entry; allowed: a key, a tab and an offset.`,
      });
    }
  }
  const found = sorted({ keys: keys.slice(0, count), offsets: offsets.slice(0, count) });
  ({ keys, offsets } = found as { keys: Float64Array<ArrayBuffer>; offsets: Float64Array<ArrayBuffer> });
  if (keys.every((key, i) => i === 0 || keys[i - 1] !== key)) return found;
  // The sort is stable, so that the first of equal keys is the one that stands first in the file.
  const first = [...keys.keys()].filter((i) => i === 0 || keys[i - 1] !== keys[i]);
  for (let i = 1; i < keys.length; i++) {
    if (keys[i - 1] === keys[i]) {
      damage.push({ key: keys[i], sentence: `'${path}' has the key ${keys[i]} twice; the first counts.` });
    }
  }
  return {
    keys: Float64Array.from(first, (i) => keys[i]),
    offsets: Float64Array.from(first, (i) => offsets[i]),
  };
}
