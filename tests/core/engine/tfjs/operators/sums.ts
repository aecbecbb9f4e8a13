import type { Case, Sketch } from '../sketch.ts';

const positive = (random: { between(low: number, high: number): number }): number => random.between(0.2, 2);

const reduction =
  (name: string, draw?: typeof positive): Case =>
  (s) => {
    const dims = s.shape();
    const axes = s.pick<number[] | undefined>(undefined, s.axes(dims.length));
    return s.op(name, [s.x(dims, draw)], { axes, keepdims: s.pick(0, 1) });
  };

const byInput =
  (name: string): Case =>
  (s) => {
    const dims = s.shape();
    const x = s.x(dims);
    return s.op(name, [x, s.pick(null, s.b.ints(s.axes(dims.length)))], {
      keepdims: s.pick(0, 1),
      noop_with_empty_axes: s.pick(0, 1),
    });
  };

const softmax = (name: string, opset: number): Case => ({
  opset,
  draw: (s: Sketch) => {
    const dims = s.shape(2, 4);
    const axis = s.pick(s.int(0, dims.length - 1), s.int(-dims.length, -1));
    return s.op(name, [s.x(dims)], { axis });
  },
});

const place =
  (name: string): Case =>
  (s) => {
    const dims = s.shape();
    return s.op(name, [s.small(dims)], {
      axis: s.int(-dims.length, dims.length - 1),
      keepdims: s.pick(0, 1),
      select_last_index: s.pick(0, 1),
    });
  };

function batchNormalization(s: Sketch, training: boolean) {
  const dims = [s.int(2, 4), s.int(1, 4), ...s.shape(0, 2, 2)];
  const c = [dims[1]];
  const inputs = [s.x(dims), s.w(c), s.w(c), s.w(c), s.w(c, positive)];
  const epsilon = { float: 1e-3 };
  return training
    ? s.ops('BatchNormalization', inputs, { epsilon, training_mode: 1, momentum: { float: 0.75 } }, 3)
    : s.op('BatchNormalization', inputs, { epsilon });
}

export const SUMS: Readonly<Record<string, Case>> = {
  ReduceMean: reduction('ReduceMean'),
  ReduceMax: reduction('ReduceMax'),
  ReduceMin: reduction('ReduceMin'),
  ReduceProd: reduction('ReduceProd', positive),
  ReduceL1: reduction('ReduceL1'),
  ReduceL2: reduction('ReduceL2'),
  ReduceSumSquare: reduction('ReduceSumSquare'),
  ReduceLogSum: reduction('ReduceLogSum', positive),
  ReduceLogSumExp: reduction('ReduceLogSumExp'),
  ReduceSum: byInput('ReduceSum'),
  'ReduceMean of opset 18': { opset: 18, draw: byInput('ReduceMean') as never },
  'ReduceSum of int64': (s) => s.op('ReduceSum', [s.ints([3, 4], -9, 9), s.b.ints([1])]),
  ArgMax: place('ArgMax'),
  ArgMin: place('ArgMin'),
  TopK: (s) => {
    const dims = s.shape(1, 4, 2);
    const axis = s.int(-dims.length, dims.length - 1);
    const k = s.int(1, dims.at(axis) as number);
    return s.ops('TopK', [s.x(dims), s.b.ints([k])], { axis, largest: s.pick(0, 1), sorted: 1 }, 2);
  },
  Softmax: softmax('Softmax', 17),
  'Softmax of opset 11': softmax('Softmax', 11),
  LogSoftmax: softmax('LogSoftmax', 17),
  'LogSoftmax of opset 11': softmax('LogSoftmax', 11),
  BatchNormalization: (s) => batchNormalization(s, false),
  InstanceNormalization: (s) => {
    const dims = [s.int(1, 3), s.int(1, 4), ...s.shape(1, 2, 2)];
    return s.op('InstanceNormalization', [s.x(dims), s.w([dims[1]]), s.w([dims[1]])]);
  },
  GroupNormalization: {
    opset: 21,
    draw: (s) => {
      const groups = s.int(1, 3);
      const channels = groups * s.int(1, 3);
      const x = s.x([s.int(1, 3), channels, s.int(2, 4), s.int(2, 4)]);
      return s.op('GroupNormalization', [x, s.w([channels]), s.w([channels])], { num_groups: groups });
    },
  },
  LayerNormalization: (s) => {
    const dims = s.shape(2, 4, 2);
    const axis = s.int(1, dims.length - 1);
    const rest = dims.slice(axis);
    return s.op('LayerNormalization', [s.x(dims), s.w(rest), s.pick(null, s.w(rest))], {
      axis: s.pick(axis, axis - dims.length),
    });
  },
  MeanVarianceNormalization: (s) => s.op('MeanVarianceNormalization', [s.x([2, 3, 4, 5])]),
  LpNormalization: (s) => {
    const dims = s.shape();
    return s.op('LpNormalization', [s.small(dims)], {
      axis: s.int(-dims.length, dims.length - 1),
      p: s.pick(1, 2),
    });
  },
  MatMul: (s) => {
    const [m, k, n] = [s.int(1, 5), s.int(1, 6), s.int(1, 5)];
    const batch = s.shape(0, 2, 1, 3);
    const other = batch.map((side) => s.pick(side, side, 1)).slice(s.int(0, batch.length));
    const left = batch.map((side) => s.pick(side, side, 1));
    const a = s.pick(true, true, false) ? [...left, m, k] : [k];
    const b = s.pick(true, true, false) ? [...other, k, n] : [k];
    return s.op('MatMul', [s.x(a), s.pick(true, false) ? s.w(b) : s.x(b)]);
  },
  'MatMul with one operand for a whole batch': (s) => {
    const [n, m, e] = [s.int(2, 4), s.int(2, 3), s.int(2, 5)];
    return s.op('MatMul', [s.x([n, m, s.int(1, 2), 4]), s.w([m, 4, e])]);
  },
  Gemm: (s) => {
    const [m, k, n] = [s.int(1, 5), s.int(1, 6), s.int(1, 5)];
    const [transA, transB] = [s.pick(0, 1), s.pick(0, 1)];
    const a = s.x(transA ? [k, m] : [m, k]);
    const b = s.w(transB ? [n, k] : [k, n]);
    const c = s.pick(null, s.w([n]), s.w([m, 1]), s.w([]));
    return s.op('Gemm', [a, b, c], {
      transA,
      transB,
      alpha: { float: s.pick(1, 0.5) },
      beta: { float: s.pick(1, 2, 0) },
    });
  },
  Einsum: (s) => {
    const equation = s.pick('ij,jk->ik', 'bij,bjk->bik', 'ij->ji', 'bij,bij->b');
    const sides: Record<string, number> = { b: 2, i: 3, j: 4, k: 5 };
    const terms = equation.split('->')[0].split(',');
    return s.op(
      'Einsum',
      terms.map((term) => s.x([...term].map((letter) => sides[letter]))),
      { equation },
    );
  },
  CumSum: (s) => {
    const dims = s.shape();
    const axis = s.b.constant('axis', BigInt64Array.of(BigInt(s.int(-dims.length, dims.length - 1))), []);
    return s.op('CumSum', [s.x(dims), axis], { exclusive: s.pick(0, 1), reverse: s.pick(0, 1) });
  },
  Trilu: (s) => {
    const k = s.b.constant('k', BigInt64Array.of(BigInt(s.int(-2, 2))), []);
    return s.op('Trilu', [s.x(s.shape(2, 3)), k], { upper: s.pick(0, 1) });
  },
};

/** What ONNX Runtime's inference build does not run: held to the formula instead. */
export const trainingNormalization = (s: Sketch) => batchNormalization(s, true);
