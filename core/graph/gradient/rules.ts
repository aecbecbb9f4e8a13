import { ACTIVATION } from './activation.ts';
import { CONVOLUTION } from './convolution.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { LAYOUT } from './layout.ts';
import { MATRIX } from './matrix.ts';
import { NORMALISATION } from './normalisation.ts';
import { POOLING } from './pooling.ts';
import { REDUCTION } from './reduction.ts';
import { RESIZE } from './resize.ts';
import type { GradientRule } from './rule.ts';

/** Gradient rules of ONNX's own operators. */
export const RULES: Readonly<Record<string, GradientRule>> = {
  ...ELEMENTWISE,
  ...ACTIVATION,
  ...MATRIX,
  ...CONVOLUTION,
  ...NORMALISATION,
  ...POOLING,
  ...RESIZE,
  ...LAYOUT,
  ...REDUCTION,
};

/** Operators whose outputs do not change with small changes of their inputs: their slope is 0 wherever there is one. */
export const CONSTANT: ReadonlySet<string> = new Set(
  (
    'Shape Size ArgMax ArgMin Equal Greater Less GreaterOrEqual LessOrEqual And Or Xor Not Sign Floor Ceil Round ' +
    'NonZero IsNaN IsInf Constant ConstantOfShape Range OneHot EyeLike Hardmax RandomNormalLike RandomUniformLike'
  ).split(' '),
);
