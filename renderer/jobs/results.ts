/** What a job made, in words, and where to look at it. */
export interface JobSummary {
  text: string;
  /** Routes inside the window. */
  links: { title: string; to: string }[];
  /** What went wrong for single faces or files, the first ones. */
  troubles: string[];
}

type Result = Readonly<Record<string, unknown>>;

const count = (n: unknown): string => Math.round(Number(n ?? 0)).toLocaleString('en-US');
const noun = (n: unknown, word: string, plural = `${word}s`): string =>
  `${count(n)} ${Number(n) === 1 ? word : plural}`;
const percent = (share: unknown): string => `${(100 * Number(share)).toFixed(1)} %`;
const list = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
const record = (value: unknown): Result => (value ?? {}) as Result;

const ATTRIBUTES = ['age', 'gender', 'race', 'pitch', 'yaw'];

function converted(result: Result): string {
  if ('manifest' in result)
    return `${result.architecture} with ${(Number(result.parameters) / 1e6).toFixed(2)} M parameters written to '${result.to}'. How faces are prepared is a guess: look at its manifest when you add it.`;
  if ('identities' in result)
    return `${noun(result.pictures, 'picture')} of ${noun(result.identities, 'identity', 'identities')} written to '${result.to}'; ${count(result.rejected)} left out.`;
  return `${noun(result.pairs, 'pair')} of ${noun(result.pictures, 'picture')} written to '${result.to}'.`;
}

const SUMMARIES: Readonly<Record<string, (result: Result) => JobSummary>> = {
  prepare: (result) => ({
    text: `${noun(result.faces, 'face')} prepared: ${
      list(result.steps)
        .filter(({ state, seconds }) => state === 'done' && Number(seconds) > 0)
        .map(({ title, says }) => `${String(title).toLowerCase()} (${String(says).replace(/\.$/, '')})`)
        .join('; ') || 'nothing was left to do'
    }.`,
    links: [
      { title: 'Cohorts', to: '/cohorts' },
      ...(result.clustering
        ? [{ title: 'Clusters', to: `/clusters/${encodeURIComponent(String(result.clustering))}` }]
        : []),
      { title: 'Map', to: '/map' },
    ],
    troubles: [result.missing ?? []].flat().map(String),
  }),
  import: (result) => ({
    text: `${noun(result.added, 'face')} added, ${count(result.changed)} changed, ${count(result.unchanged)} as they were, from '${result.source}'; ${count(result.rejected)} rejected.`,
    links: [{ title: 'Cohorts', to: '/cohorts' }],
    troubles: list(result.rejects).map(
      ({ file, line, sentence }) => `${file}${line === null ? '' : `, line ${line}`}: ${sentence}`,
    ),
  }),
  detect: (result) => ({
    text:
      Number(result.pictures) === 0
        ? `Nothing to look for: ${noun(result.skipped, 'face')} had their points already.`
        : `${count(result.found)} of ${noun(result.faces, 'face')} found in ${noun(result.pictures, 'picture')} by '${result.model}'; ${count(list(result.missed).length)} missed, ${count(result.added)} added.`,
    links: [{ title: 'Annotate', to: '/annotate' }],
    troubles: list(result.missed).map(({ source, path, reason }) => `${source}/${path}: ${reason}`),
  }),
  prelabel: (result) => ({
    text: `${noun(result.faces, 'face')} looked at: ${
      Object.entries(record(result.attributes))
        .filter(([, n]) => Number(n) > 0)
        .map(([attribute, n]) => `${attribute} ${count(n)}`)
        .join(', ') || 'no new labels'
    }.`,
    links: [
      { title: 'Cohorts', to: '/cohorts' },
      { title: 'Annotate', to: '/annotate' },
    ],
    troubles: list(result.rejects).map(({ path, model, reason }) => `${path} (${model}): ${reason}`),
  }),
  embed: (result) => ({
    text: `${noun(result.faces, 'face')} have features in ${[result.features]
      .flat()
      .map((name) => `'${name}'`)
      .join(', ')}; ${count(result.embedded)} embedded now${
      Number(result.embedded) > 0 ? ` at ${count(result.facesPerSecond)} faces/s` : ''
    }, ${count(result.rejected)} could not be.`,
    links: [],
    troubles: list(result.rejects).map(({ path, reason }) => `${path}: ${reason}`),
  }),
  heads: (result) => {
    const attributes = ATTRIBUTES.filter((name) => result[name] !== undefined);
    const said = attributes.map((name) => {
      const report = record(result[name]);
      if ('labelled' in report) return `${name} ${count(report.labelled)} labelled`;
      return report.accuracy === null ? `${name} not learnt` : `${name} ${percent(report.accuracy)} right`;
    });
    return {
      text: `${said.join(', ')}, on '${result.features}'.`,
      links: [{ title: 'Annotate', to: '/annotate' }],
      troubles: attributes.flatMap((name) => {
        const { reason } = record(result[name]);
        return typeof reason === 'string' ? [`${name}: ${reason}`] : [];
      }),
    };
  },
  cluster: (result) => ({
    text: `${noun(result.faces, 'face')} in ${count(result.k)} clusters of ${count(result.smallest)} to ${count(result.largest)}, ${count(result.iterations)} iterations${result.converged === false ? ' (stopped at the limit)' : ''}: '${result.clustering}'.`,
    links: [{ title: 'Clusters', to: `/clusters/${encodeURIComponent(String(result.clustering))}` }],
    troubles: [],
  }),
  score: (result) => ({
    text: `'${result.clustering}' scored over ${noun(result.faces, 'face')}.`,
    links: [{ title: 'Scoreboard', to: '/clusters' }],
    troubles: [],
  }),
  classify: (result) => ({
    text: `${noun(result.faces, 'face')} in ${noun(result.k, 'cluster')} as the network's own classifier assigns them${result.empty === 0 ? '' : `, ${count(result.empty)} of them empty`}: '${result.clustering}'.`,
    links: [{ title: 'Clusters', to: `/clusters/${encodeURIComponent(String(result.clustering))}` }],
    troubles: [],
  }),
  map: (result) => ({
    text: `${noun(result.faces, 'face')} mapped by ${result.method}: '${result.projection}'.`,
    links: [{ title: 'Map', to: '/map' }],
    troubles: [],
  }),
  train: (result) => ({
    text: `'${result.name}' trained on ${noun(result.pictures, 'picture')} of ${noun(result.classes, 'identity', 'identities')}, ${noun(result.epochs, 'epoch')}: loss ${Number(result.loss).toFixed(3)}, ${percent(result.accuracy)} right in the last one, at ${count(result.imagesPerSecond)} images/s.`,
    links: [{ title: 'Curves', to: `/train?run=${result.name}` }],
    troubles: list(result.rejects).map(({ path, reason }) => `${path}: ${reason}`),
  }),
  evaluate: (result) => ({
    text: `'${result.model}' judges ${percent(result.accuracy)} ± ${percent(result.deviation)} of ${noun(result.pairs, 'pair')} rightly (${result.set}): ${noun(result.falseAccepts, 'false accept')}, ${noun(result.falseRejects, 'false reject')}.`,
    links: [{ title: 'Verification', to: `/verification?evaluation=${result.evaluation}` }],
    troubles: [],
  }),
  convert: (result) => ({
    text: converted(result),
    links: 'manifest' in result ? [{ title: 'Models', to: '/models?tab=models' }] : [],
    troubles: list(result.rejects).map(({ what, sentence }) => `${what}: ${sentence}`),
  }),
  export: (result) => ({
    text: `${noun(result.images, 'picture')} of ${noun(result.cohorts, 'cohort')} written; ${noun(list(result.short).length, 'cohort')} fell short.`,
    links: [
      { title: 'Look at it', to: `/export?set=${encodeURIComponent(folderOf(String(result.manifest)))}` },
    ],
    troubles: [],
  }),
};

/** 'a/b' of 'a/b/manifest.json' */
export const folderOf = (path: string): string => path.replace(/[/\\][^/\\]*$/, '');

/** Null for a job without a result, or of a kind that is not known. */
export function summaryOf(kind: string, result: Result | null): JobSummary | null {
  if (result === null) return null;
  return SUMMARIES[kind]?.(result) ?? { text: 'Done.', links: [], troubles: [] };
}

const TITLES: Readonly<Record<string, string>> = {
  import: 'Read in',
  detect: 'Find faces',
  prelabel: 'Pre-label',
  embed: 'Embed',
  heads: 'Attribute heads',
  cluster: 'Cluster',
  classify: 'Clusters of a classifier',
  score: 'Score',
  map: 'Map',
  train: 'Train',
  evaluate: 'Verify',
  convert: 'Convert',
  export: 'Export',
};

/** Jobs that are about a place on the disk: its last part is enough. */
const PLACES = new Set(['import', 'export', 'convert']);

/** 'Embed demo:embedding': the kind and what it is about. */
export function titleOf(kind: string, input: Result): string {
  const about =
    (kind === 'train' ? (input.name ?? input.resume) : undefined) ??
    input.model ??
    input.scores ??
    input.features ??
    input.clustering ??
    input.source ??
    input.out ??
    input.network ??
    input.from ??
    '';
  const text = [about].flat().join(' + ');
  const short = PLACES.has(kind) ? text.replace(/^.*[/\\](?=.)/, '') : text;
  return short === '' ? (TITLES[kind] ?? kind) : `${TITLES[kind] ?? kind} · ${short}`;
}
