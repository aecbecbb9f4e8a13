import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import iconv from 'iconv-lite';
import { Fault, UsageFault } from '../fault.ts';
import { ENCODINGS } from './encodings.ts';

/** How the letters of a text file are written, and how that is known. */
export interface Encoding {
  /** As iconv-lite calls it. */
  name: string;
  /** For people: 'Windows-1252 (Western European)'. */
  title: string;
  /**
   * 'user': as the user says. 'mark': by the mark at its beginning. 'content': its bytes can be nothing else. 'guess': they
   * are no UTF-8, and were taken for the commonest of the others; lines that are UTF-8 are read as such.
   */
  by: 'user' | 'mark' | 'content' | 'guess';
  /** Only by 'guess': lines that are no UTF-8, the first of them, and whether other lines are (beyond ASCII). */
  strays?: { lines: number; first: number; mixed: boolean };
}

const known = (name: string, by: Encoding['by']): Encoding => ({
  name,
  title: ENCODINGS.find((encoding) => encoding.name === name)?.title ?? name,
  by,
});

export const UTF8: Encoding = known('utf-8', 'content');

/** The encoding that a user names. @throws UsageFault that lists the common ones */
export function encodingNamed(name: string): Encoding {
  const wanted = name.trim().toLowerCase();
  if (wanted === '' || !iconv.encodingExists(wanted)) {
    throw new UsageFault(
      `--encoding '${name}' is not known; allowed: ${ENCODINGS.map((encoding) => encoding.name).join(', ')} and others of iconv.`,
    );
  }
  return known(wanted === 'utf8' ? 'utf-8' : wanted, 'user');
}

const MARKS: readonly [bytes: readonly number[], name: string][] = [
  [[0xff, 0xfe, 0, 0], 'utf-32le'],
  [[0, 0, 0xfe, 0xff], 'utf-32be'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/** Share of the byte pairs that have a zero in the one half and in the other: ASCII written as UTF-16. */
function halfZeros(head: Uint8Array): [even: number, odd: number] {
  const pairs = head.length >> 1;
  const zeros = [0, 0];
  for (let i = 0; i < 2 * pairs; i++) if (head[i] === 0) zeros[i & 1]++;
  return [zeros[0] / Math.max(pairs, 1), zeros[1] / Math.max(pairs, 1)];
}

/** The first bytes of workbooks: of zip files (xlsx, ods, numbers), and of the older xls. */
const WORKBOOKS = [
  [0x50, 0x4b, 3, 4],
  [0xd0, 0xcf, 0x11, 0xe0],
];

/** @throws Fault where a file is a workbook, whatever its name says */
function refuseWorkbook(head: Uint8Array, file: string): void {
  if (WORKBOOKS.some((bytes) => bytes.every((byte, i) => head[i] === byte))) {
    throw new Fault(
      `'${file}' is a spreadsheet's workbook (or another packed file), no table of text; save its sheet as 'CSV UTF-8' and name that file.`,
    );
  }
}

/** The encoding that a file's beginning gives away; undefined where its letters must decide. */
function marked(head: Uint8Array): Encoding | undefined {
  const mark = MARKS.find(([bytes]) => bytes.every((byte, i) => head[i] === byte));
  if (mark) return known(mark[1], 'mark');
  const [even, odd] = halfZeros(head.subarray(0, 4096));
  if (odd > 0.4 && even < 0.1) return known('utf-16le', 'content');
  if (even > 0.4 && odd < 0.1) return known('utf-16be', 'content');
  return undefined;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const lineEnd = (bytes: Uint8Array): number =>
  Math.max(bytes.lastIndexOf(LINE_FEED), bytes.lastIndexOf(RETURN));

const LONGEST_LINE = 1 << 26;

/** How many line ends some bytes hold. */
function lineEnds(bytes: Buffer): number {
  const end = bytes.includes(LINE_FEED) ? LINE_FEED : RETURN;
  let count = 0;
  for (let at = bytes.indexOf(end); at >= 0; at = bytes.indexOf(end, at + 1)) count++;
  return count;
}

/** Cuts a stream of bytes at line ends, so that no letter is cut in two. */
export class WholeLines {
  #rest: Buffer = Buffer.alloc(0);

  /** Whole lines, with their ends; empty where the bytes end none (a line of no table's length is cut). */
  take(chunk: Buffer): Buffer {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = lineEnd(bytes) + 1 || (bytes.length > LONGEST_LINE ? bytes.length : 0);
    this.#rest = bytes.subarray(end);
    return bytes.subarray(0, end);
  }

  /** What stands after the last line end. */
  last(): Buffer {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest;
  }
}

/** The lines of some bytes, with their ends. */
export function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, at);
    const next = feed < 0 ? bytes.indexOf(RETURN, at) : feed;
    const end = next < 0 ? bytes.length : next + 1;
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** Stray lines that are looked at more closely. */
const SAMPLE_LINES = 2000;

/** Looks at a file's bytes in portions of whole lines: which lines are no UTF-8. */
class LetterScan {
  #line = 0;
  #first = 0;
  #strays = 0;
  #mixed = false;
  readonly #sample: Buffer[] = [];

  look(block: Buffer): void {
    if (isUtf8(block)) {
      if (!isAscii(block)) this.#mixed = true;
      this.#line += lineEnds(block);
      return;
    }
    for (const line of linesOf(block)) {
      this.#line++;
      if (isUtf8(line)) {
        if (!isAscii(line)) this.#mixed = true;
        continue;
      }
      if (this.#strays++ === 0) this.#first = this.#line;
      if (this.#sample.length < SAMPLE_LINES) this.#sample.push(Buffer.from(line.subarray(0, 4096)));
    }
  }

  /** @throws Fault where the stray lines are of no Western language either */
  verdict(file: string, option: boolean): Encoding {
    if (this.#strays === 0) return UTF8;
    if (!isWestern(this.#sample)) throw unknownLetters(file, this.#first, option ? this.#sample : []);
    const strays = { lines: this.#strays, first: this.#first, mixed: this.#mixed };
    return { ...known('windows-1252', 'guess'), strays };
  }
}

/** Bytes that Windows-1252 gives no letter. */
const UNDEFINED: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/**
 * True where bytes beyond ASCII stand as they do in Western European words: alone or in pairs between plain letters, and
 * none that Windows-1252 has no letter for. Greek, Cyrillic, Chinese, Japanese and Korean words are runs of them.
 */
function isWestern(lines: readonly Buffer[]): boolean {
  let [beyond, inRuns] = [0, 0];
  for (const line of lines) {
    for (let at = 0; at < line.length; ) {
      const begun = at;
      while (at < line.length && line[at] >= 0x80) if (UNDEFINED.has(line[at++])) return false;
      const run = at - begun;
      beyond += run;
      if (run > 2) inRuns += run;
      if (run === 0) at++;
    }
  }
  return inRuns * 2 <= beyond;
}

/** Encodings tried for the question below, the commonest first. */
const TRIED = ['windows-1251', 'gb18030', 'shift_jis', 'euc-kr', 'big5', 'windows-1253', 'windows-1250'];

/** A sentence with what the first of some lines says in each encoding that it can be. */
function unknownLetters(file: string, line: number, sample: readonly Buffer[]): Fault {
  const what = `'${file}' is not UTF-8, and its letters are those of no Western European language, so its encoding cannot be told.`;
  if (sample.length === 0)
    return new Fault(`${what} The first such line is line ${line}; save it again as UTF-8.`);
  const all = Buffer.concat(sample);
  const readings = TRIED.flatMap((name) => {
    if (iconv.decode(all, name).includes('\uFFFD')) return [];
    return [`  --encoding ${name}: ${iconv.decode(sample[0], name).trim().slice(0, 60)}`];
  });
  return new Fault(
    [
      `${what} Say it with --encoding, or save the table again as 'CSV UTF-8'.${readings.length > 0 ? ` Its line ${line} reads as:` : ''}`,
      ...readings,
    ].join('\n'),
  );
}

/** The encoding of a text in memory, for which no option says it. @throws Fault where it cannot be told */
export function encodingOfBytes(bytes: Buffer, file: string): Encoding {
  refuseWorkbook(bytes, file);
  const mark = marked(bytes);
  if (mark) return mark;
  const scan = new LetterScan();
  scan.look(bytes);
  return scan.verdict(file, false);
}

/**
 * The encoding that a file's beginning suggests, for a first look at it: never an error, and never the last word, as letters
 * beyond ASCII may come later.
 */
export function encodingOfHead(head: Buffer): Encoding {
  const mark = marked(head);
  if (mark) return mark;
  return isUtf8(head.subarray(0, lineEnd(head) + 1)) ? UTF8 : known('windows-1252', 'guess');
}

/** The encoding of a file, which is looked at as a whole. @throws Fault where it cannot be told */
export async function encodingOf(path: string, file: string): Promise<Encoding> {
  const handle = await open(path);
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    refuseWorkbook(head.subarray(0, bytesRead), file);
    const mark = marked(head.subarray(0, bytesRead));
    if (mark) return mark;
  } finally {
    await handle.close();
  }
  const scan = new LetterScan();
  const lines = new WholeLines();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    scan.look(lines.take(chunk as Buffer));
  }
  scan.look(lines.last());
  return scan.verdict(file, true);
}
