import { existsSync } from 'node:fs';
import { ATTRIBUTES } from '../../attributes/attributes.ts';
import { questionText } from '../../datasets/census.ts';
import { parseColumns, parseValues } from '../../datasets/columns.ts';
import { READERS } from '../../datasets/formats.ts';
import type { SourcePreview } from '../../datasets/inspect.ts';
import type { ColumnMapping } from '../../datasets/reader.ts';
import { type Reject, rejectSentence } from '../../datasets/report.ts';
import { csvTable } from '../../foundation/tables/written.ts';
import { writeWhole } from '../../foundation/whole.ts';
import { movedSentence } from '../../jobs/import/moved.ts';
import {
  type ImportInput,
  type ImportPreview,
  type ImportResult,
  importSource,
  previewImport,
} from '../../jobs/import.ts';
import { databaseFile } from '../../project/folder.ts';
import { Project } from '../../project/project.ts';
import type { NewFace } from '../../project/types.ts';
import type { Command } from '../command.ts';

const HELP = `
Formats (recognised when --format is absent):
${READERS.map(({ format, title, looksFor }) => `  ${format.padEnd(11)}${title}: ${looksFor}`).join('\n')}

Examples:
  visage import P.visage fairface_label_train.csv --images /data/fairface
  visage import P.visage /data/UTKFace
  visage import P.visage list.csv --columns file=path,age=Age,gender=Sex --values gender:1=male,2=female
  visage import P.visage /data/CelebA --format celeba --dry-run
  visage import P.visage sub200
  visage import P.visage list.csv --values age:years --values yaw:codes

Numbers that can mean several things (0, 1, 2 in a column 'yaw': degrees or codes?) are never guessed: the import stops
and says which --values there are.`;

const count = (value: number): string => value.toLocaleString('en-US');

/** Rejects printed for people; the rest is counted. */
const SHOWN = 20;

function listed(rejects: readonly Reject[]): string[] {
  const lines = rejects.slice(0, SHOWN).map((reject) => `  ${rejectSentence(reject)}`);
  if (rejects.length > SHOWN) {
    lines.push(`  … and ${count(rejects.length - SHOWN)} more; --rejects FILE writes all of them.`);
  }
  return lines;
}

function rowLines(read: ImportResult | SourcePreview): string[] {
  const lines = [
    `${count(read.rows)} rows read: ${count(read.imported)} faces, ${count(read.rejected)} rejected, ${count(read.repaired)} repaired.`,
    ...read.repairs
      .slice(0, SHOWN)
      .map(
        ({ value, read: meant, count: times, first, by }) =>
          `  repaired: '${value}' read as '${meant}', ${count(times)} × (first: ${first})${by === 'spreadsheet' ? '; a spreadsheet had changed it' : ''}`,
      ),
  ];
  if (read.repairs.length > SHOWN)
    lines.push(`  … and ${count(read.repairs.length - SHOWN)} more spellings.`);
  if (read.rejects.length > 0) lines.push('Rejected:', ...listed(read.rejects));
  return [...lines, ...read.notes];
}

function importLines(result: ImportResult): string[] {
  const { images, duplicates } = result;
  const lines = [
    `'${result.source}' was read as ${result.format}, because ${result.why}.`,
    ...rowLines(result),
    `${count(result.added)} faces added, ${count(result.changed)} changed, ${count(result.unchanged)} as they were; ${count(result.events)} label events.`,
  ];
  if (images) {
    lines.push(
      `Images in '${result.root}': ${count(images.ok)} of ${count(images.total)} readable, ${count(images.missing)} missing, ${count(images.unreadable)} unreadable, ${count(images.moved)} at another place than their rows say.`,
      ...(images.changed > 0
        ? [
            `${count(images.changed)} hold something else than was said or known of them; the labels were taken by their paths.`,
          ]
        : []),
      ...images.problems.slice(0, SHOWN).map(({ path, problem }) => `  ${path}: ${problem}`),
    );
    if (images.problems.length > SHOWN) lines.push(`  … and ${count(images.problems.length - SHOWN)} more.`);
  }
  if (duplicates.length > 0) {
    lines.push(`${count(duplicates.length)} groups of equal images:`);
    lines.push(...duplicates.slice(0, SHOWN).map((group) => `  ${group.join(' = ')}`));
    if (duplicates.length > SHOWN) lines.push(`  … and ${count(duplicates.length - SHOWN)} more.`);
  }
  lines.push(`${count(result.faces)} faces in the project; ${result.seconds.toFixed(1)} s.`);
  return lines;
}

function sampleLine(face: NewFace): string {
  const words = ATTRIBUTES.flatMap(({ name, values }, a) => {
    const value = face.labels?.[a];
    return value === undefined ? [] : [`${name} ${values[value]}`];
  });
  const who = face.identity === undefined ? [] : [`identity ${face.identity}`];
  return `  ${face.path}: ${[...who, ...words].join(', ') || 'no labels'}`;
}

function previewLines(preview: ImportPreview): string[] {
  const says = Object.entries(preview.says).filter(([, faces]) => faces > 0);
  return [
    `'${preview.path}' would be read as ${preview.format} ('${preview.name}'), because ${preview.why}.`,
    ...preview.others.map((other) => `It could also be read as ${other.format}: it holds ${other.why}.`),
    ...rowLines(preview),
    says.length === 0
      ? 'The set says nothing about its faces.'
      : `The set says: ${says.map(([part, faces]) => `${part} of ${count(faces)}`).join(', ')}.`,
    preview.root === null ? 'No images were found beside the labels.' : `Images: '${preview.root}'.`,
    'The first faces:',
    ...preview.sample.map(sampleLine),
    ...preview.questions.map(questionText),
    ...(preview.moved ? [movedSentence(preview.moved, preview.root ?? '', preview.format)] : []),
    'Nothing was written (--dry-run).',
  ];
}

function writeRejects(path: string, rejects: readonly Reject[]): void {
  const rows = rejects.map(({ file, line, value, sentence }) => [file, line, value, sentence]);
  writeWhole(path, csvTable(['file', 'line', 'value', 'problem'], rows));
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function mappingOf(options: Readonly<Record<string, unknown>>): ColumnMapping | undefined {
  const columns = text(options.columns);
  const values = (options.values as string[] | undefined) ?? [];
  if (columns === undefined && values.length === 0) return undefined;
  return {
    columns: columns === undefined ? {} : parseColumns(columns),
    values: Object.fromEntries(values.map(parseValues)),
  };
}

export const command: Command = {
  configure(command) {
    command
      .argument('<project>', 'project folder (NAME.visage)')
      .argument('<source>', 'folder of images, or label file')
      .option('--format <format>', 'read it as this format')
      .option('--images <folder>', 'folder of the images, for label files')
      .option('--name <name>', 'name of the source in the project')
      .option(
        '--columns <mapping>',
        'for any csv: FIELD=COLUMN,… with file, identity, age, gender, race, pitch, yaw, …',
      )
      .option(
        '--values <mapping>',
        'for any csv: ATTRIBUTE:RAW=VALUE,… or ATTRIBUTE:codes, years, degrees, radians, …; may be repeated',
        (value: string, before: string[] = []) => [...before, value],
      )
      .option(
        '--encoding <name>',
        'letters of a table that is not UTF-8: windows-1250, shift_jis, gb18030, … (default: recognised, else Windows-1252, which is said)',
      )
      .option('--rejects <file>', 'write every rejected row to this csv')
      .option('--no-images', 'labels only: neither search nor open images')
      .option('--another', 'a source of its own, although its images are those of one that has moved')
      .option(
        '--match-stem',
        'take pictures that differ from their rows in ending or case alone (1.JPG, 1.png)',
      )
      .option('--check', 'decode every picture wholly, so that damage in its middle is found now')
      .option('--dry-run', 'say what would be read, and write nothing')
      .addHelpText('after', HELP);
  },
  async run([path, source], options, context) {
    const mapping = mappingOf(options);
    const images = text(options.images);
    const input: ImportInput = {
      source,
      ...(text(options.format) !== undefined && { format: text(options.format) }),
      ...(text(options.name) !== undefined && { name: text(options.name) }),
      ...(images !== undefined && { images }),
      ...(text(options.encoding) !== undefined && { encoding: text(options.encoding) }),
      ...(mapping && { mapping }),
      noImages: options.images === false,
      another: options.another === true,
      ...(options.matchStem === true && { matchStem: true }),
      ...(options.check === true && { check: true }),
    };
    const rejects = text(options.rejects);
    if (options.dryRun === true) {
      const project = existsSync(databaseFile(path)) ? Project.open(path, { readOnly: true }) : undefined;
      const preview = await previewImport(project, input, context).finally(() => project?.close());
      if (rejects !== undefined) writeRejects(rejects, preview.rejects);
      return {
        json: { dryRun: true, ...preview },
        text: previewLines(preview),
        // The run would stop at what is asked.
        failed: preview.questions.length > 0 || preview.moved !== null,
      };
    }
    const project = Project.open(path);
    try {
      const result = await importSource(project, input, context);
      if (rejects !== undefined) writeRejects(rejects, result.rejects);
      return {
        json: { ...result },
        text: importLines(result),
        // Rows were there and not one could be read: that is no success.
        failed: result.rows > 0 && result.imported === 0,
      };
    } finally {
      project.close();
    }
  },
};
