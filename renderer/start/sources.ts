import { ATTRIBUTES } from '../../core/contract/attributes.ts';
import type { ColumnQuestion, SourcePreview, ValueMapping } from '../../core/contract/procedures/files.ts';

/** What the numbers of a column mean, as the user says. */
export interface Answer {
  /** Name of the option, 'own' for value by value. */
  name: string;
  values: ValueMapping;
  /** The words after '--values' that say the same. */
  words: string;
}

/** One source that is going to be read in: what the user chose, and what the host found. */
export interface SourceDraft {
  path: string;
  /** '' lets the format be recognised. */
  format: string;
  /** Folder of the images; '' lets it be found. */
  images: string;
  /** Encoding of its tables; '' lets it be recognised. */
  encoding: string;
  /** '' takes the data set's own. */
  name: string;
  /** Labels only. */
  noImages: boolean;
  /** A source of its own, although its images are those of one that has moved. */
  another: boolean;
  /** Pictures that differ from their rows in ending or case alone are taken. */
  matchStem: boolean;
  /** Every picture is decoded wholly. */
  check: boolean;
  /** Columns whose numbers can mean several things, answered or not. */
  questions: ColumnQuestion[];
  /** By attribute. */
  answers: Readonly<Record<string, Answer>>;
  preview: SourcePreview | null;
  problem: string;
  busy: boolean;
  /** Rows read while it is looked into. */
  read: number;
}

export const newDraft = (path: string): SourceDraft => ({
  ...{
    path,
    format: '',
    images: '',
    encoding: '',
    name: '',
    noImages: false,
    another: false,
    matchStem: false,
    check: false,
  },
  ...{ questions: [], answers: {} },
  ...{ preview: null, problem: '', busy: false, read: 0 },
});

/** What a draft's answers say of its columns; nothing where nothing was asked. */
export function mappingOf({ answers }: Pick<SourceDraft, 'answers'>): {
  mapping?: { columns: Record<string, string>; values: Record<string, ValueMapping> };
} {
  const values = Object.entries(answers).map(([attribute, answer]) => [attribute, answer.values] as const);
  return values.length === 0 ? {} : { mapping: { columns: {}, values: Object.fromEntries(values) } };
}

/** The questions of a draft after a new look: those that were answered stay, to be answered otherwise. */
export function questionsAfter(
  { questions, answers }: Pick<SourceDraft, 'questions' | 'answers'>,
  open: readonly ColumnQuestion[],
): ColumnQuestion[] {
  const asked = [...questions.filter(({ attribute }) => attribute in answers), ...open];
  return ATTRIBUTES.flatMap(({ name }) => asked.find(({ attribute }) => attribute === name) ?? []);
}

/** An answer value by value; '' for no label. */
export function ownAnswer(
  { attribute, values }: ColumnQuestion,
  meant: Readonly<Record<string, string>>,
): Answer {
  const words = values.map(({ value }) => [value, meant[value] ?? ''] as const);
  return {
    name: 'own',
    values: Object.fromEntries(words),
    words: `${attribute}:${words.map(([value, word]) => `${value}=${word}`).join(',')}`,
  };
}

/** Input of the import job. */
export function importInput(draft: SourceDraft): Record<string, unknown> {
  const { path, format, images, encoding, name, noImages, another } = draft;
  return {
    source: path,
    ...(format !== '' && { format }),
    ...(images !== '' && { images }),
    ...(encoding !== '' && { encoding }),
    ...(name.trim() !== '' && { name: name.trim() }),
    ...(noImages && { noImages }),
    ...(another && { another }),
    ...(!noImages && draft.matchStem && { matchStem: true }),
    ...(!noImages && draft.check && { check: true }),
    ...mappingOf(draft),
  };
}

/** Words of the command that does the same. */
export function importWords(draft: SourceDraft, project: string): string[] {
  const { path, format, images, encoding, name, noImages, another } = draft;
  return [
    ...['import', project, path],
    ...(format === '' ? [] : ['--format', format]),
    ...(images === '' ? [] : ['--images', images]),
    ...(encoding === '' ? [] : ['--encoding', encoding]),
    ...(name.trim() === '' ? [] : ['--name', name.trim()]),
    ...(noImages ? ['--no-images'] : []),
    ...(another ? ['--another'] : []),
    ...(!noImages && draft.matchStem ? ['--match-stem'] : []),
    ...(!noImages && draft.check ? ['--check'] : []),
    ...Object.values(draft.answers).flatMap(({ words }) => ['--values', words]),
  ];
}

const WHAT = ['identity', ...ATTRIBUTES.map(({ name }) => name), 'box', 'points', 'landmarks'];

/** How much of the faces a source says each thing about: name, faces, share 0 … 1. */
export const coverageOf = ({
  says,
  imported,
}: SourcePreview): { what: string; faces: number; share: number }[] =>
  WHAT.map((what) => ({
    what,
    faces: says[what] ?? 0,
    share: imported === 0 ? 0 : (says[what] ?? 0) / imported,
  }));

/** A damaged value that could be read all the same: "'9-Mar' read as '3-9', 12 ×, since a spreadsheet changed it". */
export const repairWords = ({ value, read, count, by }: SourcePreview['repairs'][number]): string =>
  `'${value}' read as '${read}', ${count.toLocaleString('en-US')} ×${by === 'spreadsheet' ? '; a spreadsheet had changed it' : ''}`;

/** True where the letters of a source's tables may have to be said: they were guessed, could not be told, or were said. */
export const asksEncoding = ({ encoding, preview, problem }: SourceDraft): boolean =>
  encoding !== '' || preview?.guessed === true || problem.includes('--encoding');

/** Label of one attribute of a sample face in words; '–' where the set says nothing. */
export const labelWords = (attribute: number, value: number | null): string =>
  value === null ? '–' : ATTRIBUTES[attribute].values[value];

/** True while it is not said whether a draft is a source that has moved. */
export const isAsked = ({ preview, another, name, noImages }: SourceDraft): boolean =>
  preview !== null && preview.moved !== null && !another && !noImages && name.trim() !== preview.moved.source;

/** Why nothing can be read yet, or ''. Two sources must not get one name. */
export function draftsProblem(drafts: readonly SourceDraft[], taken: readonly string[] = []): string {
  if (drafts.some(({ busy }) => busy)) return 'A source is still being looked into.';
  const broken = drafts.find(({ problem }) => problem !== '');
  if (broken) return `'${broken.path}' cannot be read: choose a format, or remove it.`;
  const open = drafts.find(({ preview }) => preview !== null && preview.questions.length > 0);
  if (open?.preview) {
    const [{ column }] = open.preview.questions;
    return `'${open.path}': say what the numbers of the column '${column}' mean.`;
  }
  const moved = drafts.find(isAsked);
  if (moved) return `'${moved.path}': say whether '${moved.preview?.moved?.source}' has moved there.`;
  const empty = drafts.find(({ preview }) => preview?.imported === 0);
  if (empty) return `'${empty.path}' holds no face that could be read.`;
  const names = drafts.map((draft) => draft.name.trim() || (draft.preview?.name ?? ''));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return `Two sources are called '${twice}'; give one of them another name.`;
  const known = names.find((name) => taken.includes(name));
  if (known !== undefined)
    return `The project has a source '${known}' already. Reading it again is fine where it is the same one; else give this one another name.`;
  return '';
}
