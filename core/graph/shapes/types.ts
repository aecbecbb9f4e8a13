import type { ElementType } from '../elements.ts';
import type { GraphNode } from '../graph.ts';
import { type Known, refuse } from './rule.ts';

const names = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Operators whose inputs are all of one element type. */
const ALIKE = names(
  'Add Sub Mul Div Min Max Sum Mean Concat MatMul Gemm Conv ConvTranspose PRelu Equal Greater Less ' +
    'GreaterOrEqual LessOrEqual And Or Xor Einsum',
);

/** Operators of floating-point numbers only, by their first input. */
const FLOATING = names(
  'Conv ConvTranspose BatchNormalization Exp Log Sqrt Sigmoid Tanh Softmax LogSoftmax LeakyRelu AveragePool ' +
    'GlobalAveragePool GlobalMaxPool LpNormalization Reciprocal',
);

export const isFloating = (type: ElementType): boolean =>
  type === 'float32' || type === 'float64' || type === 'float16' || type === 'bfloat16';

/** @throws Fault naming the node where the element types of its inputs do not go together. */
export function checkTypes(node: GraphNode, known: ReadonlyMap<string, Known>): void {
  if (node.domain !== '') return;
  const types = node.inputs.map((name) =>
    name === '' ? 'undefined' : (known.get(name)?.type ?? 'undefined'),
  );
  const said = types.filter((type) => type !== 'undefined');
  if (said.length === 0) return;
  if (FLOATING.has(node.opType) && !isFloating(said[0])) {
    refuse(node, `takes floating-point numbers, but its input holds ${said[0]}`);
  }
  const alike = node.opType === 'Where' ? types.slice(1).filter((type) => type !== 'undefined') : said;
  if ((ALIKE.has(node.opType) || node.opType === 'Where') && new Set(alike).size > 1) {
    refuse(node, `joins values of ${[...new Set(alike)].join(' and ')}, which must be of one type`);
  }
}
