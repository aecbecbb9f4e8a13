import { startEngine } from '../../engine/client.ts';
import { DEMO_DEFAULTS, type DemoResult, demo, demoFolder } from '../../jobs/demo.ts';
import type { Command } from '../command.ts';
import { wholeOption } from '../selection.ts';

export const command: Command = {
  configure: (command) =>
    void command
      .argument('[folder]', `where pictures, project and export go (default: ${demoFolder()})`)
      .option('--faces <N>', 'synthetic faces', String(DEMO_DEFAULTS.faces))
      .option('--identities <N>', 'people that they are of', String(DEMO_DEFAULTS.identities))
      .option('--seed <S>', 'the same seed gives the same demo', String(DEMO_DEFAULTS.seed))
      .option('--again', 'remove an earlier demo in that folder and make it anew')
      .addHelpText(
        'after',
        `
Draws synthetic faces and adds the three small networks that come with the program, trained on other synthetic people:
CondFace, DC and BL of the thesis. Extracts their embeddings, pooled layers and routing vectors; clusters, scores and
maps them; verifies each on pairs of the demo's people; trains attribute heads, and exports a balanced set.
A demo that was interrupted goes on where it stopped; a finished one is only reported.

Examples:
  visage demo
  visage demo /tmp/demo --faces 600 --identities 60`,
      ),

  async run([folder], options, { signal, onProgress }) {
    const engine = startEngine();
    try {
      const result = await demo(
        engine,
        {
          folder,
          faces: wholeOption(options.faces, '--faces', 1),
          identities: wholeOption(options.identities, '--identities', 1),
          seed: wholeOption(options.seed, '--seed'),
          again: options.again === true,
        },
        { signal, onProgress },
      );
      return { json: { ...result }, text: report(result) };
    } finally {
      await engine.close();
    }
  },
};

const percent = (share: number | null | undefined): string =>
  (share == null ? '–' : (100 * share).toFixed(1)).padStart(5);

function report(result: DemoResult): string[] {
  const { project, faces, identities, cohorts, scores, verification, steps } = result;
  const made = steps.filter((step) => step.made);
  return [
    `The demo project is ${made.length > 2 ? `made (${result.seconds.toFixed(0)} s)` : 'there'}: ${project}`,
    `${faces.toLocaleString('en-US')} synthetic faces of ${identities} people, ${cohorts} of 270 cohorts.`,
    `Features: ${result.features.map(({ name, dimensions }) => `${name} (${dimensions})`).join(', ')}`,
    '',
    'Clusters against the cohort labels, × 100 (chance in brackets):',
    '  clustering              purity strict     tolerant          AMI cohort',
    ...scores.map(
      ({ clustering, purity, ami, chance }) =>
        `  ${clustering.padEnd(22)}${percent(purity.strict)} (${percent(chance?.purity.strict)})  ${percent(purity.tolerant)} (${percent(chance?.purity.tolerant)})  ${percent(ami.cohort)} (${percent(chance?.ami.cohort)})`,
    ),
    '',
    'Verification of people that the networks were not trained on, accuracy over folds:',
    ...verification.map(
      ({ model, pairs, accuracy, deviation, auc }) =>
        `  ${model.padEnd(14)}${percent(accuracy)} ± ${(100 * deviation).toFixed(1)} %, AUC ${auc.toFixed(4)}, ${pairs.toLocaleString('en-US')} pairs`,
    ),
    '',
    'Attribute heads on the pooled layers, cross-validated by person (always the commonest value, in brackets):',
    ...Object.entries(result.heads).map(
      ([name, { accuracy, balancedAccuracy, baseline }]) =>
        `  ${name.padEnd(8)} accuracy ${percent(accuracy)} (${percent(baseline)})   balanced ${percent(balancedAccuracy)}`,
    ),
    '',
    `A balanced set of ${result.images} images: ${result.export}`,
    '',
    'Look further:',
    `  npm run -s visage -- cohorts ${project}`,
    `  npm run -s visage -- queue ${project} --by errors`,
    `  npm run -s visage -- score ${project} --clustering '${scores[0].clustering}' --profiles`,
    '  npm run -s visage -- --help',
  ];
}
