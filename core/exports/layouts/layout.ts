import type { ExportedFace, LayoutName } from '../types.ts';

/** Where pictures stand in an export and which tables lie beside them. */
export interface Layout {
  name: LayoutName;
  summary: string;
  /** Path of a picture inside the export. `number` counts within the cohort from 1; `extension` has its dot. */
  picture(face: { cohort: string; number: number; extension: string }): string;
  /** The tables that this layout adds to faces.csv, faces.json, croissant.json and manifest.json. */
  tables(faces: readonly ExportedFace[]): { path: string; text: string }[];
}

export const numbered = (number: number): string => String(number).padStart(6, '0');
