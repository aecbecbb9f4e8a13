import type { Algebra } from '../algebra.ts';
import type { Handle } from '../builder.ts';
import { type GradientContext, type GradientRule, incoming } from './rule.ts';

function swapped(a: Algebra, x: Handle): Handle {
  const rank = a.rank(x);
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return a.transpose(x, perm);
}

/**
 * Aᵀ·D where a stack of left factors meets right ones that are fewer by whole leading dimensions (the kernels of dynamic
 * convolution under a batch): these dimensions go into the rows, so that the sum over them is part of the product.
 */
function summedOver(context: GradientContext, left: Handle, right: Handle, d: Handle): Handle | undefined {
  const { a, b } = context;
  const lead = a.rank(left) - a.rank(right);
  const stack = a.shape(right).slice(0, -2);
  const alike = stack.every((dim, i) => typeof dim === 'number' && dim === a.shape(left)[lead + i]);
  if (lead < 1 || !alike) return undefined;
  const places = Array.from({ length: a.rank(left) }, (_, i) => i);
  const perm = [...places.slice(lead, -2), ...places.slice(0, lead), ...places.slice(-2)];
  const tall = (value: Handle): Handle =>
    b.op('Reshape', [a.transpose(value, perm), b.ints([...(stack as number[]), -1, a.size(value, -1)])]);
  const [rows, slopes] = [tall(left), tall(d)];
  return stack.length === 0
    ? b.op('Gemm', [rows, slopes], { transA: 1 })
    : b.op('MatMul', [swapped(a, rows), slopes]);
}

/**
 * dA = D·Bᵀ and dB = Aᵀ·D, summed over the dimensions along which a factor was spread. Vectors count as a row on the left
 * and as a column on the right.
 */
const matMul: GradientRule = (context) => {
  const { a, b } = context;
  const [x, y] = [context.input(0), context.input(1)];
  const [row, column] = [a.rank(x) === 1, a.rank(y) === 1];
  const left = row ? b.op('Unsqueeze', [x, b.ints([0])]) : x;
  const right = column ? b.op('Unsqueeze', [y, b.ints([1])]) : y;
  let d = incoming(context);
  if (column) d = b.op('Unsqueeze', [d, b.ints([-1])]);
  if (row) d = b.op('Unsqueeze', [d, b.ints([-2])]);
  const back = (value: Handle, like: Handle): Handle => a.reshapeLike(value, like);
  return [
    context.wanted(0) ? back(a.sumLike(b.op('MatMul', [d, swapped(a, right)]), left), x) : undefined,
    context.wanted(1)
      ? back(
          summedOver(context, left, right, d) ?? a.sumLike(b.op('MatMul', [swapped(a, left), d]), right),
          y,
        )
      : undefined,
  ];
};

/** Y = α·A′·B′ + β·C, where ′ transposes if the node says so. */
const gemm: GradientRule = (context) => {
  const { a, node } = context;
  const d = incoming(context);
  const alpha = node.float('alpha', 1);
  const beta = node.float('beta', 1);
  const [transA, transB] = [node.int('transA', 0), node.int('transB', 0)];
  const [x, y] = [context.input(0), context.input(1)];
  return [
    context.wanted(0)
      ? transA
        ? product(context, y, d, alpha, transB, 1)
        : product(context, d, y, alpha, 0, 1 - transB)
      : undefined,
    context.wanted(1)
      ? transB
        ? product(context, d, x, alpha, 1, transA)
        : product(context, x, d, alpha, 1 - transA, 0)
      : undefined,
    context.wanted(2) ? a.times(a.sumLike(d, context.input(2)), beta) : undefined,
  ];
};

const product = (
  { b }: GradientContext,
  x: Handle,
  y: Handle,
  alpha: number,
  transA: number,
  transB: number,
): Handle => b.op('Gemm', [x, y], { alpha: { float: alpha }, transA, transB });

export const MATRIX: Readonly<Record<string, GradientRule>> = { MatMul: matMul, Gemm: gemm };
