import type { Candidate } from '../../exports/types.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Selection } from '../../project/types.ts';

/** Ids that are read together: short enough for a window's other questions to come in between. */
const PORTION = 20_000;

/** Lets cancellation and other requests in between two portions. */
const breathe = (): Promise<void> => new Promise((done) => setImmediate(done));

/** The faces of a selection that have all five labels, with what a plan orders and balances by. */
export async function candidatesOf(
  project: ProjectStore,
  selection: Selection,
  options: WorkOptions = {},
): Promise<Candidate[]> {
  const sources = new Map(project.sources().map(({ id, name }) => [id, name]));
  const people = project.identityNames();
  const { faces, cohorts, sources: sourceOf, identities } = project.labelTable(project.select(selection));
  const candidates: Candidate[] = [];
  for (let row = 0; row < faces.length; ) {
    const first = faces[row];
    const places = project.facePlaces(first, first + PORTION - 1);
    for (let place = 0; row < faces.length && faces[row] < first + PORTION; row++) {
      if (cohorts[row] < 0) continue;
      const face = faces[row];
      while (places.faces[place] < face) place++;
      candidates.push({
        face,
        cohort: cohorts[row],
        source: sources.get(sourceOf[row]) ?? String(sourceOf[row]),
        identity: identities[row] < 0 ? null : (people.get(identities[row]) ?? null),
        path: places.paths[place],
        key: places.keys[place],
        problem: places.problems[place],
      });
    }
    await breathe();
    throwIfCancelled(options.signal);
  }
  return candidates;
}
