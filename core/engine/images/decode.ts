import sharp from 'sharp';
import { diskFault, Fault, sentenceOf } from '../../foundation/fault.ts';
import { pictureBytes, pictureStat } from '../../foundation/packed/pictures.ts';
import { checkBytes, MOST_PIXELS } from '../../foundation/pictures/limits.ts';
import { NotRead, notRead, openPicture } from '../../foundation/pictures/open.ts';
import { jpegHeader } from './jpeg.ts';
import type { Picture } from './pixels.ts';

/**
 * Files to pixels. A picture is turned upright as its EXIF orientation says before anything else looks at it: boxes,
 * points and landmarks are those of the upright picture. CMYK, 16 bits, grey and embedded profiles become 8-bit sRGB;
 * what is transparent is laid on black, as is what lies outside a picture.
 */

/** Smaller JPEGs, in pixels, are decoded whole: there is nothing to gain. */
const WORTH_REDUCING = 600_000;

/** The bytes of a picture. @throws Fault with a sentence */
export function readPicture(path: string): Buffer {
  let bytes: Buffer;
  try {
    const { size } = pictureStat(path);
    checkBytes(size);
    bytes = pictureBytes(path);
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    if (thrown instanceof NotRead) throw new Fault(`'${path}' ${thrown.message}.`);
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new Fault(`'${path}' does not exist.`);
    if (code === 'EISDIR') throw new Fault(`'${path}' is a folder, not a picture.`);
    throw diskFault(thrown, path, 'read') ?? new Fault(`'${path}' cannot be read: ${sentenceOf(thrown)}.`);
  }
  if (bytes.length === 0) throw new Fault(`'${path}' is empty (0 bytes).`);
  return bytes;
}

const SHARP = { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true } as const;

/**
 * Decodes a picture.
 * @param needed given the upright size, how many picture pixels one pixel of the finest crop covers. Where that is 4 or
 *   more, a JPEG is decoded at 1/2, 1/4 or 1/8 so that at least two decoded pixels still fall on one of the crop:
 *   the crop’s own filter then reads a picture that is still finer than its input.
 * @throws Fault with a sentence
 */
export async function decode(
  path: string,
  needed: (width: number, height: number) => number = () => 1,
): Promise<Picture> {
  const bytes = readPicture(path);
  try {
    const jpeg = jpegHeader(bytes);
    let full: { width: number; height: number } | undefined;
    let divisor = 1;
    if (jpeg !== undefined && jpeg.width * jpeg.height >= WORTH_REDUCING) {
      full = jpeg.plain ? jpeg : (await sharp(bytes, SHARP).metadata()).autoOrient;
      const scale = needed(full.width, full.height);
      divisor = scale >= 16 ? 8 : scale >= 8 ? 4 : scale >= 4 ? 2 : 1;
    }
    // A JPEG's header was read already.
    let image = jpeg === undefined ? await openPicture(bytes, SHARP) : sharp(bytes, SHARP);
    // Each step that a plain picture does not need costs a twentieth of decoding a small one.
    if (!jpeg?.plain) image = image.autoOrient();
    if (full !== undefined && divisor > 1) {
      // At these sizes libjpeg's own scaled decoding gives the picture and no resampling follows.
      image = image.resize(Math.ceil(full.width / divisor), Math.ceil(full.height / divisor), {
        fit: 'fill',
        kernel: 'linear',
        fastShrinkOnLoad: true,
      });
    }
    if (!jpeg?.plain) image = image.flatten({ background: '#000' }).toColourspace('srgb');
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    return {
      width,
      height,
      data: channels === 3 ? data : asRgb(data, width * height, channels),
      fullWidth: full?.width ?? width,
      fullHeight: full?.height ?? height,
    };
  } catch (thrown) {
    throw new Fault(`'${path}' ${notRead(thrown)}.`);
  }
}

/** Grey (1 or 2 channels) or RGB with more channels, as RGB. */
function asRgb(data: Uint8Array, count: number, channels: number): Uint8Array {
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) rgb[i * 3 + c] = data[i * channels + (channels >= 3 ? c : 0)];
  }
  return rgb;
}
