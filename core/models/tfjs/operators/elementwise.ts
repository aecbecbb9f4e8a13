import { Fault } from '../../../foundation/fault.ts';
import type { GraphBuilder, Handle } from '../../../graph/builder.ts';
import type { NodeContext, Operator, Operators } from './operator.ts';

/** An ONNX operator of one input and output that keeps every element's place. */
const each =
  (opType: string): Operator =>
  (node) =>
    node.giveAs(node.input(0), node.b.op(opType, [node.asItIs(0)]));

const pair =
  (opType: string): Operator =>
  (node) => {
    const { handles, layout } = node.values.together(node.input(0), node.input(1));
    return [{ layout, handle: node.b.op(opType, handles) }];
  };

const own =
  (write: (b: GraphBuilder, x: Handle, node: NodeContext) => Handle): Operator =>
  (node) =>
    node.giveAs(node.input(0), write(node.b, node.asItIs(0), node));

export const relu6 = (b: GraphBuilder, x: Handle): Handle =>
  b.op('Clip', [x, b.scalar(0, 'zero'), b.scalar(6, 'six')]);

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** Functions by the names that fused operators and Keras's `activation` use too. */
export const ACTIVATIONS: Readonly<Record<string, (b: GraphBuilder, x: Handle, alpha: number) => Handle>> = {
  Relu: (b, x) => b.op('Relu', [x]),
  Relu6: relu6,
  Elu: (b, x, alpha) => b.op('Elu', [x], { alpha: { float: alpha } }),
  LeakyRelu: (b, x, alpha) => b.op('LeakyRelu', [x], { alpha: { float: alpha } }),
  Sigmoid: (b, x) => b.op('Sigmoid', [x]),
  Tanh: (b, x) => b.op('Tanh', [x]),
  Softplus: (b, x) => b.op('Softplus', [x]),
  Softsign: (b, x) => b.op('Softsign', [x]),
  Selu: (b, x) => b.op('Selu', [x], { alpha: SELU_ALPHA, gamma: SELU_SCALE }),
};

const SOFTMAX: Operator = (node) => node.give(node.b.op('Softmax', [node.plain(0)], { axis: -1 }));

const TYPES: Readonly<Record<string, number>> = { DT_FLOAT: 1, DT_INT32: 7, DT_INT64: 7, DT_BOOL: 9 };

export const ELEMENTWISE: Operators = {
  ...Object.fromEntries(
    Object.entries(ACTIVATIONS).map(([name, write]) => [
      name,
      own((b, x, node) => write(b, x, name === 'LeakyRelu' ? node.number('alpha', 0.2) : 1)),
    ]),
  ),
  Abs: each('Abs'),
  Ceil: each('Ceil'),
  Cos: each('Cos'),
  Erf: each('Erf'),
  Exp: each('Exp'),
  Floor: each('Floor'),
  Log: each('Log'),
  Neg: each('Neg'),
  Reciprocal: each('Reciprocal'),
  Round: each('Round'),
  Sign: each('Sign'),
  Sin: each('Sin'),
  Sqrt: each('Sqrt'),
  LogicalNot: each('Not'),
  Rsqrt: own((b, x) => b.op('Reciprocal', [b.op('Sqrt', [x])])),
  Square: own((b, x) => b.op('Mul', [x, x])),
  Identity: (node) => [node.input(0)],
  StopGradient: (node) => [node.input(0)],
  NoOp: () => [],
  Add: pair('Add'),
  AddV2: pair('Add'),
  BiasAdd: pair('Add'),
  Div: pair('Div'),
  RealDiv: pair('Div'),
  Mul: pair('Mul'),
  Sub: pair('Sub'),
  Maximum: pair('Max'),
  Minimum: pair('Min'),
  Pow: pair('Pow'),
  Prelu: pair('PRelu'),
  Equal: pair('Equal'),
  Greater: pair('Greater'),
  GreaterEqual: pair('GreaterOrEqual'),
  Less: pair('Less'),
  LessEqual: pair('LessOrEqual'),
  LogicalAnd: pair('And'),
  LogicalOr: pair('Or'),
  FloorDiv: (node) => {
    const { handles, layout } = node.values.together(node.input(0), node.input(1));
    return [{ layout, handle: node.b.op('Floor', [node.b.op('Div', handles)]) }];
  },
  SquaredDifference: (node) => {
    const { handles, layout } = node.values.together(node.input(0), node.input(1));
    const apart = node.b.op('Sub', handles);
    return [{ layout, handle: node.b.op('Mul', [apart, apart]) }];
  },
  AddN: (node) =>
    node.give(
      node.b.op(
        'Sum',
        node.inputs.map((_, i) => node.plain(i)),
      ),
    ),
  ClipByValue: (node) =>
    node.giveAs(node.input(0), node.b.op('Clip', [node.asItIs(0), node.plain(1), node.plain(2)])),
  Softmax: SOFTMAX,
  LogSoftmax: (node) => node.give(node.b.op('LogSoftmax', [node.plain(0)], { axis: -1 })),
  Cast: (node) => {
    const to = TYPES[node.type('DstT')];
    if (to === undefined)
      throw new Fault(`${node.label} casts to ${node.type('DstT')}; known: float, int, bool.`);
    return node.giveAs(node.input(0), node.b.op('Cast', [node.asItIs(0)], { to }));
  },
  Select: (node) => node.give(node.b.op('Where', [node.plain(0), node.plain(1), node.plain(2)])),
  SelectV2: (node) => node.give(node.b.op('Where', [node.plain(0), node.plain(1), node.plain(2)])),
};
