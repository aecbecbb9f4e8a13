import { Fault } from '../../foundation/fault.ts';
import { notRead, openPicture } from '../../foundation/pictures/open.ts';
import type { Task } from '../types.ts';
import { readPicture } from './decode.ts';

/** One picture for a person to look at. */
export interface ThumbnailRequest {
  id: number;
  /** Absolute path of the picture file. */
  path: string;
  /** Left, top, width, height in pixels of the upright picture; null for the whole picture. */
  region: readonly [left: number, top: number, width: number, height: number] | null;
  /** Side of a region's square, or the longest side of a whole picture, in pixels. Never enlarged. */
  size: number;
}

/** WebP bytes, or why there are none. */
export type Thumbnail = { id: number; bytes: Uint8Array } | { id: number; problem: string };

const QUALITY = 82;

/** Makes thumbnails, a few at a time; each is handed over as soon as it is there. */
const thumbnails: Task<readonly ThumbnailRequest[], null> = async (requests, { part, signal }) => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < requests.length && !signal.aborted) {
      const request = requests[next++];
      await part(await thumbnail(request));
    }
  };
  await Promise.all([lane(), lane()]);
  return null;
};
export default thumbnails;

async function thumbnail({ id, path, region, size }: ThumbnailRequest): Promise<Thumbnail> {
  try {
    const opened = await openPicture(readPicture(path), { failOn: 'error' });
    const image = opened.clone().autoOrient();
    if (region === null) {
      image.resize(size, size, { fit: 'inside', withoutEnlargement: true });
    } else {
      const { autoOrient } = await opened.metadata();
      const [left, top, width, height] = within(region, autoOrient.width, autoOrient.height);
      image.extract({ left, top, width, height });
      image.resize(size, size, { fit: 'cover', withoutEnlargement: Math.min(width, height) < size });
    }
    const bytes = await image
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .webp({ quality: QUALITY })
      .toBuffer();
    return { id, bytes };
  } catch (thrown) {
    return { id, problem: thrown instanceof Fault ? thrown.message : `'${path}' ${notRead(thrown)}.` };
  }
}

/** The part of a region that lies in the picture, in whole pixels; the whole picture where nothing of it does. */
export function within(
  [left, top, width, height]: NonNullable<ThumbnailRequest['region']>,
  wide: number,
  high: number,
): [left: number, top: number, width: number, height: number] {
  const x0 = Math.max(0, Math.floor(left));
  const y0 = Math.max(0, Math.floor(top));
  const x1 = Math.min(wide, Math.ceil(left + width));
  const y1 = Math.min(high, Math.ceil(top + height));
  return x1 - x0 < 1 || y1 - y0 < 1 ? [0, 0, wide, high] : [x0, y0, x1 - x0, y1 - y0];
}
