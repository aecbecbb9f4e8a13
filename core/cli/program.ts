import { existsSync } from 'node:fs';
import { Command as Commander, CommanderError } from 'commander';
import { Cancelled, Fault, UsageFault } from '../foundation/fault.ts';
import type { Command, CommandContext } from './command.ts';
import { progressPrinter } from './progress.ts';
import { visible } from './visible.ts';
import { wordsOf } from './words.ts';

/** Every command and what it does, in the order of `--help`. Each is one file in commands/. */
export const COMMANDS: Readonly<Record<string, string>> = {
  serve: 'open the window in a browser on this machine',
  demo: 'make a finished demo project of synthetic faces',
  synth: 'draw synthetic faces with exact labels, points and landmarks',
  new: 'make an empty project',
  import: 'read a data set, or labels, into a project',
  prepare: 'from pictures to labels, clusters and a map in one go',
  models: 'add, list and look into the models of a project',
  convert: 'turn checkpoints into ONNX; .rec and .bin into folders and back',
  devices: 'say which devices can run models, and why others cannot',
  detect: 'find faces and their five points',
  prelabel: 'let models say age, gender, race and pose',
  quality: 'judge how good the pictures of faces are: size, sharpness, pose, occlusion',
  embed: 'extract embeddings, pooled layers or routing vectors',
  heads: 'train, evaluate and apply attribute heads on features',
  cluster: 'run k-means over features',
  group: 'find faces of one person among faces without identities',
  score: 'purity and AMI of a clustering, with chance levels',
  nearest: 'list the faces most similar to one',
  routing: "show a face's routing weights beside the mean",
  map: 'project features to two dimensions',
  train: 'train a face network on identities, and go on where it stopped',
  reproduce: "train and judge the networks of the thesis's Table 5.1",
  evaluate: 'judge a network on pairs: accuracy over folds, ROC, TAR at FAR',
  cohorts: 'count faces per cohort',
  label: 'set, undo, redo and trace labels',
  queue: 'list the faces that most need a look',
  agreement: 'compare annotators: per cent, kappa, alpha, and where they differ',
  export: 'write a balanced set that can be rebuilt bit for bit',
  verify: 'check a project or an export',
};

export interface Streams {
  out: { write(text: string): unknown };
  err: { write(text: string): unknown; isTTY?: boolean; columns?: number };
}

async function load(name: string): Promise<Command> {
  const url = new URL(`./commands/${name}.ts`, import.meta.url);
  if (!existsSync(url)) throw new Fault(`The command '${name}' is not in this version.`);
  return ((await import(url.href)) as { command: Command }).command;
}

/**
 * Runs one command line and gives its exit code: 0 success, 1 failed work, 2 wrong use.
 * @param argv the words after 'visage'
 */
export async function runProgram(
  argv: readonly string[],
  streams: Streams,
  signal: AbortSignal,
): Promise<number> {
  const program = new Commander('visage');
  program
    .description('Annotate face cohorts, and look inside face-recognition networks.')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void streams.out.write(text),
      writeErr: (text) => void streams.err.write(text),
    });

  let code = 0;
  // Only the command that is asked for is loaded: `visage cohorts` must not pay for the others' imports.
  const wanted = argv.find((word) => !word.startsWith('-'));
  const help = wanted === 'help' ? argv[argv.indexOf('help') + 1] : undefined;
  try {
    for (const [name, summary] of Object.entries(COMMANDS)) {
      const sub = program.command(name).description(summary).exitOverride();
      sub.option('--json', 'print one JSON object as the last line of stdout');
      sub.option('--progress', 'show progress although stderr is not a terminal');
      if (name !== wanted && name !== help) continue;
      const command = await load(name);
      command.configure(sub);
      sub.action(async () => {
        const options = sub.opts<Record<string, unknown>>();
        const show = streams.err.isTTY === true || options.progress === true;
        const printer = progressPrinter(streams.err, streams.err.isTTY === true);
        const context: CommandContext = {
          json: options.json === true,
          signal,
          onProgress: show ? printer.onProgress : () => {},
          say: (line) => {
            printer.end();
            streams.err.write(`${line}\n`);
          },
        };
        let outcome: Awaited<ReturnType<Command['run']>>;
        try {
          outcome = await command.run(sub.args, options, context);
        } finally {
          printer.end();
        }
        if (context.json) streams.out.write(`${JSON.stringify(outcome.json)}\n`);
        else for (const line of outcome.text) streams.out.write(`${visible(line)}\n`);
        if (outcome.failed) code = 1;
      });
    }
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    if (thrown instanceof Cancelled) {
      streams.err.write('Cancelled. What was finished is kept.\n');
      return 1;
    }
    streams.err.write(`${visible(await wordsOf(thrown, argv))}\n`);
    return thrown instanceof UsageFault ? 2 : 1;
  }
}
