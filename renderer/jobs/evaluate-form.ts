import { device, type JobForm, seed, type When } from './fields.ts';

const own: When = { field: 'from', is: 'draw' };
const listed: When = { field: 'from', is: 'set' };

/** Judging networks on pairs. */
export const EVALUATE_FORM: JobForm = {
  kind: 'evaluate',
  title: 'Verify',
  says: 'Judges networks on pairs of faces: is it one person or two? Accuracy over folds, ROC, TAR at FAR.',
  project: 'option',
  selectable: own,
  fields: [
    {
      ...{ name: 'model', title: 'Networks', required: true },
      kind: { type: 'models', of: ['embedding', 'other'], each: true },
      help: 'One job for each.',
    },
    {
      ...{ name: 'from', title: 'Pairs', initial: 'draw', required: true },
      kind: {
        type: 'choice',
        of: [
          { value: 'draw', title: 'drawn from this project’s identities' },
          { value: 'set', title: 'of a set on the disk' },
        ],
      },
      words: (value) => (value === 'draw' ? ['--draw'] : []),
    },
    {
      ...{ name: 'count', title: 'Pairs of each kind', when: own },
      kind: { type: 'number', low: 1, whole: true },
      help: 'So many of one person, and as many of two. Left empty: 3,000, or what there is.',
    },
    { ...seed, help: 'Another seed draws other pairs.', when: own },
    {
      ...{ name: 'pairs', title: 'Set', required: true, option: null, when: listed },
      kind: { type: 'path', picks: 'source' },
      help: 'A .bin set, LFW’s pairs.txt, CFP’s folder, or a list of pairs.',
    },
    {
      ...{ name: 'images', title: 'Pictures', kind: { type: 'path', picks: 'folder' }, when: listed },
      help: 'Where the pictures of a list lie, cut and aligned already. Left empty: they are faces of this project.',
    },
    {
      ...{ name: 'source', title: 'Source', kind: { type: 'source' }, when: listed, more: true },
      help: 'Only faces of this source.',
    },
    {
      ...{ name: 'frontal', title: 'Frontal', kind: { type: 'flag' }, when: listed, more: true },
      help: 'CFP: pairs of two frontal pictures.',
    },
    {
      ...{
        name: 'flip',
        title: 'Mirrored too',
        kind: { type: 'flag', off: true },
        initial: true,
        more: true,
      },
      help: 'Add the embedding of the mirrored face, as the public protocols do.',
    },
    {
      ...{ name: 'folds', title: 'Folds', more: true, kind: { type: 'number', low: 2, whole: true } },
      help: 'What the pairs say where it is empty, else 10.',
    },
    {
      name: 'tap',
      title: 'Tap',
      more: true,
      kind: { type: 'text' },
      help: 'The embedding where it is empty.',
    },
    {
      ...{ name: 'name', title: 'Name', more: true, kind: { type: 'text' } },
      help: 'What these pairs are called in lists.',
    },
    device,
  ],
};
