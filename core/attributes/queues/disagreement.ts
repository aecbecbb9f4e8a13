/** What one agent says about the faces, for one attribute: −1 where it says nothing. */
export interface Opinion {
  agent: string;
  values: ArrayLike<number>;
  /** 0 … 1; NaN where none is known, which counts as 1: people and data sets do not hedge. */
  confidences: ArrayLike<number>;
}

/** The agents' dispute about one face. */
export interface Dispute {
  /**
   * 1 − Π (1 − w_a·w_b) over the pairs of agents that differ, w their confidences: 0 … 1. Each further contradiction
   * adds to it, and two sure agents outweigh many unsure ones.
   */
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
  let peace = 1;
  const support = new Float64Array(values);
  for (let a = 0; a < voices.length; a++) {
    const value = opinions[voices[a]].values[i];
    support[value] += weights[a];
    for (let b = 0; b < a; b++) {
      if (opinions[voices[b]].values[i] !== value) peace *= 1 - weights[a] * weights[b];
    }
  }
  let favoured = 0;
  for (let v = 1; v < values; v++) if (support[v] > support[favoured]) favoured = v;
  return { score: 1 - peace, favoured, voices };
}
