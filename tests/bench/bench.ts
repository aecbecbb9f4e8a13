/** One ratio of ours against a peer, measured in the same run. */
export interface BenchResult {
  name: string;
  /** What ours took or reached, with unit: '1.21 s', '812 faces/s'. */
  ours: string;
  peer: string;
  /** How many times as fast as the peer (or the share of an allowed time that was used, where there is no peer). */
  ratio: number;
  /** '≥ 2 × scikit-learn', '< 1 s'. */
  goal: string;
  met: boolean;
  note?: string;
}

/** A file `NAME.bench.ts` exports one of these as `bench`. */
export interface Bench {
  name: string;
  run(): Promise<BenchResult[]>;
}

/** Median of an odd or even number of measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
