/** How a point is drawn. Unselected points grey out; they do not vanish. Hidden ones are of no face any more. */
export const STATE = { hidden: 0, grey: 1, shown: 2 } as const;

/** Points in the order of drawing: first those that are grey, then those that count. */
export interface Layers {
  order: Uint32Array;
  grey: number;
  shown: number;
}

/**
 * A fixed random order of the points. Drawn in the order of their ids, the last import would cover the rest; in a random
 * order a crowded place shows its true mixture, and the first part of the list is a fair sample of the whole.
 */
export function shuffledOrder(count: number): Uint32Array {
  const order = new Uint32Array(count);
  let state = 0x9e3779b9;
  for (let i = 0; i < count; i++) {
    // xorshift32: quick, and the same order each time.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

/** Parts the points by their states; each layer keeps the order that it is given. */
export function layersOf(order: Uint32Array, states: Uint8Array): Layers {
  let grey = 0;
  let shown = 0;
  for (let i = 0; i < states.length; i++) {
    if (states[i] === STATE.grey) grey++;
    else if (states[i] === STATE.shown) shown++;
  }
  const result = new Uint32Array(grey + shown);
  let atGrey = 0;
  let atShown = grey;
  for (let i = 0; i < order.length; i++) {
    const point = order[i];
    if (states[point] === STATE.grey) result[atGrey++] = point;
    else if (states[point] === STATE.shown) result[atShown++] = point;
  }
  return { order: result, grey, shown };
}
