import type { Operator } from '../operator.ts';
import { ACTIVATIONS } from './activations.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { ARRANGEMENT } from './arrangement.ts';
import { CONVOLUTION } from './convolution.ts';
import { GATHERING } from './gathering.ts';
import { MATRICES } from './matrices.ts';
import { NORMALISATION } from './normalisation.ts';
import { PADDING } from './padding.ts';
import { POOLING } from './pooling.ts';
import { REDUCTIONS } from './reductions.ts';
import { RESIZING } from './resizing.ts';
import { SHAPES } from './shapes.ts';

/** Every operator of ONNX's own domain that the adapter runs; constants are read when a network is opened. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    ...ACTIVATIONS,
    ...ARITHMETIC,
    ...ARRANGEMENT,
    ...CONVOLUTION,
    ...GATHERING,
    ...MATRICES,
    ...NORMALISATION,
    ...PADDING,
    ...POOLING,
    ...REDUCTIONS,
    ...RESIZING,
    ...SHAPES,
  }),
);
