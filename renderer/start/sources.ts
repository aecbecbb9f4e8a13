import { ATTRIBUTES } from '../../core/contract/attributes.ts';
import type { SourcePreview } from '../../core/contract/procedures/files.ts';

/** One source that is going to be read in: what the user chose, and what the host found. */
export interface SourceDraft {
  path: string;
  /** '' lets the format be recognised. */
  format: string;
  /** Folder of the images; '' lets it be found. */
  images: string;
  /** '' takes the data set's own. */
  name: string;
  /** Labels only. */
  noImages: boolean;
  preview: SourcePreview | null;
  problem: string;
  busy: boolean;
  /** Rows read while it is looked into. */
  read: number;
}

export const newDraft = (path: string): SourceDraft => ({
  ...{ path, format: '', images: '', name: '', noImages: false },
  ...{ preview: null, problem: '', busy: false, read: 0 },
});

/** Input of the import job. */
export function importInput({ path, format, images, name, noImages }: SourceDraft): Record<string, unknown> {
  return {
    source: path,
    ...(format !== '' && { format }),
    ...(images !== '' && { images }),
    ...(name.trim() !== '' && { name: name.trim() }),
    ...(noImages && { noImages }),
  };
}

/** Words of the command that does the same. */
export function importWords(draft: SourceDraft, project: string): string[] {
  const { path, format, images, name, noImages } = draft;
  return [
    ...['import', project, path],
    ...(format === '' ? [] : ['--format', format]),
    ...(images === '' ? [] : ['--images', images]),
    ...(name.trim() === '' ? [] : ['--name', name.trim()]),
    ...(noImages ? ['--no-images'] : []),
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

/** Label of one attribute of a sample face in words; '–' where the set says nothing. */
export const labelWords = (attribute: number, value: number | null): string =>
  value === null ? '–' : ATTRIBUTES[attribute].values[value];

/** Why nothing can be read yet, or ''. Two sources must not get one name. */
export function draftsProblem(drafts: readonly SourceDraft[], taken: readonly string[] = []): string {
  if (drafts.some(({ busy }) => busy)) return 'A source is still being looked into.';
  const broken = drafts.find(({ problem }) => problem !== '');
  if (broken) return `'${broken.path}' cannot be read: choose a format, or remove it.`;
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
