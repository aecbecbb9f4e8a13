import { z } from 'zod';
import { ATTRIBUTE_NAMES, ATTRIBUTES, attributeIndex } from '../../attributes/attributes.ts';
import { Fault } from '../../foundation/fault.ts';
import { AGE_BINS, type Bins, binProbabilities, mostProbable, POSE_BINS } from '../pose/bins.ts';

/** What a network's output columns say about an attribute; a manifest lists one reading per attribute. */
export const Reading = z.discriminatedUnion('kind', [
  z.strictObject({
    /** One column per class, each class one of the attribute's values (several classes may share one; −1: none of ours). */
    kind: z.literal('classes'),
    attribute: z.enum(ATTRIBUTE_NAMES),
    output: z.string(),
    /** First column. */
    from: z.int().min(0).default(0),
    values: z.array(z.int().min(-1)).min(1),
    /** What turns the columns into probabilities; 'none' where the network has done it. */
    activation: z.enum(['softmax', 'sigmoid', 'none']).default('softmax'),
  }),
  z.strictObject({
    /** A number in years (age) or degrees (pitch, yaw; 'roll' belongs to no attribute and is only kept). */
    kind: z.literal('number'),
    attribute: z.enum([...ATTRIBUTE_NAMES, 'roll']),
    output: z.string(),
    from: z.int().min(0).default(0),
    /** Predicted number = column × scale + offset. */
    scale: z.number().default(1),
    offset: z.number().default(0),
    /** Standard deviation of the network's error in the same unit, as measured: confidences rest on it. */
    deviation: z.number().positive(),
  }),
]);
export type Reading = z.infer<typeof Reading>;

/** What one reading of one face says. */
export interface Said {
  /** Value of the attribute; −1 where the network says 'none of ours'. */
  value: number;
  confidence: number;
  /** The number itself, for readings of kind 'number'. */
  number?: number;
}

const BINS: Readonly<Record<string, Bins>> = { age: AGE_BINS, pitch: POSE_BINS, yaw: POSE_BINS };

/** Probabilities of the classes of one face. */
export function probabilitiesOf(
  columns: ArrayLike<number>,
  activation: Extract<Reading, { kind: 'classes' }>['activation'],
): Float64Array {
  const values = Float64Array.from(columns);
  if (activation === 'none') return values;
  if (activation === 'sigmoid') {
    // One column is the probability of the first of two values; more are read each for itself.
    const each = values.map((value) => 1 / (1 + Math.exp(-value)));
    return each.length === 1 ? Float64Array.of(each[0], 1 - each[0]) : each;
  }
  const highest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const exponentials = values.map((value) => Math.exp(value - highest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}

/** How many columns a reading takes. */
export function columnsOf(reading: Reading): number {
  return reading.kind === 'number' || (reading.activation === 'sigmoid' && reading.values.length === 2)
    ? 1
    : reading.values.length;
}

/**
 * Reads one face's row of an output. Classes that share a value are summed before the most probable value is taken
 * (FairFace: White and Middle Eastern make one group, nine ages make three). Nothing is said (null) where the network
 * gave no finite number.
 */
export function read(reading: Reading, row: ArrayLike<number>): Said | null {
  const columns = Array.from({ length: columnsOf(reading) }, (_, i) => row[reading.from + i]);
  if (!columns.every(Number.isFinite)) return null;
  if (reading.kind === 'number') {
    const number = columns[0] * reading.scale + reading.offset;
    if (reading.attribute === 'roll') return { value: -1, confidence: 0, number };
    return { ...mostProbable(binProbabilities(number, reading.deviation, BINS[reading.attribute])), number };
  }
  const probabilities = probabilitiesOf(columns, reading.activation);
  const sums = new Float64Array(Math.max(...reading.values) + 2);
  for (const [i, value] of reading.values.entries()) sums[value + 1] += probabilities[i] ?? 0;
  const { value, confidence } = mostProbable(sums);
  return { value: value - 1, confidence };
}

/** @throws Fault when a reading names a value that its attribute does not have, or needs columns that are not there. */
export function checkReading(reading: Reading, columns: number | undefined, model: string): void {
  const index = attributeIndex(reading.attribute);
  if (reading.kind === 'number' && reading.attribute !== 'roll' && !(reading.attribute in BINS)) {
    throw new Fault(
      `The manifest of '${model}' reads a number as '${reading.attribute}'; allowed: age (years), pitch, yaw, roll (degrees).`,
    );
  }
  if (reading.kind === 'classes' && index !== undefined) {
    const allowed = ATTRIBUTES[index].values;
    const bad = reading.values.find((value) => value >= allowed.length);
    if (bad !== undefined) {
      throw new Fault(
        `The manifest of '${model}' gives a class the value ${bad} of ${reading.attribute}; allowed: ` +
          `${allowed.map((name, value) => `${value} (${name})`).join(', ')}, or −1 for none of these.`,
      );
    }
  }
  const need = reading.from + columnsOf(reading);
  if (columns !== undefined && columns < need) {
    throw new Fault(
      `The manifest of '${model}' reads columns up to ${need} of '${reading.output}', which has ${columns}.`,
    );
  }
}

/**
 * FairFace's 18-way head (Kärkkäinen and Joo 2021): seven races, two genders and nine ages, a softmax each, in the order
 * of its predictor: White, Black, Latino_Hispanic, East Asian, Southeast Asian, Indian, Middle Eastern; Male, Female;
 * 0-2, 3-9, 10-19, 20-29, 30-39, 40-49, 50-59, 60-69, 70+.
 */
export const fairFaceReadings = (output: string): Reading[] => [
  {
    kind: 'classes',
    attribute: 'race',
    output,
    from: 0,
    values: [4, 0, 3, 1, 1, 2, 4],
    activation: 'softmax',
  },
  { kind: 'classes', attribute: 'gender', output, from: 7, values: [1, 0], activation: 'softmax' },
  {
    kind: 'classes',
    attribute: 'age',
    output,
    from: 9,
    values: [0, 0, 0, 1, 1, 1, 2, 2, 2],
    activation: 'softmax',
  },
];
