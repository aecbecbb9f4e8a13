import { UsageFault } from '../../foundation/fault.ts';
import { type CohortsResult, countCohorts } from '../../jobs/cohorts.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';

const BAR = 30;

const number = (value: number): string => value.toLocaleString('en-US');

function lines({ faces, labelled, present, cohorts, unlabelled, source }: CohortsResult): string[] {
  const where = source === null ? '' : ` of source '${source}'`;
  if (faces === 0) return [`No face${where} yet: read some with 'visage import'.`];
  const largest = Math.max(1, ...cohorts.map(({ count }) => count));
  const digits = number(largest).length;
  const wide = Math.max(0, ...cohorts.map(({ words }) => words.length));
  const missing = Object.entries(unlabelled)
    .map(([attribute, count]) => `${attribute} ${number(count)}`)
    .join(', ');
  return [
    ...cohorts.map(({ code, count, words }) => {
      const bar = '█'.repeat(Math.max(count > 0 ? 1 : 0, Math.round((BAR * count) / largest)));
      return `${code}  ${words.padEnd(wide)}  ${number(count).padStart(digits)}  ${bar}`.trimEnd();
    }),
    `${number(faces)} faces${where}: ${number(labelled)} with all five labels, in ${present} of 270 cohorts.`,
    `Without a label: ${missing}.`,
  ];
}

export const command: Command = {
  configure(command) {
    command
      .argument('<project>', 'folder of the project')
      .option('--source <name>', 'count only faces of this source')
      .option('--min <n>', 'only cohorts with at least n faces', '0')
      .option('--by <what>', "'source': count each source by itself as well")
      .option('--all', 'also cohorts without a face')
      .addHelpText(
        'after',
        `
A cohort's code has a digit per attribute: age, gender, race, pitch, yaw.

Examples:
  visage cohorts faces.visage
  visage cohorts faces.visage --source FairFace --min 200
  visage cohorts faces.visage --by source --json`,
      );
  },

  async run([path], options) {
    const min = Number(options.min);
    if (!Number.isInteger(min) || min < 0)
      throw new UsageFault(`--min '${options.min}' is no whole number from 0.`);
    if (options.by !== undefined && options.by !== 'source') {
      throw new UsageFault(`--by '${options.by}' is not known; allowed: source.`);
    }
    const project = Project.open(path, { readOnly: true });
    try {
      const ask = { min, all: options.all === true };
      const total = await countCohorts(project, { ...ask, source: options.source as string | undefined });
      if (options.by === undefined) return { json: { ...total }, text: lines(total) };
      const chosen = total.source === null ? project.sources().map(({ name }) => name) : [total.source];
      const bySource = await Promise.all(chosen.map((source) => countCohorts(project, { ...ask, source })));
      return {
        json: { ...total, bySource },
        text: [...bySource.flatMap((result) => [...lines(result), '']), ...lines(total).slice(-2)],
      };
    } finally {
      project.close();
    }
  },
};
