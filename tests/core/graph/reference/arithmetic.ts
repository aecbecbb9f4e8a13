import type { GraphNode } from '../../../../core/graph/graph.ts';
import { type Dense, filled, place, read, spreadDims, spreadRead } from './array.ts';

/** erf by its Taylor series near 0 and by the continued fraction of erfc beyond, to float64's precision. */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 120; n++) {
      term *= -(z * z) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let k = 200; k > 0; k--) fraction = k / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / ((z + fraction) * Math.sqrt(Math.PI)));
}

export function matMul(a: Dense, b: Dense): Dense {
  const left = a.dims.length === 1 ? { ...a, dims: [1, ...a.dims] } : a;
  const right = b.dims.length === 1 ? { ...b, dims: [...b.dims, 1] } : b;
  const inner = left.dims.at(-1) ?? 0;
  const stack = spreadDims([left.dims.slice(0, -2), right.dims.slice(0, -2)]);
  const [rows, columns] = [left.dims.at(-2) ?? 0, right.dims.at(-1) ?? 0];
  if (
    left.dims.length === right.dims.length &&
    left.dims.slice(0, -2).join() === right.dims.slice(0, -2).join()
  ) {
    // Equal stacks, matrix by matrix: what whole networks mostly have.
    const data = new Float64Array(stack.reduce((p, d) => p * d, 1) * rows * columns);
    for (let at = 0; at < data.length / columns; at++) {
      const from = Math.floor(at / rows) * inner * columns;
      for (let k = 0; k < inner; k++) {
        const factor = left.data[at * inner + k];
        for (let j = 0; j < columns; j++)
          data[at * columns + j] += factor * right.data[from + k * columns + j];
      }
    }
    const whole = [...stack, rows, columns];
    if (b.dims.length === 1) whole.pop();
    if (a.dims.length === 1) whole.splice(whole.length - (b.dims.length === 1 ? 1 : 2), 1);
    return { dims: whole, data };
  }
  const made = filled([...stack, left.dims.at(-2) ?? 0, right.dims.at(-1) ?? 0], (index) => {
    const outer = index.slice(0, -2);
    const [row, column] = index.slice(-2);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += spreadRead(left, [...outer, row, k]) * spreadRead(right, [...outer, k, column]);
    }
    return sum;
  });
  const dims = [...made.dims];
  if (b.dims.length === 1) dims.pop();
  if (a.dims.length === 1) dims.splice(dims.length - (b.dims.length === 1 ? 1 : 2), 1);
  return { dims, data: made.data };
}

export function gemm(node: GraphNode, a: Dense, b: Dense, c: Dense | undefined): Dense {
  const [ta, tb] = [node.int('transA', 0) === 1, node.int('transB', 0) === 1];
  const [rows, inner] = ta ? [a.dims[1], a.dims[0]] : a.dims;
  const columns = tb ? b.dims[0] : b.dims[1];
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  return filled([rows, columns], (index) => {
    const [i, j] = index;
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += a.data[ta ? k * rows + i : i * inner + k] * b.data[tb ? j * inner + k : k * columns + j];
    }
    return alpha * sum + (c ? beta * spreadRead(c, index) : 0);
  });
}

const FOLDS: Record<string, (values: number[]) => number> = {
  ReduceSum: (v) => v.reduce((a, b) => a + b, 0),
  ReduceMean: (v) => v.reduce((a, b) => a + b, 0) / v.length,
  ReduceMax: (v) => Math.max(...v),
  ReduceMin: (v) => Math.min(...v),
  ReduceL1: (v) => v.reduce((a, b) => a + Math.abs(b), 0),
  ReduceL2: (v) => Math.sqrt(v.reduce((a, b) => a + b * b, 0)),
  ReduceSumSquare: (v) => v.reduce((a, b) => a + b * b, 0),
  ReduceLogSum: (v) => Math.log(v.reduce((a, b) => a + b, 0)),
  ReduceLogSumExp: (v) => {
    const most = Math.max(...v);
    return most + Math.log(v.reduce((a, b) => a + Math.exp(b - most), 0));
  },
};

export function reduce(node: GraphNode, x: Dense, given: readonly number[] | undefined): Dense {
  const axes = new Set((given ?? x.dims.map((_, i) => i)).map((axis) => place(axis, x.dims.length)));
  const kept = x.dims.map((dim, i) => (axes.has(i) ? 1 : dim));
  const buckets: number[][] = [];
  filled(x.dims, (index) => {
    const at = kept.reduce((sum, dim, i) => sum * dim + (axes.has(i) ? 0 : index[i]), 0);
    buckets[at] ??= [];
    buckets[at].push(read(x, index));
    return 0;
  });
  const data = Float64Array.from(buckets, FOLDS[node.opType]);
  return { dims: node.int('keepdims', 1) ? kept : x.dims.filter((_, i) => !axes.has(i)), data };
}

/** Lines of x along an axis, each replaced by f of it. */
export function along(x: Dense, axis: number, f: (line: number[]) => number[]): Dense {
  const at = place(axis, x.dims.length);
  const size = x.dims[at];
  const step = x.dims.slice(at + 1).reduce((a, b) => a * b, 1);
  const data = new Float64Array(x.data.length);
  for (let outer = 0; outer < x.data.length / (size * step); outer++) {
    for (let inner = 0; inner < step; inner++) {
      const places = Array.from({ length: size }, (_, i) => (outer * size + i) * step + inner);
      f(places.map((p) => x.data[p])).forEach((value, i) => {
        data[places[i]] = value;
      });
    }
  }
  return { dims: x.dims, data };
}

export function softmax(line: number[]): number[] {
  const most = Math.max(...line);
  const powers = line.map((v) => Math.exp(v - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / sum);
}

/** Output, running mean and running variance (population variance, as ONNX says). */
export function batchNormalization(node: GraphNode, inputs: readonly Dense[]): Dense[] {
  const [x, gamma, beta, mean, variance] = inputs;
  const [N, C] = x.dims;
  const plane = x.data.length / (N * C);
  const epsilon = node.float('epsilon', 1e-5);
  const momentum = node.float('momentum', 0.9);
  const training = node.int('training_mode', 0) === 1;
  const y = new Float64Array(x.data.length);
  const [means, variances] = [new Float64Array(C), new Float64Array(C)];
  for (let c = 0; c < C; c++) {
    let [m, v] = [mean.data[c], variance.data[c]];
    const each = (f: (at: number) => void): void => {
      for (let n = 0; n < N; n++) for (let i = 0; i < plane; i++) f((n * C + c) * plane + i);
    };
    if (training) {
      m = 0;
      v = 0;
      each((at) => {
        m += x.data[at] / (N * plane);
      });
      each((at) => {
        v += (x.data[at] - m) ** 2 / (N * plane);
      });
      means[c] = mean.data[c] * momentum + m * (1 - momentum);
      variances[c] = variance.data[c] * momentum + v * (1 - momentum);
    }
    const scale = gamma.data[c] / Math.sqrt(v + epsilon);
    each((at) => {
      y[at] = (x.data[at] - m) * scale + beta.data[c];
    });
  }
  return [
    { dims: x.dims, data: y },
    { dims: [C], data: means },
    { dims: [C], data: variances },
  ];
}
