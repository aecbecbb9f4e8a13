import type { Dim, Shape } from '../dimension.ts';
import { product } from '../dimension.ts';
import { type ElementType, elementTypeOf } from '../elements.ts';
import {
  axesOf,
  axisOf,
  broadcast,
  type Known,
  type Rule,
  type RuleContext,
  refuse,
  shapeOf,
} from './rule.ts';

/** Output like the first input, elements included where the operator leaves them alone. */
const same: Rule = (context) => {
  const known = context.input(0);
  const passes = context.node.opType === 'Identity';
  return context.node.outputs.map((_, i) => ({
    shape: known?.shape ?? null,
    ...(passes && known?.elements ? { elements: known.elements } : {}),
    ...(i > 0 && context.node.opType === 'Dropout' ? { type: 'bool' as const } : {}),
  }));
};

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => Math.trunc(a / b),
};

/** Arithmetic on shapes, as exporters write it: numbers are computed, symbols only multiplied. */
function computed(opType: string, a: Known | undefined, b: Known | undefined): readonly Dim[] | undefined {
  const work = ARITHMETIC[opType];
  if (work === undefined || a?.elements === undefined || b?.elements === undefined) return undefined;
  if (a.type !== 'int64' && a.type !== 'int32') return undefined;
  const length = Math.max(a.elements.length, b.elements.length);
  const at = (elements: readonly Dim[], i: number): Dim => elements[elements.length === 1 ? 0 : i] ?? null;
  return Array.from({ length }, (_, i) => {
    const left = at(a.elements ?? [], i);
    const right = at(b.elements ?? [], i);
    if (typeof left === 'number' && typeof right === 'number') return work(left, right);
    return opType === 'Mul' ? product([left, right]) : null;
  });
}

function elementwise(type?: 'bool'): Rule {
  return (context) => {
    const shapes = context.node.inputs.map((_, i) => shapeOf(context, i));
    // Before opset 7 the second operand was laid along an axis instead of the last one.
    const old = context.opset < 7;
    const shape = old
      ? (shapes[0] ?? null)
      : shapes.every((each) => each !== undefined)
        ? broadcast(context.node, shapes)
        : null;
    const elements = computed(context.node.opType, context.input(0), context.input(1));
    return [
      { shape, ...(type ? { type } : {}), ...(elements && shape && shape.length <= 1 ? { elements } : {}) },
    ];
  };
}

/** PRelu: the slope spreads over the input, never the other way round. */
const prelu: Rule = (context) => {
  const x = shapeOf(context);
  const slope = shapeOf(context, 1);
  if (x !== undefined && slope !== undefined && context.opset >= 7) {
    const joined = broadcast(context.node, [x, slope]);
    if (joined.length !== x.length || joined.some((dim, i) => typeof x[i] === 'number' && dim !== x[i])) {
      refuse(
        context.node,
        `has a slope of shape [${slope.join(', ')}], which does not spread over its input`,
      );
    }
  }
  return [{ shape: x ?? null }];
};

const where: Rule = (context) => {
  const shapes = [0, 1, 2].map((i) => shapeOf(context, i));
  const type = context.input(1)?.type;
  return [
    {
      shape: shapes.every((each) => each !== undefined) ? broadcast(context.node, shapes) : null,
      ...(type ? { type } : {}),
    },
  ];
};

const batchNormalization: Rule = (context) => {
  const x = shapeOf(context);
  for (let i = 1; i <= 4; i++) {
    const size = shapeOf(context, i)?.[0];
    const channels = x?.[1];
    if (typeof size === 'number' && typeof channels === 'number' && size !== channels) {
      refuse(context.node, `has parameters for ${size} channels, but its input has ${channels}`);
    }
  }
  const statistics = [3, 4, 3, 4].map((i) => ({
    shape: shapeOf(context, i) ?? null,
    type: context.input(i)?.type,
  }));
  return [{ shape: x ?? null }, ...statistics];
};

const matMul: Rule = (context) => {
  const a = shapeOf(context);
  const b = shapeOf(context, 1);
  if (a === undefined || b === undefined) return [null];
  const left: Shape = a.length === 1 ? [1, ...a] : a;
  const right: Shape = b.length === 1 ? [...b, 1] : b;
  const inner = left.at(-1);
  const outer = right.at(-2);
  if (typeof inner === 'number' && typeof outer === 'number' && inner !== outer) {
    refuse(
      context.node,
      `multiplies [${a.join(', ')}] by [${b.join(', ')}]: ${inner} columns meet ${outer} rows`,
    );
  }
  const shape = [...broadcast(context.node, [left.slice(0, -2), right.slice(0, -2)])];
  if (a.length > 1) shape.push(left.at(-2) ?? null);
  if (b.length > 1) shape.push(right.at(-1) ?? null);
  return [{ shape }];
};

const gemm: Rule = (context) => {
  const { node } = context;
  const a = shapeOf(context);
  const b = shapeOf(context, 1);
  const [rows, inner] = node.int('transA', 0) ? [a?.[1], a?.[0]] : [a?.[0], a?.[1]];
  const [outer, columns] = node.int('transB', 0) ? [b?.[1], b?.[0]] : [b?.[0], b?.[1]];
  if (typeof inner === 'number' && typeof outer === 'number' && inner !== outer) {
    refuse(node, `multiplies ${inner} columns by ${outer} rows`);
  }
  return [{ shape: [rows ?? null, columns ?? null] }];
};

const reduce: Rule = (context) => {
  const { node } = context;
  const x = shapeOf(context);
  const axes = axesOf(context, 1);
  if (x === undefined || axes === undefined) return [null];
  const keep = node.int('keepdims', 1) === 1;
  const none = axes === null || axes.length === 0;
  if (none && node.int('noop_with_empty_axes', 0) === 1) return [{ shape: x }];
  const over = new Set(none ? x.map((_, i) => i) : axes.map((axis) => axisOf(node, axis, x.length)));
  return [{ shape: x.flatMap((dim, i) => (over.has(i) ? (keep ? [1] : []) : [dim])) }];
};

const argument: Rule = (context) => {
  const { node } = context;
  const x = shapeOf(context);
  if (x === undefined) return [{ shape: null, type: 'int64' }];
  const axis = axisOf(node, node.int('axis', 0), x.length);
  const keep = node.int('keepdims', 1) === 1;
  return [{ shape: x.flatMap((dim, i) => (i === axis ? (keep ? [1] : []) : [dim])), type: 'int64' }];
};

const topK: Rule = (context) => {
  const x = shapeOf(context);
  const k = context.node.attributes.has('k') ? context.node.int('k', 0) : context.input(1)?.elements?.[0];
  if (x === undefined) return [null, null];
  const axis = axisOf(context.node, context.node.int('axis', -1), x.length);
  const shape = x.map((dim, i) => (i === axis ? (k ?? null) : dim));
  return [{ shape }, { shape, type: 'int64' }];
};

const einsum: Rule = (context) => {
  const [left, right] = context.node.text('equation', '').replaceAll(' ', '').split('->');
  if (right === undefined || left.includes('.')) return [null];
  const dims = new Map<string, Dim>();
  for (const [i, term] of left.split(',').entries()) {
    for (const [at, letter] of [...term].entries()) dims.set(letter, shapeOf(context, i)?.[at] ?? null);
  }
  return [{ shape: [...right].map((letter) => dims.get(letter) ?? null) }];
};

/** The type of the zero point, else what an attribute says (opset 21 and later), else uint8. */
function quantisedType(context: RuleContext): ElementType {
  const said = context.node.int('output_dtype', 0);
  return context.input(2)?.type ?? (said > 0 ? elementTypeOf(said) : 'uint8');
}

const all = (names: string, rule: Rule): Record<string, Rule> =>
  Object.fromEntries(names.split(' ').map((name) => [name, rule]));

/** Operators that compute element by element, reduce, or multiply matrices. */
export const ELEMENTS: Readonly<Record<string, Rule>> = {
  ...all(
    'Identity Dropout Relu LeakyRelu Elu Selu Celu Gelu Sigmoid HardSigmoid HardSwish Swish Tanh Softmax LogSoftmax Hardmax ' +
      'Softplus Softsign Mish Clip Sqrt Exp Log Neg Abs Floor Ceil Round Sign Reciprocal Erf Sin Cos Tan Atan Asin Acos Not ' +
      'InstanceNormalization GroupNormalization LayerNormalization LpNormalization LRN CumSum ThresholdedRelu Shrink ' +
      'MeanVarianceNormalization ScatterND ScatterElements Trilu',
    same,
  ),
  ...all('Add Sub Mul Div Pow Min Max Sum Mean Mod', elementwise()),
  ...all('Equal Greater Less GreaterOrEqual LessOrEqual And Or Xor', elementwise('bool')),
  ...all(
    'ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare',
    reduce,
  ),
  ...all('ArgMax ArgMin', argument),
  ...all('IsNaN IsInf', (context) => [{ shape: shapeOf(context) ?? null, type: 'bool' }]),
  QuantizeLinear: (context) => [{ shape: shapeOf(context) ?? null, type: quantisedType(context) }],
  DequantizeLinear: (context) => [
    { shape: shapeOf(context) ?? null, type: context.input(1)?.type ?? 'float32' },
  ],
  PRelu: prelu,
  Where: where,
  BatchNormalization: batchNormalization,
  MatMul: matMul,
  Gemm: gemm,
  TopK: topK,
  Einsum: einsum,
};
