import { ATTRIBUTE_NAMES } from '../../attributes/attributes.ts';
import { cohortWords, parseCohortCode } from '../../attributes/cohort.ts';
import { ENTROPY_MEANS } from '../../clusters/metrics/agreement.ts';
import type { Figures, Scored } from '../../clusters/metrics/scoreboard.ts';
import { SCORED } from '../../clusters/metrics/scoreboard.ts';
import type { SimilarityHistogram } from '../../clusters/profiles/centroid-similarity.ts';
import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { meanFaces } from '../../jobs/clusters/mean-faces.ts';
import { centroidHistogram, clusterProfiles, type FullProfile } from '../../jobs/clusters/profiles.ts';
import { DEFAULT_PERMUTATIONS, type ScoreResult, score } from '../../jobs/score.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { wholeOption, wordOption } from '../selection.ts';

export const command: Command = {
  configure: (command) =>
    void command
      .argument('<project>', 'project folder, NAME.visage')
      .option('--clustering <C>', 'which clustering; may be left out where there is only one')
      .option('--source <name>', 'only faces of this source')
      .option('--mean <name>', `mean of entropies in AMI and NMI: ${ENTROPY_MEANS.join(', ')}`, 'arithmetic')
      .option(
        '--permutations <N>',
        'shuffles of the labels that chance levels are the mean of',
        String(DEFAULT_PERMUTATIONS),
      )
      .option('--seed <S>', 'seed of the shuffles', '0')
      .option('--profiles', 'also say what each cluster is about, with exemplars and outliers')
      .option('--mean-faces <DIR>', "also draw each cluster's mean face into this folder")
      .option('--histogram', "also count cosines between the clusters' centroids")
      .option('--list', 'list the scores that were stored, as a table')
      .addHelpText(
        'after',
        `
Purity, AMI, NMI and ARI against the cohort and each attribute (shown × 100; fractions with --json), each beside its
chance level: what the same clusters give when labels are shuffled. A face without a label is left out of that
label's figures. Strict purity counts faces with their cluster's majority label, tolerant ones that share four of
five attributes with it.

Examples:
  visage score faces.visage --clustering mobilefacenet:embedding:k300:s0
  visage score faces.visage --clustering C --source UTKFace --mean max --json
  visage score faces.visage --clustering C --profiles --histogram
  visage score faces.visage --list`,
      ),

  async run([path], options, context) {
    const project = Project.open(path, { readOnly: options.list === true });
    const engine = startEngine();
    try {
      if (options.list === true) return listing(project);
      const clustering = chosenClustering(project, options.clustering);
      const source = options.source as string | undefined;
      const result = await score(
        project,
        engine,
        {
          clustering,
          source,
          mean: wordOption(options.mean, '--mean', ENTROPY_MEANS),
          permutations: wholeOption(options.permutations, '--permutations'),
          seed: wholeOption(options.seed, '--seed'),
        },
        context,
      );
      const profiles =
        options.profiles === true
          ? await clusterProfiles(project, engine, { clustering, source }, context)
          : undefined;
      const drawn =
        typeof options.meanFaces === 'string'
          ? await meanFaces(project, engine, { clustering, out: options.meanFaces }, context)
          : undefined;
      const histogram =
        options.histogram === true
          ? await centroidHistogram(project, engine, clustering, context)
          : undefined;
      return {
        json: {
          ...result,
          ...(profiles && { profiles }),
          ...(drawn && { meanFaces: drawn }),
          ...(histogram && { centroidSimilarity: histogram }),
        },
        text: [
          ...boardLines(result),
          ...(profiles ? ['', ...profileLines(profiles)] : []),
          ...(drawn ? ['', `Mean faces of ${drawn.length} clusters: ${options.meanFaces}`] : []),
          ...(histogram ? ['', ...histogramLines(histogram)] : []),
        ],
      };
    } finally {
      await engine.close();
      project.close();
    }
  },
};

function chosenClustering(project: Project, given: unknown): string {
  if (typeof given === 'string') return given;
  const names = project.clusterings().map(({ name }) => name);
  if (names.length === 1) return names[0];
  throw new UsageFault(
    names.length === 0
      ? 'There is no clustering in this project yet: make one with visage cluster.'
      : `'--clustering C' is missing. Known: ${names.map((name) => `'${name}'`).join(', ')}.`,
  );
}

const hundred = (value: number | null | undefined): string =>
  (value === null || value === undefined ? '–' : (100 * value).toFixed(2)).padStart(8);

/** Rows of figures beside their chance levels, columns for the cohort and each attribute. */
function boardLines(result: ScoreResult): string[] {
  const { chance, labelled } = result;
  const row = (
    name: string,
    pick: (figures: Figures, scored: Scored) => number | null | undefined,
  ): string[] => [
    `${name.padEnd(18)}${SCORED.map((scored) => hundred(pick(result, scored))).join('')}`,
    ...(chance
      ? [`${'  by chance'.padEnd(18)}${SCORED.map((scored) => hundred(pick(chance, scored))).join('')}`]
      : []),
  ];
  return [
    `${result.clustering}: ${result.faces} faces, k = ${result.k}${result.source ? `, source ${result.source}` : ''} (× 100, ${result.mean} mean${chance ? `, chance over ${result.permutations} shuffles` : ''})`,
    `${' '.repeat(18)}${SCORED.map((name) => name.padStart(8)).join('')}`,
    `${'labelled faces'.padEnd(18)}${SCORED.map((name) => String(labelled[name]).padStart(8)).join('')}`,
    ...row('purity', ({ purity }, scored) => (scored === 'cohort' ? purity.strict : purity[scored])),
    ...row('purity, 4 of 5', ({ purity }, scored) => (scored === 'cohort' ? purity.tolerant : undefined)),
    ...row('AMI', ({ ami }, scored) => ami[scored]),
    ...row('NMI', ({ nmi }, scored) => nmi[scored]),
    ...row('ARI', ({ ari }, scored) => ari[scored]),
  ];
}

function profileLines(profiles: readonly FullProfile[]): string[] {
  return [...profiles]
    .sort((a, b) => b.size - a.size)
    .flatMap(({ cluster, size, name, majority, lifts, exemplars }) => [
      `cluster ${cluster}: ${size} faces · ${name}`,
      ...(majority
        ? [
            `    ${(100 * majority.share).toFixed(0)} % ${majority.code} (${cohortWords(parseCohortCode(majority.code))})`,
          ]
        : []),
      `    lift: ${lifts.map(({ attribute, lift, sure }) => `${ATTRIBUTE_NAMES[attribute]} ${lift.toFixed(1)}×${sure ? '' : '?'}`).join(', ') || 'no labels'}; exemplars: ${exemplars
        .slice(0, 5)
        .map(({ face }) => face)
        .join(', ')}`,
    ]);
}

const BAR = 50;

/** Five bins of the stored hundred to a line. */
function histogramLines({ counts, edges, pairs, mean }: SimilarityHistogram): string[] {
  const joined = Array.from({ length: counts.length / 5 }, (_, i) =>
    counts.slice(5 * i, 5 * i + 5).reduce((sum, count) => sum + count, 0),
  );
  const most = Math.max(1, ...joined);
  return [
    `Cosine between centroids: ${pairs} pairs, mean ${mean.toFixed(3)}`,
    ...joined.map(
      (count, i) =>
        `${edges[5 * i].toFixed(1).padStart(5)} … ${edges[5 * i + 5].toFixed(1).padStart(4)} ${'█'.repeat(Math.round((BAR * count) / most)).padEnd(BAR)} ${count}`,
    ),
  ];
}

function listing(project: Project) {
  const scores = project
    .scores()
    .map(({ id, time, result }) => ({ id, time, ...(result as unknown as ScoreResult) }));
  const widest = Math.max(10, ...scores.map(({ clustering }) => clustering.length));
  return {
    json: { scores },
    text:
      scores.length === 0
        ? ['No score was stored yet: visage score PROJECT --clustering C']
        : [
            `${'clustering'.padEnd(widest)}  ${'source'.padEnd(12)}${['k', 'faces', 'strict', 'tolerant', 'AMI', 'chance'].map((word) => word.padStart(10)).join('')}`,
            ...scores.map(
              ({ clustering, source, k, faces, purity, ami, chance }) =>
                `${clustering.padEnd(widest)}  ${(source ?? 'all').padEnd(12)}${[String(k), String(faces), hundred(purity.strict), hundred(purity.tolerant), hundred(ami.cohort), hundred(chance?.purity.strict)].map((word) => word.padStart(10)).join('')}`,
            ),
            "(× 100; 'chance' is that of strict purity)",
          ],
  };
}
