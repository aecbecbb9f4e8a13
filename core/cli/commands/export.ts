import { existsSync } from 'node:fs';
import { LAYOUTS, layoutNamed } from '../../exports/layouts/index.ts';
import { subsetSizes } from '../../exports/plan.ts';
import { sentenceOf, UsageFault } from '../../foundation/fault.ts';
import { noun } from '../../foundation/noun.ts';
import { localTime } from '../../foundation/times.ts';
import { type ListedExport, listExports } from '../../jobs/export/listing.ts';
import type { ExportInput, ExportResult } from '../../jobs/export.ts';
import { defaultExportFolder, exportSubset, lookedAtPlan, rebuildExport } from '../../jobs/export.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { addSelectionOptions, selectionOf, wholeOption, wordOption } from '../selection.ts';

const MODES = ['copy', 'link', 'list'] as const;
const SIZES = [10, 20, 50, 100, 200, 500, 1000];

export const command: Command = {
  configure: (command) =>
    void addSelectionOptions(
      command
        .argument('<project>', 'project folder, NAME.visage')
        .option('--per-cohort <N>', 'images per cohort; cohorts with fewer are left out (thesis: 200)')
        .option('--seed <S>', 'the same seed gives the same set', '1')
        .option('--out <DIR>', 'new or empty folder; inside the project when not given')
        .option(
          '--layout <name>',
          LAYOUTS.map(({ name, summary }) => `${name}: ${summary}`).join('; '),
          'visage',
        )
        .option('--images <mode>', 'copy the pictures, link to them, or only list them', 'copy')
        .option(
          '--balance <what>',
          "what is evened out within a cohort: 'sources', 'identities', 'sources,identities' or 'none'",
          'sources,identities',
        )
        .option('--short <rule>', "cohorts with fewer than N: 'leave-out' or 'take-all'", 'leave-out')
        .option('--manifest <FILE>', 'write the set of this manifest again, bit for bit')
        .option('--dry-run', 'say what would be written, and write nothing')
        .option('--list', 'list the exports of the project'),
    ).addHelpText(
      'after',
      `
Examples:
  visage export faces.visage --per-cohort 200 --seed 1 --out sub200
  visage export faces.visage --per-cohort 50 --source UTKFace --trusted --layout imagefolder --out hf
  visage export faces.visage --manifest sub200/manifest.json --out again`,
    ),

  async run([path], options, { signal, onProgress, say }) {
    const looking = options.list === true || options.dryRun === true;
    const project = looking ? Project.open(path, { readOnly: true }) : rememberingProject(path, say);
    try {
      if (options.list === true) {
        const exports = await listExports(project);
        return {
          json: { exports },
          text: exports.length > 0 ? exports.map(listLine) : ['Nothing was exported yet.'],
        };
      }
      if (options.manifest !== undefined) {
        if (typeof options.out !== 'string')
          throw new UsageFault("'--manifest' needs '--out DIR', a new or empty folder.");
        const result = await rebuildExport(
          project,
          { manifest: options.manifest as string, out: options.out },
          { signal, onProgress },
        );
        return { json: { ...result }, text: summaryOf(result) };
      }
      if (options.perCohort === undefined)
        throw new UsageFault("'--per-cohort N' is missing: how many images each cohort gives.");
      const settings = {
        perCohort: wholeOption(options.perCohort, '--per-cohort', 1),
        seed: wholeOption(options.seed, '--seed'),
        balance: balanceOf(String(options.balance)),
        short: wordOption(options.short, '--short', ['leave-out', 'take-all'] as const),
      };
      const selection = selectionOf(project, options);
      if (options.dryRun === true) {
        const mode = wordOption(options.images, '--images', MODES);
        const plan = await lookedAtPlan(project, selection, settings, mode, { signal, onProgress });
        const sizes = subsetSizes(project.cohortCounts(), SIZES);
        return {
          json: {
            images: plan.chosen.length,
            cohorts: plan.cohorts.length,
            short: plan.short,
            passedOver: plan.passedOver,
            sizes,
            manifest: null,
          },
          text: [
            ...shortLines(plan.short),
            ...passedLines(plan.passedOver),
            `${noun(plan.chosen.length, 'image')} of ${noun(plan.cohorts.length, 'cohort')} would be written.`,
            ...sizes.map(
              ({ perCohort, cohorts, images }) =>
                `  Sub${perCohort}: ${noun(cohorts, 'cohort')}, ${noun(images, 'image')} (whole project)`,
            ),
          ],
        };
      }
      const input: ExportInput = {
        ...settings,
        selection,
        layout: layoutNamed(String(options.layout)).name,
        mode: wordOption(options.images, '--images', MODES),
        out:
          typeof options.out === 'string' ? options.out : defaultExportFolder(project, settings, existsSync),
      };
      const result = await exportSubset(project, input, { signal, onProgress });
      return { json: { ...result }, text: summaryOf(result) };
    } finally {
      project.close();
    }
  },
};

/** Open for writing, so that the export is listed wherever it lies; for reading only where another process writes. */
function rememberingProject(path: string, say: (line: string) => void): Project {
  try {
    return Project.open(path, { wait: 0 });
  } catch (thrown) {
    const project = Project.open(path, { readOnly: true });
    say(
      `${sentenceOf(thrown)} The export is written all the same; a folder outside the project is not listed by --list.`,
    );
    return project;
  }
}

function balanceOf(words: string): ExportInput['balance'] {
  const parts = words === 'none' ? [] : words.split(',').map((word) => word.trim());
  for (const part of parts) wordOption(part, '--balance', ['sources', 'identities', 'none'] as const);
  return { sources: parts.includes('sources'), identities: parts.includes('identities') };
}

function listLine({ folder, exists, images, cohorts, time }: ListedExport): string {
  const content =
    images === null
      ? 'its manifest was not read'
      : `${noun(images, 'image')} of ${noun(cohorts ?? 0, 'cohort')}`;
  return `${localTime(time)}  ${folder}  ${content}${exists ? '' : ' (gone)'}`;
}

const SHOWN = 20;

function shortLines(short: ExportResult['short']): string[] {
  if (short.length === 0) return ['Every cohort that has faces has enough of them.'];
  return [
    `${short.length} cohorts fall short:`,
    ...short.slice(0, SHOWN).map(({ code, count, missing }) => `  ${code}  has ${count}, ${missing} missing`),
    ...(short.length > SHOWN ? [`  … and ${short.length - SHOWN} more (see --json)`] : []),
  ];
}

function passedLines(passed: ExportResult['passedOver']): string[] {
  if (passed.length === 0) return [];
  return [
    `${passed.length} ${passed.length === 1 ? 'face was' : 'faces were'} passed over, because their pictures cannot be read:`,
    ...passed
      .slice(0, SHOWN)
      .map(({ source, path, cohort, reason }) => `  ${cohort}  ${source}/${path}: ${reason}`),
    ...(passed.length > SHOWN ? [`  … and ${passed.length - SHOWN} more (see --json, or the manifest)`] : []),
  ];
}

const summaryOf = (result: ExportResult): string[] => [
  ...shortLines(result.short),
  ...passedLines(result.passedOver),
  `${noun(result.images, 'image')} of ${noun(result.cohorts, 'cohort')} written in ${result.seconds.toFixed(1)} s.`,
  `Manifest: ${result.manifest}`,
];
