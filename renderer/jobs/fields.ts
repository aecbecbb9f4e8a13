/**
 * What a job can be told, as data: the forms of the window and the command lines that they show come from here. A new
 * kind of job is one more entry.
 */
export type FieldKind =
  /** A model of the project; `of` limits it to tasks. */
  | { type: 'model'; of?: readonly string[] }
  /** `each`: one job for each of those chosen. */
  | { type: 'models'; of?: readonly string[]; each?: boolean }
  /** `tap` limits it to sets of that tap. */
  | { type: 'features'; tap?: string }
  | { type: 'features-list' }
  | { type: 'clustering' }
  | { type: 'source' }
  | { type: 'taps' }
  | { type: 'attributes' }
  | { type: 'device' }
  | { type: 'text' }
  /** A place on the disk; picked from it, or typed. */
  | { type: 'path'; picks: 'file' | 'folder' | 'source' }
  /** `off`: on unless said; the command says that it is off ('--no-name'). */
  | { type: 'flag'; off?: boolean }
  | { type: 'number'; low?: number; high?: number; whole?: boolean }
  /** Numbers with commas between them. */
  | { type: 'numbers'; low?: number }
  | { type: 'choice'; of: readonly { value: string; title: string }[] };

/** True while another field has this value. */
export interface When {
  field: string;
  is: unknown;
}

export interface Field {
  /** Name in the job's input. */
  name: string;
  title: string;
  /** One line of help. */
  help?: string;
  kind: FieldKind;
  /** What the form begins with; the command leaves it out where it is the same. */
  initial?: unknown;
  required?: boolean;
  /** Option of the command; absent: '--name-of-the-field'. Null: a word without option (the action of 'heads'). */
  option?: string | null;
  /** Words of the command where they are not the option and the value. */
  words?(value: unknown): readonly string[];
  /** Shown and said only then. */
  when?: When;
  /** Shown only under 'More'. */
  more?: boolean;
  /** Heading that it stands under, where a form has many. */
  group?: string;
}

export interface JobForm {
  kind: string;
  title: string;
  /** Its command, where that has another name. */
  command?: string;
  /** What it does, in the user's words. */
  says: string;
  fields: readonly Field[];
  /** Whether (or when) the job can be limited to the filter or the selection. */
  selectable: boolean | When;
  /** How its command names the project: by its first word, by '--project', or not at all. */
  project?: 'word' | 'option' | 'none';
}

export const device: Field = { name: 'device', title: 'Device', kind: { type: 'device' }, initial: 'auto' };
export const again = (help: string): Field => ({
  name: 'again',
  title: 'Again',
  help,
  kind: { type: 'flag' },
});
export const share = (name: string, title: string, option: string, help: string): Field => ({
  ...{ name, title, option, help, more: true },
  kind: { type: 'number', low: 0, high: 1 },
});
export const choice = (...values: string[]): FieldKind => ({
  type: 'choice',
  of: values.map((value) => ({ value, title: value })),
});
export const seed: Field = {
  ...{ name: 'seed', title: 'Seed', initial: 0 },
  kind: { type: 'number', low: 0, whole: true },
};
export const name: Field = {
  ...{ name: 'name', title: 'Name', more: true, kind: { type: 'text' } },
  help: 'Left empty, it is named after what it is made of.',
};
