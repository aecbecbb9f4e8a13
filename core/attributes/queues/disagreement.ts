/** What one agent says about the faces, for one attribute: −1 where it says nothing. */
export interface Opinion {
  agent: string;
  values: ArrayLike<number>;
  /** 0 … 1; NaN where none is known, which counts as 1: people and data sets do not hedge. */
  confidences: ArrayLike<number>;
}

/** The agents' dispute about one face. */
export interface Dispute {
  /** Mean over all pairs of agents of the product of both confidences where they differ: 0 … 1. */
  score: number;
  /** Value with the largest summed confidence; the lower value of equals. */
  favoured: number;
  /** Indices of the opinions that say something. */
  voices: number[];
}

/** The dispute about face `i`, undefined where fewer than two agents speak or all agree. */
export function disputeOf(opinions: readonly Opinion[], i: number, values: number): Dispute | undefined {
  const voices: number[] = [];
  let differ = false;
  for (let a = 0; a < opinions.length; a++) {
    const value = opinions[a].values[i];
    if (value < 0) continue;
    if (voices.length > 0 && opinions[voices[0]].values[i] !== value) differ = true;
    voices.push(a);
  }
  if (!differ) return undefined;
  const weights = voices.map((a) => {
    const confidence = opinions[a].confidences[i];
    return Number.isNaN(confidence) ? 1 : confidence;
  });
  let sum = 0;
  const support = new Float64Array(values);
  for (let a = 0; a < voices.length; a++) {
    const value = opinions[voices[a]].values[i];
    support[value] += weights[a];
    for (let b = 0; b < a; b++) {
      if (opinions[voices[b]].values[i] !== value) sum += weights[a] * weights[b];
    }
  }
  let favoured = 0;
  for (let v = 1; v < values; v++) if (support[v] > support[favoured]) favoured = v;
  return { score: sum / ((voices.length * (voices.length - 1)) / 2), favoured, voices };
}
