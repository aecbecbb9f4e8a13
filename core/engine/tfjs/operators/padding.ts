import { refuse } from '../../../graph/shapes/rule.ts';
import { type Operator, taken } from '../operator.ts';
import { axisIn } from '../value.ts';

/** The place in a side that an index outside of it stands for. */
const WRAPS: Readonly<Record<string, (index: number, side: number) => number>> = {
  edge: (index, side) => Math.min(side - 1, Math.max(0, index)),
  wrap: (index, side) => ((index % side) + side) % side,
  reflect: (index, side) => {
    if (side === 1) return 0;
    const period = 2 * (side - 1);
    const at = ((index % period) + period) % period;
    return at < side ? at : period - at;
  },
};

/** Borders of a constant, of the edge, or of what lies inside; negative ones cut. */
const pad: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const given = call.numbers('pads', 1) ?? refuse(node, 'says no pads');
  const axes = (call.given(3)?.numbers() ?? x.dims.map((_, i) => i)).map((axis) => call.axis(axis, x.rank));
  if (given.length !== 2 * axes.length) {
    refuse(node, `has ${given.length} pads for ${axes.length} dimensions; two for each are needed`);
  }
  const mode = node.text('mode', 'constant');
  const { layout } = x;
  let y = x.in(layout);
  if (mode !== 'constant') {
    const wrapped = WRAPS[mode] ?? refuse(node, `pads by '${mode}', which is not supported here`);
    for (const [i, axis] of axes.entries()) {
      const begin = given[i];
      const end = given[i + axes.length];
      if (begin === 0 && end === 0) continue;
      const side = x.dims[axis];
      const places = Array.from({ length: side + begin + end }, (_, at) => wrapped(at - begin, side));
      y = taken(tf, y, places, axisIn(layout, axis, x.rank));
    }
    return call.result(y, x.type, layout);
  }
  const value = call.given(2)?.numbers()[0] ?? node.float('value', 0);
  const begins = new Array<number>(x.rank).fill(0);
  const ends = new Array<number>(x.rank).fill(0);
  for (const [i, axis] of axes.entries()) {
    const at = axisIn(layout, axis, x.rank);
    begins[at] = given[i];
    ends[at] = given[i + axes.length];
  }
  if ([...begins, ...ends].some((one) => one < 0)) {
    const from = begins.map((one) => Math.max(0, -one));
    y = tf.slice(
      y,
      from,
      y.shape.map((side, i) => side - from[i] + Math.min(0, ends[i])),
    );
  }
  if ([...begins, ...ends].some((one) => one > 0)) {
    y = tf.pad(
      y,
      begins.map((one, i): [number, number] => [Math.max(0, one), Math.max(0, ends[i])]),
      value,
    );
  }
  return call.result(y, x.type, layout);
};

export const PADDING: Readonly<Record<string, Operator>> = { Pad: pad };
