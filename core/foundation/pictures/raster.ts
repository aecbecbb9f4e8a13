/** A decoded picture as it was stored: interleaved, 8 bits per channel, grey or RGB, maybe with alpha last. */
export interface Raster {
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
  data: Uint8Array;
}

/** Values of 0…most as 0…255. */
export function toBytes(values: ArrayLike<number>, most: number, lowest = 0): Uint8Array {
  const bytes = new Uint8Array(values.length);
  const scale = 255 / (most - lowest);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.min(255, Math.round((values[i] - lowest) * scale));
  return bytes;
}
