import type { DeviceChoice, Engine, Placement, Session } from '../engine/types.ts';
import { encodeModel, type ModelMessage, toInt64, type ValueInfoMessage } from '../graph/messages.ts';

const FLOAT = 1;
const INT32 = 6;

const tensor = (name: string, elemType: number, dims: readonly string[]): ValueInfoMessage => ({
  name,
  type: { tensorType: { elemType, shape: { dim: dims.map((dimParam) => ({ dimParam })) } } },
});

/**
 * scores = rows · centroidsᵀ + bias, and per row the number of the greatest score. With bias −½‖c‖² the greatest score
 * is the nearest centroid, because ‖x − c‖² = ‖x‖² − 2·(x·c − ½‖c‖²).
 */
const MODEL: ModelMessage = {
  irVersion: toInt64(8),
  producerName: 'visage',
  opsetImport: [{ domain: '', version: toInt64(17) }],
  graph: {
    name: 'similarity',
    node: [
      {
        opType: 'Gemm',
        input: ['rows', 'centroids', 'bias'],
        output: ['scores'],
        attribute: [{ name: 'transB', type: 2, i: toInt64(1) }],
      },
      {
        opType: 'ArgMax',
        input: ['scores'],
        output: ['index'],
        attribute: [
          { name: 'axis', type: 2, i: toInt64(1) },
          { name: 'keepdims', type: 2, i: toInt64(0) },
        ],
      },
      {
        opType: 'Cast',
        input: ['index'],
        output: ['nearest'],
        attribute: [{ name: 'to', type: 2, i: toInt64(INT32) }],
      },
    ],
    input: [
      tensor('rows', FLOAT, ['n', 'd']),
      tensor('centroids', FLOAT, ['k', 'd']),
      tensor('bias', FLOAT, ['k']),
    ],
    output: [tensor('scores', FLOAT, ['n', 'k']), tensor('nearest', INT32, ['n'])],
  },
};

/** Rows of a block of scores are chosen so that it stays in the processor's cache (2048 rows at k = 300). */
const BLOCK_VALUES = 1 << 19;

/** The similarity graph on a device: all heavy arithmetic of k-means, of neighbours and of exemplars. */
export class Similarity {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(engine: Engine, device: DeviceChoice = 'auto'): Promise<Similarity> {
    return new Similarity(await engine.open(encodeModel(MODEL), { device }));
  }

  get placement(): Placement {
    return this.#session.placement;
  }

  /** How many rows to hand over at once against k centroids. */
  static blockRows(k: number): number {
    return Math.max(256, Math.min(8192, Math.floor(BLOCK_VALUES / k)));
  }

  #feeds(rows: Float32Array, centroids: Float32Array, bias: Float32Array, d: number) {
    return {
      rows: { type: 'float32', dims: [rows.length / d, d], data: rows },
      centroids: { type: 'float32', dims: [bias.length, d], data: centroids },
      bias: { type: 'float32', dims: [bias.length], data: bias },
    } as const;
  }

  /** n × k scores, row-major. */
  async scores(
    rows: Float32Array,
    centroids: Float32Array,
    bias: Float32Array,
    d: number,
  ): Promise<Float32Array> {
    const { scores } = await this.#session.run(this.#feeds(rows, centroids, bias, d), ['scores']);
    return scores.data as Float32Array;
  }

  /** Per row the number of the centroid of greatest score; of equals the first. */
  async nearest(
    rows: Float32Array,
    centroids: Float32Array,
    bias: Float32Array,
    d: number,
  ): Promise<Int32Array> {
    const { nearest } = await this.#session.run(this.#feeds(rows, centroids, bias, d), ['nearest']);
    return nearest.data as Int32Array;
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

/** −½‖c‖² per centroid. */
export function negativeHalfNorms(centroids: Float32Array, d: number): Float32Array {
  const bias = new Float32Array(centroids.length / d);
  for (let c = 0; c < bias.length; c++) {
    let sum = 0;
    for (let j = c * d; j < (c + 1) * d; j++) sum += centroids[j] * centroids[j];
    bias[c] = -sum / 2;
  }
  return bias;
}
