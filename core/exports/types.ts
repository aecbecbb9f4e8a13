import type { Origin } from '../project/types.ts';

/** One face that could be exported, with what the plan balances over. */
export interface Candidate {
  face: number;
  /** Cohort index, 0 … 269. */
  cohort: number;
  source: string;
  /** Name of the person within the source, null where unknown. */
  identity: string | null;
  /** Relative to the source's root. */
  path: string;
  key: string;
  /** Why its picture cannot be exported, as a sentence; the set is drawn around it. */
  problem?: string | null;
}

/** A face that could have been drawn, but for its picture. */
export interface PassedOver {
  source: string;
  path: string;
  key: string;
  cohort: string;
  reason: string;
}

export interface PlanSettings {
  /** N of Sub-N: images per cohort (thesis §5.4.1: 200). */
  perCohort: number;
  seed: number;
  /** What is evened out inside a cohort before chance decides. */
  balance: { sources: boolean; identities: boolean };
  /** What a cohort with fewer than N faces gives: nothing (the thesis's Sub200), or all that it has. */
  short: 'leave-out' | 'take-all';
}

/** A cohort that has faces, but fewer than N. */
export interface Shortfall {
  code: string;
  count: number;
  missing: number;
}

export interface Plan {
  /** In the order of the export: by cohort, then by source, path and key. */
  chosen: Candidate[];
  cohorts: { code: string; available: number; taken: number }[];
  /** Fewest missing first: the ones that are easiest to fill. */
  short: Shortfall[];
  /** Faces whose pictures cannot be read, in the order of cohort, source, path and key; they count nowhere else. */
  passedOver: PassedOver[];
}

/** How image files get into the export. */
export type ImageMode = 'copy' | 'link' | 'list';

export type LayoutName = 'visage' | 'cohorts' | 'fairface' | 'imagefolder';

/** One face of an export: a row of its tables. */
export interface ExportedFace {
  /** Path of its picture inside the export ('/' separators); with mode 'list', the absolute path of the original. */
  file: string;
  sha256: string;
  bytes: number;
  source: string;
  path: string;
  key: string;
  identity: string | null;
  cohort: string;
  /** Five values, in the order of the attributes. */
  values: number[];
  origins: (Origin | null)[];
  confidences: (number | null)[];
  box: readonly number[] | null;
  points: readonly number[] | null;
}

/** Everything that determines an export; `manifest.json` is this. */
export interface Manifest {
  format: 'visage-export';
  version: 1;
  project: string;
  settings: PlanSettings & { layout: LayoutName; mode: ImageMode; selection: Record<string, unknown> };
  cohorts: Plan['cohorts'];
  short: Shortfall[];
  /** Absent where every face's picture could be read. */
  passedOver?: PassedOver[];
  faces: ExportedFace[];
  /** The other files of the export (tables, descriptions) with their hashes. */
  files: { path: string; sha256: string; bytes: number }[];
}
