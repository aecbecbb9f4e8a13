import type { FeatureMatrix } from '../../../../core/attributes/heads/features.ts';
import { Random } from '../../../../core/foundation/random.ts';

/** Correlated Gaussian classes around random centres: `overlap` is the spread over the centres' distance. */
export function gaussians(
  seed: number,
  n: number,
  d: number,
  shares: readonly number[],
  overlap = 0.6,
): { features: FeatureMatrix; rows: Int32Array; labels: Uint8Array } {
  const random = new Random(seed);
  const k = shares.length;
  const centres = Float64Array.from({ length: k * d }, () => random.normal());
  const mix = Float64Array.from({ length: d * 3 }, () => random.normal());
  const data = new Float32Array(n * d);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    let pick = random.uniform() * shares.reduce((sum, share) => sum + share, 0);
    let label = 0;
    while (label < k - 1 && pick >= shares[label]) pick -= shares[label++];
    labels[i] = label;
    const common = [random.normal(), random.normal(), random.normal()];
    for (let j = 0; j < d; j++) {
      const shared = common[0] * mix[j * 3] + common[1] * mix[j * 3 + 1] + common[2] * mix[j * 3 + 2];
      data[i * d + j] =
        3 + (1 + (j % 5)) * (centres[label * d + j] + overlap * Math.sqrt(d) * (random.normal() + shared));
    }
  }
  return { features: { data, dimensions: d }, rows: Int32Array.from({ length: n }, (_, i) => i), labels };
}
