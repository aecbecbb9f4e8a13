import type { ListChoice } from './worklist/worklist-store.ts';

/** Where work on a project stopped: kept in the browser's storage, by the project's path. */
export interface Stop {
  choice: ListChoice;
  mode: 'grid' | 'single';
  /** Id of the focused face, 0 for none. */
  face: number;
}

const key = (project: string): string => `visage-annotate ${project}`;

export function keepStop(project: string, stop: Stop): void {
  try {
    localStorage.setItem(key(project), JSON.stringify(stop));
  } catch {
    // A full storage costs only the place to go on from.
  }
}

/** Undefined where nothing (or nothing readable) was kept. */
export function readStop(project: string): Stop | undefined {
  try {
    const stop = JSON.parse(localStorage.getItem(key(project)) ?? 'null') as Partial<Stop> | null;
    if (typeof stop?.choice?.kind !== 'string' || typeof stop.face !== 'number') return undefined;
    return { choice: stop.choice, face: stop.face, mode: stop.mode === 'single' ? 'single' : 'grid' };
  } catch {
    return undefined;
  }
}
