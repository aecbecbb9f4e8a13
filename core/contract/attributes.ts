/** The attributes and cohorts, as the window needs them (it may import from core/contract only). */
export {
  ATTRIBUTE_NAMES,
  ATTRIBUTES,
  type AttributeName,
  COHORT_COUNT,
  VALUE_COUNTS,
} from '../attributes/attributes.ts';
export { cohortCode, cohortIndex, cohortValues, cohortWords, parseCohortCode } from '../attributes/cohort.ts';
