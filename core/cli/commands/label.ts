import { userInfo } from 'node:os';
import { ATTRIBUTES } from '../../attributes/attributes.ts';
import { parseAttribute, parseValue } from '../../attributes/words.ts';
import { Fault, sentenceOf, UsageFault } from '../../foundation/fault.ts';
import { localTime } from '../../foundation/times.ts';
import { labelFaces } from '../../jobs/label.ts';
import { Project } from '../../project/project.ts';
import type { Batch, LabelEvent } from '../../project/types.ts';
import type { Command, CommandContext, Outcome } from '../command.ts';
import { addSelectionOptions, selectionOf } from '../selection.ts';

type Options = Readonly<Record<string, unknown>>;

const ACTIONS = ['set', 'bulk', 'undo', 'redo', 'history', 'batches'] as const;
type Action = (typeof ACTIONS)[number];

function wholeNumber(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw new UsageFault(`'${text}' is no ${what}: a whole number is expected.`);
  return Number(text);
}

/** Turns an error in what was typed into wrong use of the command. */
function typed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (thrown) {
    throw new UsageFault(sentenceOf(thrown));
  }
}

/** The values of --age … --yaw and --set. */
function valuesOf(options: Options): (number | undefined)[] {
  const values: (number | undefined)[] = ATTRIBUTES.map(({ name }, a) => {
    const text = options[name];
    return text === undefined ? undefined : typed(() => parseValue(a, String(text)));
  });
  for (const text of (options.set as string[] | undefined) ?? []) {
    const at = text.indexOf('=');
    if (at < 0) throw new UsageFault(`'--set ${text}' has no '='; it reads like '--set race=2'.`);
    const attribute = typed(() => parseAttribute(text.slice(0, at)));
    values[attribute] = typed(() => parseValue(attribute, text.slice(at + 1)));
  }
  if (values.every((value) => value === undefined)) {
    throw new UsageFault('No label was given: add --age, --gender, --race, --pitch, --yaw or --set.');
  }
  return values;
}

function valueWord(attribute: number, value: number): string {
  return value < 0 ? 'unknown' : ATTRIBUTES[attribute].values[value];
}

function eventLine({
  id,
  attribute,
  value,
  origin,
  agent,
  confidence,
  batch,
  time,
  retracts,
}: LabelEvent): string {
  const said =
    retracts === null
      ? `${ATTRIBUTES[attribute].name} ${valueWord(attribute, value)}`
      : `takes back event ${retracts}`;
  const certain = confidence === null ? '' : ` (${confidence.toFixed(2)})`;
  return `${localTime(time)}  event ${id}, batch ${batch}  ${said}${certain}  ${origin}: ${agent}`;
}

function batchLine({ id, kind, description, origin, agent, time, events, undone }: Batch): string {
  return `${id}  ${localTime(time)}  ${kind}  ${description}  (${events} events, ${origin}: ${agent})${undone ? '  undone' : ''}`;
}

/** The batch of one annotator that undo or redo comes to. @throws Fault naming the other annotator's that would be next */
function ownStep(project: Project, action: 'undo' | 'redo', by: string, path: string): number {
  const own = project.latestStep(action, { by });
  if (own) return own.id;
  const other = project.latestStep(action);
  const nothing =
    action === 'undo'
      ? `No labels by '${by}' are left to undo.`
      : `'${by}' has undone nothing that could be redone.`;
  if (!other) throw new Fault(nothing);
  throw new Fault(
    `${nothing} The latest by anybody is batch ${other.id} by '${other.agent}' (${other.description}): 'visage label ${path} ${action} ${other.id}' takes it, or --by says another name.`,
  );
}

const step = (batch: Batch): Outcome => ({
  json: { batch: batch.id, target: batch.target, events: batch.events },
  text: [`${batch.description[0].toUpperCase()}${batch.description.slice(1)} (${batch.events} labels).`],
});

async function write(
  project: Project,
  action: 'set' | 'bulk',
  rest: readonly string[],
  options: Options,
  { signal }: CommandContext,
): Promise<Outcome> {
  const values = valuesOf(options);
  const selection = selectionOf(project, options);
  const chosen = Object.keys(selection).length > 0;
  if (action === 'set') {
    if (rest.length === 0) throw new UsageFault("No face was named: 'set' takes the numbers of faces.");
    if (chosen) throw new UsageFault("--source, --cohort and --where belong to 'bulk'; 'set' takes faces.");
    selection.faces = Int32Array.from(rest, (text) => wholeNumber(text, 'face'));
  } else {
    if (rest.length > 0)
      throw new UsageFault(`'bulk' takes no faces, but '${rest[0]}' was given; use 'set'.`);
    if (!chosen) {
      throw new UsageFault(
        "'bulk' needs --source, --cohort or --where, so that it cannot label all faces by mistake.",
      );
    }
  }
  const by = annotator(options);
  const dryRun = options.dryRun === true;
  const result = await labelFaces(
    project,
    { selection, values, by, kind: action === 'set' ? 'label' : 'bulk', dryRun },
    { signal },
  );
  const { batch, faces, changed } = result;
  const wrote = dryRun ? `Would label ${faces} faces` : `Labelled ${faces} faces`;
  const text =
    faces === 0
      ? 'No face is like that: nothing was written.'
      : `${wrote}; ${changed} ${dryRun ? 'would change' : 'changed'}.${batch === null ? '' : ` Batch ${batch}.`}`;
  return { json: { ...result, dryRun }, text: [text] };
}

function annotator(options: Options): string {
  return options.by === undefined ? userInfo().username : String(options.by);
}

export const command: Command = {
  configure(command) {
    command
      .argument('<project>', 'folder of the project')
      .argument('<action>', ACTIONS.join(', '))
      .argument('[number...]', 'set: faces · history: a face · undo, redo: a batch');
    for (const { name, values } of ATTRIBUTES) {
      command.option(`--${name} <value>`, values.map((word, value) => `${value} ${word}`).join(', '));
    }
    addSelectionOptions(command);
    command
      .option(
        '--set <attribute=value>',
        'the same as --ATTRIBUTE VALUE (may be repeated)',
        (value, before: string[] = []) => [...before, value],
      )
      .option('--by <name>', 'annotator; default: your user name')
      .option('--dry-run', 'bulk: only say how many faces it would label')
      .option('--limit <n>', 'batches: how many of the latest', '20')
      .addHelpText(
        'after',
        `
Values are digits or words; 'unknown' takes a label away. Every set and bulk is one step that undo takes back,
today or next year. Without a number, undo takes back the latest standing step of --by (your user name), and redo
brings back what --by has undone last; another person's steps take their number.

Examples:
  visage label faces.visage set 12 13 --age 20-49 --gender male
  visage label faces.visage bulk --source LFW --where age=unknown --set age=1 --dry-run
  visage label faces.visage undo
  visage label faces.visage redo 7
  visage label faces.visage history 12
  visage label faces.visage batches --limit 5`,
      );
  },

  async run([path, word, ...rest], options, context) {
    const action = word as Action;
    if (!ACTIONS.includes(action)) {
      throw new UsageFault(
        `'${word}' is nothing that can be done with labels; allowed: ${ACTIONS.join(', ')}.`,
      );
    }
    const project = Project.open(path, { readOnly: action === 'history' || action === 'batches' });
    try {
      switch (action) {
        case 'set':
        case 'bulk':
          return await write(project, action, rest, options, context);
        case 'undo':
        case 'redo': {
          if (rest.length > 1) throw new UsageFault(`'${action}' takes one batch, not ${rest.length}.`);
          const by = annotator(options);
          const batch =
            rest.length === 0 ? ownStep(project, action, by, path) : wholeNumber(rest[0], 'batch');
          return step(project[action](batch, by));
        }
        case 'history': {
          if (rest.length !== 1) throw new UsageFault("'history' takes the number of one face.");
          const face = project.face(wholeNumber(rest[0], 'face'));
          const events = project.history(face.id);
          const now = face.labels
            .map((value, a) => `${ATTRIBUTES[a].name} ${valueWord(a, value)}`)
            .join(', ');
          return {
            json: { face: face.id, path: face.path, labels: face.labels, events },
            text: [`Face ${face.id}, ${face.path}: ${now}.`, ...events.map(eventLine)],
          };
        }
        case 'batches': {
          const batches = project.batches(wholeNumber(String(options.limit), 'limit'));
          return {
            json: { batches },
            text: batches.length > 0 ? batches.map(batchLine) : ['Nothing was labelled yet.'],
          };
        }
      }
    } finally {
      project.close();
    }
  },
};
