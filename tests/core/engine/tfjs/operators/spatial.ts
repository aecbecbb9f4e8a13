import type { Handle } from '../../../../../core/graph/builder.ts';
import type { Case, Sketch } from '../sketch.ts';

/** Kernel, strides, dilations and padding of 1 or 2 dimensions, and sides on which the window fits. */
function window(s: Sketch, rank: number, settings: { dilate?: boolean; autos?: boolean } = {}) {
  const list = (low: number, high: number): number[] => Array.from({ length: rank }, () => s.int(low, high));
  const kernel = list(1, 3);
  const strides = list(1, 3);
  const drawn = settings.dilate === false ? list(1, 1) : list(1, 2);
  const auto =
    settings.autos === false ? 'NOTSET' : s.pick('NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID');
  // ONNX Runtime does not dilate when it pads by itself.
  const dilations = auto.startsWith('SAME') ? list(1, 1) : drawn;
  // ONNX refuses padding of a whole window in pooling.
  const pads = [...kernel, ...kernel].map((side) => s.int(0, side - 1));
  const sides = kernel.map((side, i) => (side - 1) * dilations[i] + 1 + s.int(0, 6));
  return {
    kernel,
    sides,
    attributes: {
      kernel_shape: kernel,
      strides,
      dilations,
      ...(auto === 'NOTSET' ? { pads } : { auto_pad: auto }),
    },
  };
}

function conv(s: Sketch, group: 'none' | 'some' | 'depthwise'): Handle {
  const rank = s.pick(1, 2, 2);
  const { kernel, sides, attributes } = window(s, rank);
  const groups = group === 'none' ? 1 : s.int(2, 4);
  const each = group === 'depthwise' ? 1 : s.int(1, 3);
  const outputs = groups * s.int(1, 3);
  const w = s.w([outputs, each, ...kernel]);
  const inputs = [s.x([s.int(1, 3), groups * each, ...sides]), w];
  if (s.pick(true, false)) inputs.push(s.w([outputs]));
  return s.op('Conv', inputs, { ...attributes, group: groups });
}

function convTranspose(s: Sketch, way: 'pads' | 'shape' | 'same'): Handle {
  const rank = s.pick(1, 2, 2);
  const { kernel, attributes } = window(s, rank, { autos: false });
  const { strides, dilations } = attributes;
  const sides = kernel.map(() => s.int(2, 5));
  const groups = s.int(1, 3);
  const [inputs, outputs] = [groups * s.int(1, 3), s.int(1, 3)];
  const spans = kernel.map((side, i) => (side - 1) * dilations[i] + 1);
  const full = sides.map((side, i) => (side - 1) * strides[i] + spans[i]);
  const extra = strides.map((stride) => s.int(0, stride - 1));
  const more =
    way === 'pads'
      ? { output_padding: extra }
      : way === 'shape'
        ? {
            output_shape: full.map((side) => side - s.int(0, 1)),
            auto_pad: s.pick('NOTSET', 'SAME_UPPER', 'SAME_LOWER'),
          }
        : { auto_pad: s.pick('SAME_UPPER', 'SAME_LOWER') };
  const values = [s.x([s.int(1, 2), inputs, ...sides]), s.w([inputs, outputs, ...kernel])];
  if (s.pick(true, false)) values.push(s.w([groups * outputs]));
  const { pads, ...rest } = attributes as typeof attributes & { pads: number[] };
  const fits = pads.map((pad, i) => Math.min(pad, Math.floor((full[i % rank] - 1) / 2)));
  return s.op('ConvTranspose', values, {
    ...rest,
    ...more,
    ...(way === 'pads' ? { pads: fits } : {}),
    group: groups,
  });
}

const pool =
  (name: string, more: (s: Sketch) => Record<string, number> = () => ({}), dilate = false): Case =>
  (s) => {
    const { kernel, sides, attributes } = window(s, s.pick(1, 2, 2), { dilate });
    const { dilations, ...rest } = attributes;
    const x = s.x([s.int(1, 3), s.int(1, 4), ...sides]);
    return s.op(name, [x], { ...rest, ...(dilate ? { dilations } : {}), kernel_shape: kernel, ...more(s) });
  };

const globally =
  (name: string): Case =>
  (s) =>
    s.op(name, [s.x([s.int(1, 3), s.int(1, 4), ...s.shape(1, 2)])]);

function resize(
  s: Sketch,
  mode: string,
  attributes: Record<string, string | number | { float: number }>,
): Handle {
  const dims = [s.int(1, 2), s.int(1, 3), s.int(2, 7), s.int(2, 7)];
  const x = s.x(dims);
  const sizes = [dims[0], dims[1], s.int(1, 12), s.int(1, 12)];
  const bySizes = s.pick(true, false);
  const scales = s.b.constant(
    'scales',
    Float32Array.of(1, 1, s.pick(2, 1.5, 0.5, 3), s.pick(2, 1, 0.7, 2.3)),
  );
  return s.op('Resize', bySizes ? [x, null, null, s.b.ints(sizes)] : [x, null, scales], {
    mode,
    ...attributes,
  });
}

const COORDINATES = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'] as const;

export const SPATIAL: Readonly<Record<string, Case>> = {
  Conv: (s) => conv(s, 'none'),
  'Conv of groups': (s) => conv(s, 'some'),
  'Conv, depthwise': (s) => conv(s, 'depthwise'),
  'Conv with a computed kernel': (s) =>
    s.op('Conv', [s.x([2, 3, 6, 5]), s.x([4, 3, 3, 2])], { pads: [1, 0, 1, 1] }),
  'ConvTranspose by pads': (s) => convTranspose(s, 'pads'),
  'ConvTranspose to a shape': (s) => convTranspose(s, 'shape'),
  'ConvTranspose to the same': (s) => convTranspose(s, 'same'),
  MaxPool: pool('MaxPool', (s) => ({ ceil_mode: s.pick(0, 1) })),
  'MaxPool, dilated': pool('MaxPool', (s) => ({ ceil_mode: s.pick(0, 1) }), true),
  'MaxPool with indices': (s) => {
    const { sides, attributes } = window(s, s.pick(1, 2, 2), { autos: false });
    return s.ops('MaxPool', [s.x([s.int(1, 3), s.int(1, 4), ...sides])], attributes, 2);
  },
  AveragePool: pool('AveragePool', (s) => ({ count_include_pad: s.pick(0, 1) })),
  'AveragePool, ceiling': pool('AveragePool', (s) => ({ count_include_pad: s.pick(0, 1), ceil_mode: 1 })),
  'AveragePool, dilated': {
    opset: 19,
    draw: pool('AveragePool', (s) => ({ count_include_pad: s.pick(0, 1) }), true) as never,
  },
  LpPool: pool('LpPool', (s) => ({ p: s.pick(1, 2, 3) })),
  GlobalAveragePool: globally('GlobalAveragePool'),
  GlobalMaxPool: globally('GlobalMaxPool'),
  GlobalLpPool: (s) => s.op('GlobalLpPool', [s.x([2, 3, 4, 5])], { p: s.pick(1, 2) }),
  'Resize, nearest': (s) =>
    resize(s, 'nearest', {
      coordinate_transformation_mode: s.pick(...COORDINATES),
      nearest_mode: s.pick('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'),
    }),
  'Resize, linear': (s) => resize(s, 'linear', { coordinate_transformation_mode: s.pick(...COORDINATES) }),
  'Resize, cubic': (s) =>
    resize(s, 'cubic', {
      coordinate_transformation_mode: s.pick(...COORDINATES),
      cubic_coeff_a: { float: s.pick(-0.75, -0.5) },
      exclude_outside: s.pick(0, 1),
    }),
  'Resize of opset 10': {
    opset: 10,
    draw: (s) => {
      const scales = s.b.constant('scales', Float32Array.of(1, 1, s.pick(2, 0.5), s.pick(2, 3)));
      return s.op('Resize', [s.x([1, 2, s.int(2, 6), s.int(2, 6)]), scales], {
        mode: s.pick('nearest', 'linear'),
      });
    },
  },
  'Upsample of opset 9': {
    opset: 9,
    draw: (s) => {
      const scales = s.b.constant('scales', Float32Array.of(1, 1, s.pick(2, 3), 2));
      return s.op('Upsample', [s.x([1, 2, 4, 3]), scales], { mode: s.pick('nearest', 'linear') });
    },
  },
  Pad: (s) => {
    const dims = s.shape(1, 4, 3);
    const pads = [...dims, ...dims].map(() => s.int(-1, 2));
    const value = s.pick(null, s.b.scalar(1.5));
    return s.op('Pad', [s.x(dims), s.b.ints(pads), value]);
  },
  'Pad of what lies inside': (s) => {
    const dims = s.shape(1, 4, 3);
    const pads = [...dims, ...dims].map(() => s.int(0, 2));
    return s.op('Pad', [s.x(dims), s.b.ints(pads)], { mode: s.pick('reflect', 'edge') });
  },
  'Pad of some axes': {
    opset: 19,
    draw: (s) =>
      s.op('Pad', [s.x([2, 3, 4, 5]), s.b.ints([1, 2, 0, 1]), null, s.b.ints([s.pick(1, -3), 3])], {
        mode: s.pick('constant', 'wrap'),
      }),
  },
  'Pad of opset 10': {
    opset: 10,
    draw: (s) => s.op('Pad', [s.x([2, 3, 4])], { pads: [0, 1, 2, 1, 0, 1], value: { float: -2 } }),
  },
  DepthToSpace: (s) => {
    const b = s.int(2, 3);
    return s.op('DepthToSpace', [s.x([2, b * b * s.int(1, 2), 3, 2])], {
      blocksize: b,
      mode: s.pick('DCR', 'CRD'),
    });
  },
  SpaceToDepth: (s) => {
    const b = s.int(2, 3);
    return s.op('SpaceToDepth', [s.x([2, 2, b * 2, b * 3])], { blocksize: b });
  },
};
