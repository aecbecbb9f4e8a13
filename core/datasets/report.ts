import type { ImageRecord } from '../project/store.ts';

/** A row (or file name) that could not be read, and why; the rest of the set goes on. */
export interface Reject {
  /** Relative to the source. */
  file: string;
  /** 1-based line of the file; null where the file's name is the row. */
  line: number | null;
  value: string;
  /** What is wrong and what is allowed, as a whole sentence without file and line. */
  sentence: string;
}

/** Values that were damaged and could be read all the same; one entry per spelling. */
export interface Repair {
  value: string;
  read: string;
  count: number;
  /** Where it was first seen: 'fairface_label_val.csv, line 2'. */
  first: string;
  /** What damaged it, where that is known. */
  by?: 'spreadsheet';
}

/** An image that could not be opened. */
export interface UnreadableImage {
  path: string;
  problem: NonNullable<ImageRecord['problem']>;
}

/** Place and sentence of a reject: "labels.csv, line 3: age 'x' is not allowed: …". */
export function rejectSentence(reject: Reject): string {
  return `${reject.file}${reject.line === null ? '' : `, line ${reject.line}`}: ${reject.sentence}`;
}

/** What a reader has to say beside the faces: counted while they are read. */
export class ReadReport {
  /** Rows (or files) that were looked at. */
  rows = 0;
  /** A table's encoding was guessed. */
  guessed = false;
  readonly rejects: Reject[] = [];
  readonly #repairs = new Map<string, Repair>();
  readonly #notes = new Map<string, number>();

  reject(file: string, line: number | null, value: string, sentence: string): void {
    this.rejects.push({ file, line, value, sentence });
  }

  repair(file: string, line: number | null, value: string, read: string, by?: Repair['by']): void {
    const known = this.#repairs.get(value);
    if (known) known.count++;
    else {
      const first = line === null ? file : `${file}, line ${line}`;
      this.#repairs.set(value, { value, read, count: 1, first, ...(by !== undefined && { by }) });
    }
  }

  /** Something worth a line, counted: '%d images have …' is said once with its count in place of %d. */
  note(sentence: string, count = 1): void {
    this.#notes.set(sentence, (this.#notes.get(sentence) ?? 0) + count);
  }

  get repairs(): Repair[] {
    return [...this.#repairs.values()];
  }

  get repaired(): number {
    return this.repairs.reduce((sum, repair) => sum + repair.count, 0);
  }

  get notes(): string[] {
    const damaged = this.repairs.filter(({ by }) => by === 'spreadsheet');
    const times = damaged.reduce((sum, { count }) => sum + count, 0);
    return [
      ...[...this.#notes].map(([sentence, count]) => sentence.replace('%d', count.toLocaleString('en-US'))),
      ...(times === 0
        ? []
        : [
            `A spreadsheet changed ${times.toLocaleString('en-US')} ${times === 1 ? 'value' : 'values'} (it takes '3-9' for a date, for example); ${times === 1 ? 'it was' : 'they were'} read as listed. Have such columns opened as text, so that they stay what they are.`,
          ]),
    ];
  }
}
