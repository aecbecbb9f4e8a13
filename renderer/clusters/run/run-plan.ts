/** What a user asks for: every feature set with every number of clusters. */
export interface RunSettings {
  features: readonly string[];
  /** As typed: '30, 300, 1000'. */
  ks: string;
  seed: number;
  metric: 'euclidean' | 'cosine';
  device: string;
  /** Put behind every name; '' for none. */
  suffix: string;
}

export interface PlannedRun {
  features: string;
  k: number;
  name: string;
}

/** Whole numbers from 1, ascending and each once, or the sentence that says what is wrong. */
export function parseKs(text: string): { ks: number[] } | { problem: string } {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  if (words.length === 0) return { problem: 'Say how many clusters, for instance 30, 300, 1000.' };
  for (const word of words) {
    if (!/^[1-9]\d{0,6}$/.test(word))
      return {
        problem: `'${word}' is no number of clusters: whole numbers from 1 are, with commas between them.`,
      };
  }
  return { ks: [...new Set(words.map(Number))].sort((a, b) => a - b) };
}

/** The name that the command line would give, and the suffix. */
export function runName(features: string, k: number, { seed, metric, suffix }: RunSettings): string {
  const tail = suffix.trim() === '' ? [] : [suffix.trim()];
  return [features, `k${k}`, `s${seed}`, ...(metric === 'euclidean' ? [] : [metric]), ...tail].join(':');
}

/**
 * All runs of these settings, or why they cannot be run.
 * @param faces faces that would be clustered, per feature set
 */
export function planRuns(
  settings: RunSettings,
  faces: ReadonlyMap<string, number>,
): { runs: PlannedRun[] } | { problem: string } {
  const parsed = parseKs(settings.ks);
  if ('problem' in parsed) return parsed;
  if (settings.features.length === 0) return { problem: 'Choose at least one feature set.' };
  if (!Number.isInteger(settings.seed) || settings.seed < 0)
    return { problem: 'The seed is a whole number from 0.' };
  for (const features of settings.features) {
    const count = faces.get(features) ?? 0;
    const most = parsed.ks[parsed.ks.length - 1];
    if (most > count) {
      return {
        problem: `${count.toLocaleString('en-US')} faces cannot make ${most.toLocaleString('en-US')} clusters of '${features}'.`,
      };
    }
  }
  return {
    runs: settings.features.flatMap((features) =>
      parsed.ks.map((k) => ({ features, k, name: runName(features, k, settings) })),
    ),
  };
}
