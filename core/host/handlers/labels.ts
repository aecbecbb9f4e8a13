import { ATTRIBUTE_NAMES, ATTRIBUTES, attributeIndex } from '../../attributes/attributes.ts';
import type { labelProcedures } from '../../contract/procedures/labels.ts';
import type { Handlers } from '../../contract/server.ts';
import { Fault } from '../../foundation/fault.ts';
import { openDifferences } from '../../jobs/agreement/differences.ts';
import { agreement } from '../../jobs/agreement.ts';
import { queue } from '../../jobs/queue.ts';
import type { Batch, LabelColumns } from '../../project/types.ts';
import type { Workplace } from '../workplace.ts';

export const labelHandlers = (place: Workplace): Handlers<typeof labelProcedures> => {
  const write = (
    columns: LabelColumns,
    annotator: string,
    kind: string,
    description: string,
  ): { batch: Batch; faces: Int32Array } => {
    const batch = place.project.labelColumns(
      columns,
      { origin: 'human', name: annotator },
      { kind, description },
    );
    place.push('labels.changed', { faces: columns.faces });
    return { batch, faces: columns.faces };
  };
  const step = (how: 'undo' | 'redo', id: number, annotator: string): { batch: Batch; faces: Int32Array } => {
    const batch = place.project[how](id, annotator);
    const faces = place.project.facesOfBatch(batch.id);
    const attributes = place.project.attributesOfBatch(batch.id);
    place.push('labels.changed', { faces });
    place.push('labels.stepped', { how, step: batch.target ?? id, faces, attributes });
    return { batch, faces };
  };
  return {
    'label.set': ({ faces, attribute, value, annotator, description }) => {
      if (value >= ATTRIBUTES[attribute].values.length) {
        throw new Fault(
          `'${value}' is no value of ${ATTRIBUTES[attribute].name}: 0…${ATTRIBUTES[attribute].values.length - 1} are.`,
        );
      }
      return write(
        { faces, attributes: attribute, values: value },
        annotator,
        faces.length === 1 ? 'label' : 'bulk',
        description,
      );
    },
    'label.columns': ({ faces, attributes, values, annotator, kind, description }) =>
      write({ faces, attributes, values }, annotator, kind, description),
    'label.undo': ({ batch, annotator }) => step('undo', batch, annotator),
    'label.redo': ({ batch, annotator }) => step('redo', batch, annotator),
    'label.step': ({ how, own, annotator }) => {
      const next = place.project.latestStep(how, { steps: own });
      if (next) return { stepped: step(how, next.id, annotator), other: null };
      return { stepped: null, other: place.project.latestStep(how) };
    },
    'label.batches': ({ limit }) => place.project.batches(limit),
    'label.history': ({ face }) => {
      const steps = new Map<number, Pick<Batch, 'kind' | 'description' | 'events' | 'undone'>>();
      return place.project.history(face).map((event) => {
        const known = steps.get(event.batch) ?? place.project.batch(event.batch);
        steps.set(event.batch, known);
        const { kind, description, events, undone } = known;
        return { ...event, step: { kind, description, events, undone } };
      });
    },
    'label.opinions': ({ attribute, faces }) => place.project.opinions(attribute, faces),
    'label.own': ({ annotator }) => {
      const { faces, attributes, values, events } = place.project.personLabels(annotator);
      // A decision between annotators is the person's latest word too; rows are ordered by face, attribute and event.
      const last = Array.from(events.keys()).filter(
        (i) => faces[i] !== faces[i + 1] || attributes[i] !== attributes[i + 1],
      );
      return {
        faces: Int32Array.from(last, (i) => faces[i]),
        attributes: Uint8Array.from(last, (i) => attributes[i]),
        values: Int8Array.from(last, (i) => values[i]),
      };
    },
    'label.agreement': (input, { signal }) => agreement(place.project, input, { signal }),
    'label.differences': (input) => openDifferences(place.project, input),
    'queue.list': async ({ by, attribute, limit }, { signal }) => {
      const { items, total, notes } = await queue(
        place.project,
        { by, limit, ...(attribute !== undefined && { attributes: [ATTRIBUTE_NAMES[attribute]] }) },
        { signal },
      );
      return {
        faces: Int32Array.from(items, ({ face }) => face),
        attributes: Int8Array.from(items, (item) => attributeIndex(item.attribute) ?? -1),
        current: Int8Array.from(items, ({ currentValue }) => currentValue),
        suggested: Int8Array.from(items, ({ suggestedValue }) => suggestedValue),
        scores: Float32Array.from(items, ({ score }) => score),
        why: items.map(({ why }) => why),
        total,
        notes,
      };
    },
  };
};
