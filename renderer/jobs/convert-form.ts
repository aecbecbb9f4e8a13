import type { JobForm } from './fields.ts';

/** Turning files of the field into each other; nothing comes into the project. */
export const CONVERT_FORM: JobForm = {
  kind: 'convert',
  title: 'Convert',
  says: 'Turns checkpoints of PyTorch into ONNX, and .rec and .bin files into folders and back. Nothing is overwritten.',
  project: 'none',
  selectable: false,
  fields: [
    {
      ...{ name: 'from', title: 'From', required: true, option: null },
      kind: { type: 'path', picks: 'source' },
      help: 'A checkpoint, .rec or .bin file, a folder of people, or a list of pairs.',
    },
    {
      ...{ name: 'to', title: 'To', required: true, option: null },
      kind: { type: 'path', picks: 'folder' },
      help: 'Its ending says what it becomes: a new .onnx, .rec or .bin file, or without one a new folder.',
    },
    {
      ...{ name: 'images', title: 'Pictures', kind: { type: 'path', picks: 'folder' }, more: true },
      help: 'Pairs: where the pictures of a list lie.',
    },
    {
      ...{ name: 'key', title: 'Key', kind: { type: 'text' }, more: true },
      help: 'Checkpoints: where the weights are, such as state_dict. Left empty: where most tensors are.',
    },
    {
      ...{ name: 'epsilon', title: 'ε', more: true, kind: { type: 'number', low: 0, high: 1 } },
      help: 'Checkpoints: of BatchNormalization, where it is not 1e-5.',
    },
    {
      ...{ name: 'name', title: 'Name', kind: { type: 'text' }, more: true },
      help: 'Checkpoints: what the model is called in its manifest.',
    },
    {
      ...{ name: 'frontal', title: 'Frontal', kind: { type: 'flag' }, more: true },
      help: 'CFP: pairs of two frontal pictures.',
    },
  ],
};
