import type { ProjectStore } from '../../project/store.ts';
import type { LabelTable } from '../../project/types.ts';
import { type FeatureRows, featureRows } from '../heads/rows.ts';
import { type HeadOfProject, newestHeads } from '../heads/stored.ts';

/** A face in a queue before its path is looked up. */
export interface Candidate {
  face: number;
  /** Index of the attribute to look at. */
  attribute: number;
  /** Current value, −1: unlabelled. */
  current: number;
  /** Value that speaks for itself most; −1: none. */
  suggested: number;
  score: number;
  /** Made only for the faces that are shown. */
  why: () => string;
  cohort?: number;
}

/** What a queue found, best first. */
export interface Found {
  candidates: Candidate[];
  /** Faces (or face and attribute pairs) that qualify, shown or not. */
  total: number;
  /** What the queue rests on, and what it could not look at, as sentences. */
  notes: string[];
}

/** What every queue reads. */
export interface QueueContext {
  project: ProjectStore;
  table: LabelTable;
  /** Indices of the attributes asked for. */
  attributes: number[];
  /** Whether the attributes were named by the user. */
  explicit: boolean;
  /** Newest head per attribute name. */
  heads: Map<string, HeadOfProject>;
  limit: number;
}

/** The newest heads of the named features, or of any. */
export function headsFor(
  project: ProjectStore,
  features: string | readonly string[] | undefined,
): Map<string, HeadOfProject> {
  return newestHeads(project, features === undefined ? undefined : featureRows(project, features).sets);
}

/** The features that a head rests on. */
export function rowsOfHead(project: ProjectStore, head: HeadOfProject): FeatureRows {
  return featureRows(
    project,
    head.manifest.features.map(({ name }) => name),
  );
}

/** Of table indices, those of faces that have features; both are in ascending order of faces. */
export function withFeatures(table: LabelTable, items: Int32Array, rows: FeatureRows): Int32Array {
  const has = new Set(rows.faces);
  return items.filter((i) => has.has(table.faces[i]));
}

export const percent = (share: number): string => `${Math.round(100 * share)} %`;
