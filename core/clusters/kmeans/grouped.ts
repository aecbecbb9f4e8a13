import type { Engine, Session } from '../../engine/types.ts';
import { encodeModel, type ModelMessage, toInt64, type ValueInfoMessage } from '../../graph/messages.ts';

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
/** A score that no real centroid can have, for the empty places of a group. */
const NEVER = -1e30;

const tensor = (name: string, elemType: number, dims: readonly (string | number)[]): ValueInfoMessage => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: {
        dim: dims.map((dim) => (typeof dim === 'string' ? { dimParam: dim } : { dimValue: toInt64(dim) })),
      },
    },
  },
});

/** scores = rows · centroidsᵀ + bias; of each row the two greatest, where the greatest is, and the greatest of each group. */
const MODEL: ModelMessage = {
  irVersion: toInt64(8),
  producerName: 'visage',
  opsetImport: [{ domain: '', version: toInt64(17) }],
  graph: {
    name: 'grouped similarity',
    initializer: [{ name: 'two', dims: [toInt64(1)], dataType: INT64, int64Data: [toInt64(2)] }],
    node: [
      {
        opType: 'Gemm',
        input: ['rows', 'centroids', 'bias'],
        output: ['scores'],
        attribute: [{ name: 'transB', type: 2, i: toInt64(1) }],
      },
      { opType: 'TopK', input: ['scores', 'two'], output: ['best', 'places'] },
      {
        opType: 'Cast',
        input: ['places'],
        output: ['index'],
        attribute: [{ name: 'to', type: 2, i: toInt64(INT32) }],
      },
      { opType: 'Reshape', input: ['scores', 'shape'], output: ['grouped'] },
      {
        opType: 'ReduceMax',
        input: ['grouped'],
        output: ['groups'],
        attribute: [
          { name: 'axes', type: 7, ints: [toInt64(2)] },
          { name: 'keepdims', type: 2, i: toInt64(0) },
        ],
      },
    ],
    input: [
      tensor('rows', FLOAT, ['n', 'd']),
      tensor('centroids', FLOAT, ['k', 'd']),
      tensor('bias', FLOAT, ['k']),
      tensor('shape', INT64, [3]),
    ],
    output: [
      tensor('best', FLOAT, ['n', 2]),
      tensor('index', INT32, ['n', 2]),
      tensor('groups', FLOAT, ['n', 'g']),
    ],
  },
};

export interface GroupedScores {
  /** n × 2, the greatest first. */
  best: Float32Array;
  /** n × 2, places in the grouped order. */
  index: Int32Array;
  /** n × groups */
  groups: Float32Array;
}

/** Centroids in groups of one size, in the order in which the graph takes them. */
export class Grouping {
  readonly groups: number;
  readonly size: number;
  /** Centroid at each place, −1 where a group is not full. */
  readonly order: Int32Array;

  constructor(groups: number, size: number, order: Int32Array) {
    this.groups = groups;
    this.size = size;
    this.order = order;
  }

  /** Centroids and bias in grouped order. */
  arrange(
    centroids: Float32Array,
    bias: Float32Array,
    columns: number,
  ): { centroids: Float32Array; bias: Float32Array } {
    const places = this.order.length;
    const arranged = {
      centroids: new Float32Array(places * columns),
      bias: new Float32Array(places).fill(NEVER),
    };
    for (let place = 0; place < places; place++) {
      const c = this.order[place];
      if (c < 0) continue;
      arranged.centroids.set(centroids.subarray(c * columns, (c + 1) * columns), place * columns);
      arranged.bias[place] = bias[c];
    }
    return arranged;
  }
}

/** The grouped graph as a session. */
export class GroupedSimilarity {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(engine: Engine): Promise<GroupedSimilarity> {
    return new GroupedSimilarity(await engine.open(encodeModel(MODEL), { device: 'cpu' }));
  }

  async run(
    rows: Float32Array,
    arranged: { centroids: Float32Array; bias: Float32Array },
    grouping: Grouping,
    columns: number,
  ): Promise<GroupedScores> {
    const n = rows.length / columns;
    const places = grouping.order.length;
    const { best, index, groups } = await this.#session.run({
      rows: { type: 'float32', dims: [n, columns], data: rows },
      centroids: { type: 'float32', dims: [places, columns], data: arranged.centroids },
      bias: { type: 'float32', dims: [places], data: arranged.bias },
      shape: {
        type: 'int64',
        dims: [3],
        data: BigInt64Array.of(BigInt(n), BigInt(grouping.groups), BigInt(grouping.size)),
      },
    });
    return {
      best: best.data as Float32Array,
      index: index.data as Int32Array,
      groups: groups.data as Float32Array,
    };
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}
