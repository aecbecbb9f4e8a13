import { choice, device, type Field, type JobForm, name, seed } from './fields.ts';

/** A field of a group, where all have one. */
const under = (group: string, ...fields: Field[]): Field[] => fields.map((field) => ({ ...field, group }));

/** What training can be told. The Train view shows all of it in its groups; defaults are the thesis's. */
export const TRAIN_FORM: JobForm = {
  kind: 'train',
  title: 'Train a network',
  says: 'Teaches a face network to tell the identities of the faces apart. Stopped, it goes on where it was.',
  selectable: true,
  fields: [
    ...under(
      'Network',
      {
        ...{ name: 'network', title: 'Network', initial: 'bl' },
        kind: {
          type: 'choice',
          of: [
            { value: 'bl', title: 'BL: IR-18' },
            { value: 'dc', title: 'DC: dynamic convolution' },
            { value: 'as4', title: 'AS4: dynamic group convolution' },
            { value: 'ir34', title: 'IR-34' },
            { value: 'ir50', title: 'IR-50' },
            { value: 'ir100', title: 'IR-100' },
            { value: 'mobilefacenet', title: 'MobileFaceNet' },
          ],
        },
      },
      {
        ...{ name: 'width', title: 'Width', initial: 1, kind: { type: 'number', low: 0.01, high: 8 } },
        help: "Channels, as a factor of the thesis's; a quarter is a sixteenth of the work.",
      },
      {
        ...{ name: 'size', title: 'Input size', initial: 112, more: true },
        kind: { type: 'number', low: 16, whole: true },
        help: 'Side of the picture that the network sees, in pixels.',
      },
      {
        ...{ name: 'embedding', title: 'Numbers per face', more: true },
        kind: { type: 'number', low: 2, whole: true },
        help: 'Left empty: 512; MobileFaceNet 128.',
      },
      {
        ...{ name: 'start', title: 'Start from', kind: { type: 'text' }, more: true },
        help: 'ONNX file of a network of the same architecture, trained without clusters.',
      },
    ),
    ...under(
      'Identities',
      {
        name: 'loss',
        title: 'Loss',
        kind: choice('cosface', 'arcface', 'curricularface', 'softmax'),
        initial: 'cosface',
      },
      {
        ...{ name: 'scale', title: 'Scale', kind: { type: 'number', low: 0.01 }, more: true },
        help: 'Of the cosines.',
      },
      {
        ...{ name: 'margin', title: 'Margin', kind: { type: 'number', low: 0, high: 3 }, more: true },
        help: 'CosFace takes it off the cosine, ArcFace and CurricularFace add it to the angle (radians).',
      },
    ),
    ...under(
      'Clusters',
      {
        ...{ name: 'clusters', title: 'Clusters', kind: { type: 'number', low: 2, whole: true } },
        help: 'So many clusters of routing vectors are learnt beside (DC, AS4; the thesis takes 300). Empty: none.',
      },
      {
        ...{ name: 'clusterLabels', title: 'Cluster labels', more: true, initial: 'sinkhorn' },
        kind: choice('sinkhorn', 'kmeans'),
        help: 'Sinkhorn–Knopp over each batch (AS4), or k-means over all pictures before each epoch (AS5).',
      },
      {
        ...{ name: 'clusterHead', title: 'Head of clusters', more: true, initial: 'mlp' },
        kind: choice('mlp', 'linear', 'identity'),
      },
      {
        ...{ name: 'clusterWeight', title: 'Weight of clusters', more: true, initial: 1 },
        kind: { type: 'number', low: 0.0001 },
        help: "λ of the clusters' loss beside that of the identities.",
      },
      {
        ...{ name: 'routingTemperature', title: 'Routing temperature', more: true, initial: 1 },
        kind: { type: 'number', low: 0.01 },
        help: 'Of the softmax over experts: lower is sharper.',
      },
      {
        ...{ name: 'annealFrom', title: 'Temperature at first', more: true },
        kind: { type: 'number', low: 0.01 },
        help: 'Lowered to the one above over the first epochs, so that all experts learn (30). Empty: it stays the same.',
      },
      {
        ...{ name: 'annealEpochs', title: 'Epochs of lowering', more: true },
        kind: { type: 'number', low: 0.01 },
        help: 'Left empty: 10.',
      },
      {
        ...{ name: 'freezePrototypes', title: 'Freeze clusters', more: true },
        kind: { type: 'number', low: 0 },
        help: 'Epochs at the beginning in which prototypes stay as they are (SwAV: 1). Empty: none.',
      },
      {
        ...{ name: 'normalisePrototypes', title: 'Normalise clusters', more: true, kind: { type: 'flag' } },
        help: 'Prototypes have the length 1 after every step, as in SwAV.',
      },
    ),
    ...under(
      'Optimisation',
      { name: 'epochs', title: 'Epochs', initial: 32, kind: { type: 'number', low: 1, whole: true } },
      {
        ...{ name: 'batch', title: 'Batch', initial: 64, kind: { type: 'number', low: 2, whole: true } },
        help: 'Pictures that go through the network together.',
      },
      {
        ...{ name: 'accumulate', title: 'Batches per step', initial: 1, more: true },
        kind: { type: 'number', low: 1, whole: true },
        help: 'Large steps in little memory: the thesis takes 512 pictures per step.',
      },
      {
        ...{ name: 'rate', title: 'Learning rate', kind: { type: 'number', low: 0 }, more: true },
        help: 'Left empty: 0.1 per 512 pictures of a step; with Adam 0.001.',
      },
      {
        ...{ name: 'schedule', title: 'Schedule', initial: 'step', more: true },
        kind: choice('step', 'cosine', 'polynomial', 'constant'),
        help: "'step' divides the rate by ten at half, 5, 6 and 7 eighths of the epochs, or where you say.",
      },
      {
        ...{ name: 'dropAt', title: 'Drops at epochs', more: true, kind: { type: 'numbers', low: 0 } },
        help: "For 'step': 16, 20, 24, 28 of 32 epochs where it is empty.",
      },
      {
        ...{ name: 'warmUp', title: 'Warm-up', kind: { type: 'number', low: 0 }, more: true },
        help: 'Epochs over which the rate rises from 0.',
      },
      { name: 'optimiser', title: 'Optimiser', initial: 'sgd', more: true, kind: choice('sgd', 'adam') },
      {
        ...{ name: 'weightDecay', title: 'Weight decay', kind: { type: 'number', low: 0 }, more: true },
        help: 'Left empty: 0.0005; with Adam 0.',
      },
      { ...seed, initial: 1, more: true, help: 'First weights, order and mirroring follow from it.' },
    ),
    ...under(
      'Pictures',
      {
        ...{ name: 'mirror', title: 'Mirror', kind: { type: 'flag', off: true }, initial: true, more: true },
        help: 'Pictures are mirrored at random.',
      },
      {
        ...{ name: 'crop', title: 'Crop', kind: choice('auto', 'aligned', 'whole') },
        ...{ initial: 'auto', more: true },
        help: "'aligned' by the five points; 'whole' for pictures that are aligned already.",
      },
      {
        ...{ name: 'least', title: 'Fewest pictures', initial: 2, more: true },
        kind: { type: 'number', low: 1, whole: true },
        help: 'Identities of fewer pictures are left out.',
      },
      {
        ...{ name: 'validate', title: 'Hold out', more: true, kind: { type: 'number', low: 0 } },
        help: 'So many people, or a share below 1, are not trained on; after every epoch their pairs are judged. Empty: none.',
      },
      {
        ...{ name: 'validateSeed', title: 'Held-out seed', more: true, initial: 1 },
        kind: { type: 'number', low: 0, whole: true },
        help: 'Who is held out; the same for runs that are to be compared.',
      },
    ),
    ...under(
      'Run',
      { ...name, help: 'Left empty: network, loss and seed.' },
      {
        ...{ name: 'add', title: 'Add to the project', kind: { type: 'flag' } },
        help: 'Add the trained network to the models of this project.',
      },
      device,
    ),
  ],
};
