import { readFileSync } from 'node:fs';
import { startEngine } from '../../engine/client.ts';
import { UsageFault } from '../../foundation/fault.ts';
import { ROW_NAMES } from '../../jobs/reproduce/plan.ts';
import { reproduce } from '../../jobs/reproduce.ts';
import { SCALES, type ScaleName } from '../../jobs/train/presets.ts';
import type { Command } from '../command.ts';
import { DEVICES } from '../devices.ts';
import { wholeOption, wordOption } from '../selection.ts';

const EXPERIMENTS = ['table-5.1'] as const;
const SCALE_NAMES = Object.keys(SCALES) as ScaleName[];

const listed = (words: unknown): string[] | undefined =>
  typeof words === 'string' ? words.split(',').map((word) => word.trim()) : undefined;

export const command: Command = {
  configure: (command) =>
    void command
      .argument('<experiment>', EXPERIMENTS.join(', '))
      .option('--scale <S>', SCALE_NAMES.join(', '), 'small')
      .option('--seeds <list>', 'first weights and order, once per seed', '1,2,3')
      .option('--rows <list>', `only these networks: ${ROW_NAMES.join(', ')}`)
      .option('--out <folder>', 'faces, runs and results; started again, it goes on there', 'reproduction')
      .option('--from <data>', 'data set of identities to train on instead of synthetic faces')
      .option(
        '--project <P>',
        'judge the networks on this project too (may be given again); it gets networks and clusterings',
        (path: string, before: string[]) => [...before, path],
        [] as string[],
      )
      .option('--device <D>', DEVICES.join(', '), 'auto')
      .addHelpText(
        'after',
        `
Trains the networks of the thesis's Table 5.1, clusters faces of people that were not trained on, and scores clusters
by purity and AMI beside verification: mean and deviation over seeds, and which of the thesis's orderings hold.
Every network has two stages, so that all see each picture equally often: first without the clusters' loss, then from
there with it, or without for BL, DC and DGC (the network of AS4 and AS5 before their clusters' loss).

${SCALE_NAMES.map((name) => `  ${name.padEnd(8)}${SCALES[name].about}`).join('\n')}

Everything lies in the folder: faces/, runs/ (a folder per network), judged.visage (open it to look at the clusters),
table-5.1.md and table-5.1.json. Stopped or killed, the same words go on with it.

Examples:
  visage reproduce table-5.1 --scale small --out reproduction
  visage reproduce table-5.1 --rows BL,DC,AS5 --seeds 1 --project faces.visage --json
  visage reproduce table-5.1 --scale thesis --from vggface2/ --device cuda`,
      ),

  async run([experiment], options, context) {
    wordOption(experiment, 'the experiment', EXPERIMENTS);
    const seeds = (listed(options.seeds) ?? []).map((seed) => wholeOption(seed, '--seeds'));
    if (new Set(seeds).size < seeds.length) throw new UsageFault('A seed stands twice in --seeds.');
    const engine = startEngine();
    try {
      const result = await reproduce(
        engine,
        {
          folder: options.out as string,
          scale: wordOption(options.scale, '--scale', SCALE_NAMES),
          seeds,
          rows: listed(options.rows),
          from: options.from as string | undefined,
          projects: options.project as string[],
          device: wordOption(options.device, '--device', DEVICES),
        },
        context,
      );
      return {
        json: { ...result },
        text: [readFileSync(result.report, 'utf8'), `Written: ${result.report}`],
      };
    } finally {
      await engine.close();
    }
  },
};
