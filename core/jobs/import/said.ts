import { ATTRIBUTE_NAMES } from '../../attributes/attributes.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Agent, LabelChange, NewFace, Origin, Source } from '../../project/types.ts';

interface Said {
  value: number;
  confidence: number | undefined;
}

const rowOf = (path: string, key: string | undefined): string => `${path}\0${key ?? ''}`;

/**
 * Labels of a set that others than the set said (a predictor's, or what an export says of persons, rules and models):
 * kept until their faces have ids, then written in the name of each origin.
 */
export class SaidByOthers {
  readonly #byOrigin = new Map<Origin, Map<string, (Said | undefined)[]>>();

  /**
   * The face with the labels that the set itself says; the others are kept here.
   * @param agent the model whose labels all of them are
   */
  takeFrom(face: NewFace, agent?: { name: string }): NewFace {
    const { labels, confidences, origins, ...rest } = face;
    if (labels === undefined || (agent === undefined && origins === undefined)) return face;
    const own: (number | undefined)[] = [];
    for (const [a, value] of labels.entries()) {
      const origin = agent === undefined ? (origins?.[a] ?? 'dataset') : 'model';
      own[a] = origin === 'dataset' ? value : undefined;
      if (origin === 'dataset' || value === undefined) continue;
      const row = rowOf(face.path, face.key);
      const rows = this.#byOrigin.get(origin) ?? new Map<string, (Said | undefined)[]>();
      this.#byOrigin.set(origin, rows);
      const said = rows.get(row) ?? [];
      rows.set(row, said);
      said[a] = { value, confidence: confidences?.[a] };
    }
    if (own.every((value) => value === undefined)) return rest;
    return { ...rest, labels: own, ...(confidences && { confidences }) };
  }

  /** Writes what differs from what the same said before. Gives the number of label events. */
  write(project: ProjectStore, source: Source, name: string, description: string): number {
    if (this.#byOrigin.size === 0) return 0;
    const faces = project.select({ sources: [source.id] });
    const keys = project.faces(faces).map(({ path, key }) => rowOf(path, key));
    let events = 0;
    for (const [origin, rows] of this.#byOrigin) {
      const changes = changesOf(
        project,
        faces,
        keys.map((key) => rows.get(key)),
        { origin, name },
      );
      if (changes.length === 0) continue;
      const kind = origin === 'model' ? 'prelabel' : 'import';
      events += project.label(changes, { origin, name }, { kind, description }).events;
    }
    return events;
  }
}

function changesOf(
  project: ProjectStore,
  faces: Int32Array,
  said: readonly ((Said | undefined)[] | undefined)[],
  agent: Agent,
): LabelChange[] {
  const changes: LabelChange[] = [];
  for (let attribute = 0; attribute < ATTRIBUTE_NAMES.length; attribute++) {
    const before = project
      .opinions(attribute, faces)
      .find((opinion) => opinion.agent.origin === agent.origin && opinion.agent.name === agent.name);
    for (const [i, row] of said.entries()) {
      const label = row?.[attribute];
      if (label === undefined) continue;
      const { value, confidence } = label;
      const sure = before?.confidences[i] ?? Number.NaN;
      if (value === (before?.values[i] ?? -1) && Object.is(Math.fround(confidence ?? Number.NaN), sure))
        continue;
      changes.push({ face: faces[i], attribute, value, ...(confidence !== undefined && { confidence }) });
    }
  }
  return changes;
}
