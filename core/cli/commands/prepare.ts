import { startEngine } from '../../engine/client.ts';
import { type PlannedStep, PREPARE_STEPS, type PreparePlan, preparePlan } from '../../jobs/prepare/plan.ts';
import { type PrepareResult, prepare } from '../../jobs/prepare.ts';
import { Project } from '../../project/project.ts';
import type { Command } from '../command.ts';
import { deviceOf, deviceOption, engineOption } from '../devices.ts';
import { wholeOption, wordOption } from '../selection.ts';

/** '40 s', '3 min', '2 h' */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function planLine({ title, uses, adds, state, reason, faces, seconds }: PlannedStep): string {
  if (state !== 'to do') return `  ${title}: ${state}. ${reason}`;
  const with_ = uses.map((name) => (adds.includes(name) ? `${name} (comes with Visage)` : name)).join(', ');
  return `  ${title}: ${faces.toLocaleString('en-US')} faces by ${with_}, about ${duration(seconds ?? 0)}`;
}

function planText({ faces, steps, seconds }: PreparePlan): string[] {
  return [
    `${faces.toLocaleString('en-US')} faces; about ${duration(seconds)} in all.`,
    ...steps.map(planLine),
  ];
}

function resultText({ faces, steps, added, seconds }: PrepareResult): string[] {
  return [
    ...steps.map(({ title, state, says }) => `${title}: ${state}. ${says}`),
    ...(added.length > 0 ? [`Networks added: ${added.join(', ')} (they come with Visage).`] : []),
    `${faces.toLocaleString('en-US')} faces, ${duration(seconds)}.`,
  ];
}

export const command: Command = {
  configure: (command) =>
    void command
      .argument('<project>', 'project folder, NAME.visage')
      .option('--plan', 'only show what would be done, with which networks, in what time')
      .option(
        '--detector <M>',
        "network that finds faces (default: the project's, else one that comes with Visage)",
      )
      .option('--landmarks <M>', "network for the 68 landmarks, or 'none'")
      .option('--embedding <M>', 'network that the features are of')
      .option('--k <N>', 'clusters (default: one for ten faces, at most 30)')
      .option('--without <step...>', `leave out steps: ${PREPARE_STEPS.join(', ')}`)
      .option('--one-face', 'one face per picture in plain folders of photographs too')
      .addOption(deviceOption())
      .addOption(engineOption())
      .addHelpText(
        'after',
        `
Finds faces and landmarks, says pose, age and gender (and race, where a network or your own labels can), extracts features,
clusters, scores and maps. Stopped or started again, only what is new is done. Nothing is downloaded.

Examples:
  visage prepare photos.visage --plan
  visage prepare photos.visage
  visage prepare photos.visage --embedding arcface-r50 --k 100 --json`,
      ),

  async run([path], options, context) {
    const given = (name: string): string | undefined => options[name] as string | undefined;
    const { device, engine: by } = deviceOf(options);
    const input = {
      ...{ detector: given('detector'), landmarks: given('landmarks'), embedding: given('embedding') },
      k: given('k') === undefined ? undefined : wholeOption(given('k'), '--k', 2),
      without: (options.without as string[] | undefined)?.map((step) =>
        wordOption(step, '--without', PREPARE_STEPS),
      ),
      ...{ oneFace: options.oneFace === true, device },
    };
    const project = Project.open(path, { readOnly: options.plan === true });
    try {
      if (options.plan === true) {
        const plan = preparePlan(project, input);
        return { json: { ...plan }, text: planText(plan) };
      }
      const engine = startEngine({ engine: by });
      try {
        const result = await prepare(project, engine, input, context);
        return { json: { ...result }, text: resultText(result) };
      } finally {
        await engine.close();
      }
    } finally {
      project.close();
    }
  },
};
