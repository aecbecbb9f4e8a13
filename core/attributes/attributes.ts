/** The five attributes and their values (thesis §5.4.1). The order is the order of the five-digit cohort code. */
export const ATTRIBUTES = [
  { name: 'age', values: ['0–19', '20–49', '50+'] },
  { name: 'gender', values: ['female', 'male'] },
  {
    name: 'race',
    values: ['Black', 'East or Southeast Asian', 'Indian', 'Latino/Hispanic', 'Middle Eastern or White'],
  },
  { name: 'pitch', values: ['below −30°', 'above +30°', 'within ±30°'] },
  { name: 'yaw', values: ['below −30°', 'above +30°', 'within ±30°'] },
] as const;

export type AttributeName = (typeof ATTRIBUTES)[number]['name'];

export const ATTRIBUTE_NAMES: readonly AttributeName[] = ATTRIBUTES.map((attribute) => attribute.name);

/** Number of values of each attribute, in order: 3·2·5·3·3 = 270. */
export const VALUE_COUNTS: readonly number[] = ATTRIBUTES.map((attribute) => attribute.values.length);

export const COHORT_COUNT = VALUE_COUNTS.reduce((product, count) => product * count, 1);

/** 0 … 4 for a name; undefined for any other word. */
export function attributeIndex(name: string): number | undefined {
  const index = ATTRIBUTE_NAMES.indexOf(name as AttributeName);
  return index < 0 ? undefined : index;
}
