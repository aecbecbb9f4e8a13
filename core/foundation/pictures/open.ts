import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { decodeBmp } from './bmp.ts';
import { decodeJpeg2000 } from './jpeg2000.ts';
import { pictureKind, READ_KINDS } from './kinds.ts';
import { checkPixels, MOST_PIXELS, NotRead } from './limits.ts';
import { decodePnm } from './pnm.ts';
import type { Raster } from './raster.ts';

export { MOST_PIXELS, NotRead } from './limits.ts';

/** @throws NotRead for what is no picture, or one of a kind that is not read */
export function kindOf(bytes: Uint8Array): { name: string; by: 'sharp' | 'bmp' | 'pnm' | 'jpeg2000' } {
  const kind = pictureKind(bytes);
  if (kind === undefined) throw new NotRead(`is not a picture that can be read; allowed: ${READ_KINDS}`);
  if (kind.by === null) throw new NotRead(`is ${kind.name}, which is not read; ${kind.remedy}`);
  return kind;
}

const rasterOf = async (bytes: Buffer, by: 'bmp' | 'pnm' | 'jpeg2000'): Promise<Raster> =>
  by === 'pnm' ? decodePnm(bytes) : by === 'bmp' ? decodeBmp(bytes) : await decodeJpeg2000(bytes);

/**
 * Opens an encoded picture of any kind that is read, by its content: whatever takes pictures opens them here.
 * @param options sharp's; pictures that have a decoder of their own are decoded at once, wholly
 * @throws NotRead for what is no picture, too large, damaged, cut short or of a kind that is not read. What libvips
 *   finds is only met when the result is used: `notRead` says both.
 */
export async function openPicture(bytes: Buffer, options: SharpOptions = {}): Promise<Sharp> {
  const { by } = kindOf(bytes);
  if (by === 'sharp') return sharp(bytes, { limitInputPixels: MOST_PIXELS, ...options });
  const { data, width, height, channels } = await rasterOf(bytes, by);
  return sharp(data, { ...options, limitInputPixels: MOST_PIXELS, raw: { width, height, channels } });
}

/** Upright size by the header. @throws NotRead as `openPicture` */
export async function pictureSize(
  bytes: Buffer | string,
): Promise<{ width: number; height: number; format: string }> {
  const image = typeof bytes === 'string' ? sharp(bytes, NO_LIMIT) : await openPicture(bytes, NO_LIMIT);
  const { autoOrient, format } = await image.metadata();
  checkPixels(autoOrient.width, autoOrient.height);
  return { ...autoOrient, format };
}

// So that a too large one is told with its size.
const NO_LIMIT = { limitInputPixels: false } as const;

/** Why a picture could not be opened, completing 'The file …', without a full stop. */
export function notRead(thrown: unknown): string {
  if (thrown instanceof NotRead) return thrown.message;
  // libvips writes one line per warning; the first says what is wrong.
  const message = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0].trim();
  if (/unsupported image format/i.test(message)) {
    return `is not a picture that can be read; allowed: ${READ_KINDS}`;
  }
  if (/exceeds pixel limit/i.test(message)) {
    return `has more than ${MOST_PIXELS / 1e6} million pixels, the most that is read (scale it down, or cut the faces out)`;
  }
  if (/premature end of JPEG|truncated|unexpected end|end of (stream|file)|bad seek/i.test(message)) {
    return 'is cut short: its picture data end too early';
  }
  // Which of libvips' threads speaks first, the decoder's or the one that stops at a warning, is chance.
  if (/corrupt jpeg data|warning treated as error/i.test(message)) {
    return 'is damaged: parts of its picture data cannot be decoded';
  }
  return `is damaged: ${message.replace(/\.+$/, '').slice(0, 200)}`;
}
