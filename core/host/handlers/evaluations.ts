import type { evaluationProcedures } from '../../contract/procedures/evaluations.ts';
import type { Handlers } from '../../contract/server.ts';
import { evaluationDetail, listEvaluations } from '../../jobs/evaluation/kept.ts';
import type { Workplace } from '../workplace.ts';

export const evaluationHandlers = (place: Workplace): Handlers<typeof evaluationProcedures> => ({
  'evaluations.list': () => listEvaluations(place.project),
  'evaluations.detail': ({ id }) => evaluationDetail(place.project, id),
  'evaluations.remove': ({ id }) => {
    place.project.removeEvaluation(id);
    place.push('project.changed', { what: 'evaluations' });
    return null;
  },
});
