import { ATTRIBUTES, cohortCode, cohortWords } from '../../core/contract/attributes.ts';
import type { Filter } from './filter.ts';

/** One condition of the filter, as it is shown and taken away. */
export interface Chip {
  key: string;
  words: string;
  /** The whole of it, where the words are cut short. */
  title: string;
  /** The filter without it. */
  without: Filter;
}

export const ORIGIN_WORDS = ['model', 'data set', 'rule', 'person'] as const;

/** As many values are named; more are counted. */
const NAMED = 3;
const listed = (words: readonly string[], what: string): string =>
  words.length <= NAMED ? words.join(' or ') : `${words.length} ${what}`;

const without = (filter: Filter, ...keys: Exclude<keyof Filter, 'values'>[]): Filter => {
  const rest = { ...filter };
  for (const key of keys) delete rest[key];
  return rest;
};

/** The conditions of a filter in words, in a fixed order. `names` are those known of identities. */
export function chipsOf(
  filter: Filter,
  sources: readonly { id: number; name: string }[],
  names: ReadonlyMap<number, string>,
): Chip[] {
  const chips: Chip[] = [];
  const add = (key: string, label: string, words: string[], what: string, rest: Filter): void => {
    chips.push({
      key,
      words: `${label}${listed(words, what)}`,
      title: `${label}${words.join(', ')}`,
      without: rest,
    });
  };
  if (filter.rows) add('rows', '', [filter.rows.name], '', without(filter, 'rows'));
  filter.values.forEach((allowed, a) => {
    if (!allowed) return;
    const { name, values } = ATTRIBUTES[a];
    const rest = [...filter.values];
    rest[a] = undefined;
    const words = allowed.map((value) => values[value] ?? 'unlabelled');
    add(`values.${a}`, `${name}: `, words, 'values', { ...filter, values: rest });
  });
  if (filter.cohorts) {
    const words = filter.cohorts.map((cohort) =>
      cohort < 0
        ? 'no cohort'
        : filter.cohorts?.length === 1
          ? `${cohortCode(cohort)} (${cohortWords(cohort)})`
          : cohortCode(cohort),
    );
    add(
      'cohorts',
      filter.cohorts.length > NAMED ? '' : 'cohort ',
      words,
      'cohorts',
      without(filter, 'cohorts'),
    );
  }
  if (filter.sources) {
    const words = filter.sources.map(
      (id) => sources.find((source) => source.id === id)?.name ?? `source ${id}`,
    );
    add('sources', 'source: ', words, 'sources', without(filter, 'sources'));
  }
  if (filter.identities) {
    const words = filter.identities.map((id) => (id < 0 ? 'unknown' : (names.get(id) ?? `identity ${id}`)));
    add('identities', 'identity: ', words, 'people', without(filter, 'identities'));
  }
  if (filter.clusters) {
    const { clustering, picked } = filter.clusters;
    const words = picked.map((cluster) => (cluster < 0 ? 'none' : String(cluster)));
    add('clusters', `cluster of ${clustering}: `, words, 'clusters', without(filter, 'clusters'));
  }
  if (filter.origins) {
    const about = filter.originsOf === undefined ? 'a label' : ATTRIBUTES[filter.originsOf].name;
    const words = filter.origins.map((rank) => ORIGIN_WORDS[rank] ?? 'nobody');
    add('origins', `${about} by `, words, 'origins', without(filter, 'origins', 'originsOf'));
  }
  if (filter.confidenceBelow !== undefined) {
    const about = filter.confidenceOf === undefined ? 'a label' : ATTRIBUTES[filter.confidenceOf].name;
    const words = `${about} less sure than ${filter.confidenceBelow.toFixed(2)}`;
    add('confidence', '', [words], '', without(filter, 'confidenceBelow', 'confidenceOf'));
  }
  return chips;
}
