import type { GraphNode } from '../../../../core/graph/graph.ts';
import { type Dense, dense, filled, indices, read, sizeOf } from './array.ts';

const list = (node: GraphNode, name: string, rank: number, value: number): number[] =>
  node.ints(name) ?? new Array<number>(rank).fill(value);

/** Padding before each dimension and output sizes, from the ONNX text. */
function geometry(node: GraphNode, sizes: readonly number[], kernel: readonly number[]) {
  const rank = kernel.length;
  const strides = list(node, 'strides', rank, 1);
  const dilations = list(node, 'dilations', rank, 1);
  const auto = node.text('auto_pad', 'NOTSET');
  const pads = list(node, 'pads', 2 * rank, 0);
  const reach = kernel.map((size, i) => (size - 1) * dilations[i] + 1);
  const ceil = node.int('ceil_mode', 0) === 1;
  const begins: number[] = [];
  const ends: number[] = [];
  const outputs: number[] = [];
  for (let i = 0; i < rank; i++) {
    if (auto.startsWith('SAME')) {
      outputs[i] = Math.ceil(sizes[i] / strides[i]);
      const total = Math.max(0, (outputs[i] - 1) * strides[i] + reach[i] - sizes[i]);
      begins[i] = auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
      ends[i] = total - begins[i];
    } else {
      begins[i] = auto === 'VALID' ? 0 : pads[i];
      ends[i] = auto === 'VALID' ? 0 : pads[i + rank];
      const free = sizes[i] + begins[i] + ends[i] - reach[i];
      outputs[i] = (ceil ? Math.ceil(free / strides[i]) : Math.floor(free / strides[i])) + 1;
      if (ceil && (outputs[i] - 1) * strides[i] >= sizes[i] + begins[i]) outputs[i]--;
    }
  }
  return { strides, dilations, begins, ends, outputs };
}

export function conv(node: GraphNode, x: Dense, w: Dense, bias: Dense | undefined): Dense {
  const group = node.int('group', 1);
  const kernel = w.dims.slice(2);
  const { strides, dilations, begins, outputs } = geometry(node, x.dims.slice(2), kernel);
  const [each, inner] = [w.dims[0] / group, w.dims[1]];
  if (kernel.length === 2) return conv2d(node, x, w, bias, { strides, dilations, begins, outputs });
  return filled([x.dims[0], w.dims[0], ...outputs], ([n, k, ...at]) => {
    const first = Math.floor(k / each) * inner;
    let sum = bias?.data[k] ?? 0;
    for (let c = 0; c < inner; c++) {
      for (const tap of indices(kernel)) {
        const from = at.map((o, i) => o * strides[i] - begins[i] + tap[i] * dilations[i]);
        sum += read(x, [n, first + c, ...from]) * read(w, [k, c, ...tap]);
      }
    }
    return sum;
  });
}

/** The same with plain loops: whole networks go through it many times. */
function conv2d(
  node: GraphNode,
  x: Dense,
  w: Dense,
  bias: Dense | undefined,
  g: { strides: number[]; dilations: number[]; begins: number[]; outputs: number[] },
): Dense {
  const [N, C, H, W] = x.dims;
  const [K, inner, R, S] = w.dims;
  const [P, Q] = g.outputs;
  const each = K / node.int('group', 1);
  const y = new Float64Array(N * K * P * Q);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const out = (n * K + k) * P * Q;
      if (bias) y.fill(bias.data[k], out, out + P * Q);
      for (let c = 0; c < inner; c++) {
        const plane = (n * C + Math.floor(k / each) * inner + c) * H * W;
        for (let r = 0; r < R; r++) {
          for (let s = 0; s < S; s++) {
            const weight = w.data[((k * inner + c) * R + r) * S + s];
            if (weight === 0) continue;
            for (let p = 0; p < P; p++) {
              const row = p * g.strides[0] - g.begins[0] + r * g.dilations[0];
              if (row < 0 || row >= H) continue;
              for (let q = 0; q < Q; q++) {
                const column = q * g.strides[1] - g.begins[1] + s * g.dilations[1];
                if (column >= 0 && column < W)
                  y[out + p * Q + q] += weight * x.data[plane + row * W + column];
              }
            }
          }
        }
      }
    }
  }
  return { dims: [N, K, P, Q], data: y };
}

export function convTranspose(node: GraphNode, x: Dense, w: Dense, bias: Dense | undefined): Dense {
  const group = node.int('group', 1);
  const kernel = w.dims.slice(2);
  const rank = kernel.length;
  const strides = list(node, 'strides', rank, 1);
  const dilations = list(node, 'dilations', rank, 1);
  const extra = list(node, 'output_padding', rank, 0);
  const auto = node.text('auto_pad', 'NOTSET');
  const wanted = node.ints('output_shape')?.slice(-rank);
  const pads = list(node, 'pads', 2 * rank, 0);
  const begins: number[] = [];
  const outputs: number[] = [];
  for (let i = 0; i < rank; i++) {
    const size = x.dims[2 + i];
    const full = strides[i] * (size - 1) + extra[i] + (kernel[i] - 1) * dilations[i] + 1;
    if (wanted !== undefined || auto.startsWith('SAME')) {
      outputs[i] = wanted?.[i] ?? size * strides[i];
      const total = full - outputs[i];
      begins[i] = auto === 'SAME_UPPER' ? Math.floor(total / 2) : total - Math.floor(total / 2);
    } else {
      begins[i] = auto === 'VALID' ? 0 : pads[i];
      outputs[i] = full - begins[i] - (auto === 'VALID' ? 0 : pads[i + rank]);
    }
  }
  const [perGroup, inner] = [w.dims[1], x.dims[1] / group];
  const y = filled([x.dims[0], perGroup * group, ...outputs], ([, k]) => bias?.data[k] ?? 0);
  const place = (index: readonly number[]): number =>
    index.reduce((at, value, axis) => at * y.dims[axis] + value, 0);
  for (const index of indices(x.dims)) {
    const [n, c, ...at] = index;
    const value = read(x, index);
    for (let k = 0; k < perGroup; k++) {
      for (const tap of indices(kernel)) {
        const to = at.map((o, i) => o * strides[i] + tap[i] * dilations[i] - begins[i]);
        if (to.some((each, i) => each < 0 || each >= outputs[i])) continue;
        y.data[place([n, Math.floor(c / inner) * perGroup + k, ...to])] += value * read(w, [c, k, ...tap]);
      }
    }
  }
  return y;
}

export function pool(node: GraphNode, x: Dense): Dense {
  const kernel = node.ints('kernel_shape') ?? [];
  const sizes = x.dims.slice(2);
  const { strides, dilations, begins, ends, outputs } = geometry(node, sizes, kernel);
  const padding = node.int('count_include_pad', 0) === 1;
  const max = node.opType === 'MaxPool';
  return filled([...x.dims.slice(0, 2), ...outputs], ([n, c, ...at]) => {
    let [best, sum, count] = [Number.NEGATIVE_INFINITY, 0, 0];
    for (const tap of indices(kernel)) {
      const from = at.map((o, i) => o * strides[i] - begins[i] + tap[i] * dilations[i]);
      const inside = from.every((each, i) => each >= 0 && each < sizes[i]);
      if (inside) {
        const value = read(x, [n, c, ...from]);
        best = Math.max(best, value);
        sum += value;
      }
      if (inside || (padding && from.every((each, i) => each < sizes[i] + ends[i]))) count++;
    }
    return max ? best : sum / count;
  });
}

export function globalPool(node: GraphNode, x: Dense): Dense {
  const [n, c, ...sizes] = x.dims;
  const count = sizeOf(sizes);
  const data = Array.from({ length: n * c }, (_, i) => {
    const plane = x.data.subarray(i * count, (i + 1) * count);
    return node.opType === 'GlobalMaxPool' ? Math.max(...plane) : plane.reduce((s, v) => s + v, 0) / count;
  });
  return dense([n, c, ...sizes.map(() => 1)], data);
}

/** @param scales and sizes as the inputs give them; an empty list where one is left out */
export function resize(
  node: GraphNode,
  x: Dense,
  scales: readonly number[],
  sizes: readonly number[],
): Dense {
  const dims = x.dims.map((dim, i) => (sizes.length ? sizes[i] : Math.floor(dim * scales[i])));
  const factor = x.dims.map((dim, i) => (sizes.length ? dims[i] / dim : scales[i]));
  const how = node.text('coordinate_transformation_mode', 'half_pixel');
  const from = (at: number, i: number): number => {
    if (how === 'asymmetric') return at / factor[i];
    if (how === 'align_corners') return dims[i] === 1 ? 0 : (at * (x.dims[i] - 1)) / (dims[i] - 1);
    if (how === 'pytorch_half_pixel' && dims[i] === 1) return 0;
    return (at + 0.5) / factor[i] - 0.5;
  };
  const round: Record<string, (v: number) => number> = {
    floor: Math.floor,
    ceil: Math.ceil,
    round_prefer_floor: (v) => (v % 1 === 0.5 ? Math.floor(v) : Math.round(v)),
    round_prefer_ceil: (v) => Math.round(v),
  };
  const held = (at: number, i: number): number => Math.min(Math.max(at, 0), x.dims[i] - 1);
  const rounding = round[node.text('nearest_mode', 'round_prefer_floor')];
  return filled(dims, (index) => {
    const at = index.map((each, i) => (dims[i] === x.dims[i] && factor[i] === 1 ? each : from(each, i)));
    if (node.text('mode', 'nearest') === 'nearest') {
      return read(
        x,
        at.map((each, i) => held(rounding(each), i)),
      );
    }
    let sum = 0;
    for (const corner of indices(at.map(() => 2))) {
      let share = 1;
      const place = at.map((each, i) => {
        const low = Math.floor(held(each, i));
        const rest = held(each, i) - low;
        share *= corner[i] === 1 ? rest : 1 - rest;
        return held(low + corner[i], i);
      });
      if (share !== 0) sum += share * read(x, place);
    }
    return sum;
  });
}
