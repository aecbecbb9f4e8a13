import { ATTRIBUTE_NAMES, ATTRIBUTES, attributeIndex } from '../attributes/attributes.ts';
import type { HeadReport } from '../attributes/heads/evaluation.ts';
import type { HeadManifest, StoredHead } from '../attributes/heads/files.ts';
import { DEFAULT_HEAD_SETTINGS, type HeadSettings } from '../attributes/heads/fit.ts';
import { type AbsentValue, planHead } from '../attributes/heads/plan.ts';
import { softmax } from '../attributes/heads/regression.ts';
import { trainHeads } from '../attributes/heads/training.ts';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import { type AppliedHead, applyHeads } from './heads/apply.ts';
import { featureMatrix, featureRows, featureSources } from './heads/rows.ts';
import { storeHeads } from './heads/stored.ts';
import { isTrusted, personGroups, trustedLabels } from './heads/trusted.ts';
import { type JobOptions, recorded } from './recorded.ts';

export const HEAD_ACTIONS = ['train', 'evaluate', 'apply'] as const;
export type HeadAction = (typeof HEAD_ACTIONS)[number];

export interface HeadsInput {
  /** Feature set; several, or names joined by '+', are put side by side. */
  features: string | readonly string[];
  /** 'train' cross-validates, fits on all trusted labels and stores; 'evaluate' only cross-validates. */
  action: HeadAction;
  /** Default: every attribute that can be learnt. */
  attributes?: readonly string[];
  settings?: Partial<HeadSettings>;
  /** Fewest trusted faces of a value that is learnt; default 10, and never fewer than the folds. */
  minimum?: number;
  /** For 'apply': also faces with a trusted label (their current label stays; the queues compare). */
  all?: boolean;
  /** For 'apply': least calibrated confidence that is written, 0 … 1. */
  minConfidence?: number;
  /** Threads; default the number of cores. */
  threads?: number;
}

/** One attribute of the result of train and evaluate. */
export interface AttributeReport extends HeadReport {
  /** In words, in the order of perClass. */
  values: string[];
  folds: number;
  /** People (or copied pictures) with several faces whose faces were kept in one fold; 0: every face stood alone. */
  groups: number;
  /** The final fit's penalty, scikit-learn's C; null for 'evaluate'. */
  strength: number | null;
  /** Values that the head cannot say. */
  absent: AbsentValue[];
}

/** An attribute that could not be learnt. */
export interface AttributeSkipped {
  accuracy: null;
  balancedAccuracy: null;
  faces: number;
  reason: string;
  absent: AbsentValue[];
}

/** One key per attribute, beside what all share. */
export interface HeadsResult {
  [attribute: string]: unknown;
  features: string;
  /** The stored heads; null for 'evaluate'. */
  model: { name: string; hash: string } | null;
  /** Heads are fitted and applied by the processor. */
  device: string;
  seconds: number;
}

const DEFAULT_MINIMUM = 10;

/** The attributes asked for, or all. @throws Fault for a name that is none. */
export function attributesOf(names: readonly string[] | undefined): string[] {
  for (const name of names ?? []) {
    if (!ATTRIBUTE_NAMES.some((known) => known === name))
      throw new Fault(`'${name}' is no attribute; allowed: ${ATTRIBUTE_NAMES.join(', ')}.`);
  }
  return ATTRIBUTE_NAMES.filter((name) => names === undefined || names.length === 0 || names.includes(name));
}

function settingsOf(input: HeadsInput): HeadSettings {
  const settings = { ...DEFAULT_HEAD_SETTINGS, ...input.settings };
  if (!Number.isInteger(settings.folds) || settings.folds < 2 || settings.folds > 50)
    throw new Fault(`${settings.folds} folds are not possible; allowed: 2 to 50.`);
  if (settings.strength !== 'auto' && !(settings.strength > 0 && Number.isFinite(settings.strength)))
    throw new Fault(
      `A strength of ${settings.strength} is not possible; allowed: numbers above 0, or 'auto'.`,
    );
  return settings;
}

/** Trains, evaluates or applies attribute heads: multinomial logistic regressions on features. */
export async function heads(
  project: ProjectStore,
  input: HeadsInput,
  options: JobOptions = {},
): Promise<HeadsResult> {
  if (input.action === 'evaluate') return run(project, input, options);
  return recorded(project, 'heads', input, options, () => run(project, input, options));
}

async function run(project: ProjectStore, input: HeadsInput, options: WorkOptions): Promise<HeadsResult> {
  if (input.action === 'apply') return apply(project, input, options);
  const begun = performance.now();
  const settings = settingsOf(input);
  const names = attributesOf(input.attributes);
  const minimum = Math.max(input.minimum ?? DEFAULT_MINIMUM, settings.folds);
  const rows = featureRows(project, input.features);

  const whole = project.labelTable(rows.faces);
  const attributes = names.map((name) => ({
    name,
    index: attributeIndex(name) ?? -1,
  }));
  const teaching = whole.faces.filter((_, i) => attributes.some(({ index }) => isTrusted(whole, index, i)));
  const table = project.labelTable(teaching);
  const groups = personGroups(project, table, options);
  throwIfCancelled(options.signal);
  const planned = attributes.map(({ name, index }) => {
    const trusted = trustedLabels(table, index, groups);
    const valueNames: readonly string[] = ATTRIBUTES[index].values;
    const plan = planHead(trusted, valueNames, { minimum, folds: settings.folds, seed: settings.seed });
    return { name, valueNames, faces: trusted.rows.length, plan };
  });
  const possible = planned.flatMap((entry) => ('rows' in entry.plan ? [{ ...entry, plan: entry.plan }] : []));
  if (possible.length === 0 || (input.attributes?.length ?? 0) > possible.length) {
    const reasons = planned.flatMap(({ name, plan }) =>
      'reason' in plan ? [`${name}: ${plan.reason}`] : [],
    );
    throw new Fault(`There is too little to learn from. ${reasons.join(' ')}`);
  }

  const matrix = await featureMatrix(project, rows, teaching, options);
  const final = input.action === 'train';
  const trained = await trainHeads(
    matrix,
    possible.map(({ plan }) => plan),
    settings,
    final,
    { ...options, threads: input.threads },
  );

  const reports: Record<string, AttributeReport | AttributeSkipped> = {};
  const manifest: HeadManifest = {
    task: 'head',
    name: `heads:${rows.name}`,
    features: featureSources(rows),
    heads: [],
    settings: { ...settings, minimum },
  };
  const stored: StoredHead[] = [];
  for (const { name, plan, faces, valueNames } of planned) {
    if ('reason' in plan) {
      reports[name] = {
        accuracy: null,
        balancedAccuracy: null,
        faces,
        reason: plan.reason,
        absent: plan.absent,
      };
      continue;
    }
    const { validation, head } = trained[possible.findIndex((entry) => entry.name === name)];
    reports[name] = {
      ...validation.report,
      values: plan.values.map((value) => valueNames[value]),
      folds: plan.folds,
      groups: validation.groups,
      strength: head?.regression.strength ?? null,
      absent: plan.absent,
    };
    if (!head) continue;
    manifest.heads.push({
      attribute: name,
      values: plan.values,
      temperature: head.temperature,
      strength: head.regression.strength,
      normalise: settings.normalise,
      faces: plan.rows.length,
      report: { ...reports[name] },
    });
    stored.push({
      head,
      outOfFold: {
        faces: plan.rows.map((row) => teaching[row]),
        labels: Int8Array.from(plan.labels, (label) => plan.values[label]),
        probabilities: Float32Array.from(
          softmax(validation.outOfFold, plan.values.length, 1 / head.temperature),
        ),
      },
    });
  }
  throwIfCancelled(options.signal);
  const record = final ? storeHeads(project, manifest, stored) : undefined;
  return {
    ...reports,
    features: rows.name,
    model: record ? { name: record.name, hash: record.hash } : null,
    device: 'CPU',
    seconds: (performance.now() - begun) / 1000,
  };
}

async function apply(project: ProjectStore, input: HeadsInput, options: WorkOptions): Promise<HeadsResult> {
  const begun = performance.now();
  const minConfidence = input.minConfidence ?? 0;
  if (!(minConfidence >= 0 && minConfidence <= 1))
    throw new Fault(`A least confidence of ${minConfidence} is not possible; allowed: 0 to 1.`);
  const rows = featureRows(project, input.features);
  const names = attributesOf(input.attributes);
  const applied = await applyHeads(
    project,
    rows,
    names,
    { all: input.all === true, minConfidence, explicit: (input.attributes?.length ?? 0) > 0 },
    options,
  );
  const result: Record<string, AppliedHead> = {};
  for (const head of applied.heads) result[head.attribute] = head;
  return {
    ...result,
    features: rows.name,
    model: applied.model,
    device: 'CPU',
    batches: applied.batches,
    labelled: applied.heads.reduce((sum, head) => sum + head.labelled, 0),
    seconds: (performance.now() - begun) / 1000,
  };
}
