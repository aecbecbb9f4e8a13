import type { WorkOptions } from '../foundation/progress.ts';
import type { NewFace } from '../project/types.ts';
import type { ColumnQuestion } from './census.ts';
import type { ValueMapping } from './coding.ts';
import type { SourceListing } from './listing.ts';
import type { ReadReport } from './report.ts';

/** How sure a reader is that a source is its own, and why, so that recognition can be explained. */
export interface Match {
  /** 0…1; from 0.9: by names that only this set has; 1: it says itself what it is. */
  score: number;
  /** What was found, completing 'it holds …': 'fairface_label_train.csv with the columns file, age, gender, race'. */
  why: string;
}

/** Which column says what, for 'csv' (see columns.ts). */
export interface ColumnMapping {
  /** Field ('file', 'identity', 'age', 'yaw', 'x', 'p1x' …) → column name. */
  columns: Readonly<Record<string, string>>;
  /** Attribute → raw value → value in our words, or the name of a scale (coding.ts). */
  values?: Readonly<Record<string, ValueMapping>>;
}

export interface OpenOptions extends WorkOptions {
  mapping?: ColumnMapping;
  /** Folder of the images, where the user names one: absolute paths in label files are taken relative to it. */
  images?: string;
}

/** A source as its reader opened it; nothing is read before `faces` is iterated. */
export interface OpenSource {
  /** Name for the source, where the user gives none. */
  name: string;
  /** Where images may lie: absolute folders, the likeliest first. Empty when only labels are known. */
  readonly roots: readonly string[];
  /** True when the first root is where the images lie by definition: paths come from the files, or a table beside them. */
  fromImages: boolean;
  /** Labels are a model's, not the set's: they are written as that model's pre-labels. */
  agent?: { name: string };
  /**
   * Columns whose numbers can mean several things and that no mapping explains. Where there are any, nothing is imported
   * before they are answered; a preview leaves their labels out.
   */
  questions?(): Promise<ColumnQuestion[]>;
  /** Folders (absolute, below the root) in which images that are not at their place are looked for; the root by default. */
  readonly searched?: readonly string[];
  /** Faces in portions; rejects, repairs and notes go to the report. */
  faces(report: ReadReport): AsyncIterable<NewFace[]>;
}

/** One data set format. */
export interface Reader {
  format: string;
  /** 'FairFace', 'folder per identity' */
  title: string;
  /** What it looks for, completing 'looked for …'. */
  looksFor: string;
  /** What of a user's mapping it heeds; nothing by default. */
  heeds?: readonly ('columns' | 'values')[];
  match(listing: SourceListing): Match | null;
  /** @throws Fault when the source lacks what the format needs. */
  open(listing: SourceListing, options: OpenOptions): OpenSource;
}

/** Faces per portion: short enough for a window to stay alive, long enough for the store. */
export const PORTION = 4000;

/** Collects faces into portions. */
export class Portions {
  #faces: NewFace[] = [];

  add(face: NewFace): void {
    this.#faces.push(face);
  }

  get full(): boolean {
    return this.#faces.length >= PORTION;
  }

  take(): NewFace[] {
    const faces = this.#faces;
    this.#faces = [];
    return faces;
  }
}
