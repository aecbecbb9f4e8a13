import { extname } from 'node:path';

/** What a file is by its first bytes, whatever its name says. */
export type PictureKind =
  /** 'sharp': by libvips; the others by a decoder of their own. */
  | { name: string; by: 'sharp' | 'bmp' | 'pnm' | 'jpeg2000' }
  /** Known and not read; `remedy` completes 'which is not read; …'. */
  | { name: string; by: null; remedy: string };

/** In words, for sentences. */
export const READ_KINDS = 'JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, JPEG 2000 or PBM/PGM/PPM/PAM';

/** Bytes that `pictureKind` looks at, at most. */
export const KIND_BYTES = 512;

const MATCHED = 'labels that name the old file find the new one with --match-stem';
const HEIC: PictureKind = {
  name: 'HEIC',
  by: null,
  remedy: `convert it to JPEG first (Linux: heif-convert A.heic A.jpg, macOS: sips -s format jpeg A.heic --out A.jpg, Windows: Photos, 'Save as'); ${MATCHED}`,
};
const JPEG_XL: PictureKind = {
  name: 'JPEG XL',
  by: null,
  remedy: `convert it first (djxl A.jxl A.jpg); ${MATCHED}`,
};
const drawing = (name: string): PictureKind => ({
  name,
  by: null,
  remedy: 'it is a document, not a photograph: save its picture as PNG or JPEG',
});
const VIDEO: PictureKind = {
  name: 'a video (MP4 or QuickTime)',
  by: null,
  remedy: 'take single pictures from it first (ffmpeg -i A.mp4 A-%05d.jpg)',
};

const latin = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

/** Kind of an ISO base media file by its brands (ISO/IEC 14496-12 § 4.3; HEIF: ISO/IEC 23008-12, AVIF: AOM). */
function ofBrands(bytes: Uint8Array): PictureKind {
  const end = Math.min(bytes.length, KIND_BYTES, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
  const brands = [latin(bytes, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin(bytes, at, at + 4));
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return { name: 'AVIF', by: 'sharp' };
  if (brands.some((brand) => /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand))) return HEIC;
  return VIDEO;
}

const STARTS: readonly [hex: string, kind: PictureKind][] = [
  ['ffd8ff', { name: 'JPEG', by: 'sharp' }],
  ['89504e470d0a1a0a', { name: 'PNG', by: 'sharp' }],
  ['474946383761', { name: 'GIF', by: 'sharp' }],
  ['474946383961', { name: 'GIF', by: 'sharp' }],
  // TIFF and BigTIFF in either byte order.
  ['49492a00', { name: 'TIFF', by: 'sharp' }],
  ['4d4d002a', { name: 'TIFF', by: 'sharp' }],
  ['49492b00', { name: 'TIFF', by: 'sharp' }],
  ['4d4d002b', { name: 'TIFF', by: 'sharp' }],
  // The boxed file (JP2, JPX) and the bare codestream (J2K, J2C).
  ['0000000c6a5020200d0a870a', { name: 'JPEG 2000', by: 'jpeg2000' }],
  ['ff4fff51', { name: 'JPEG 2000', by: 'jpeg2000' }],
  ['ff0a', JPEG_XL],
  ['0000000c4a584c200d0a870a', JPEG_XL],
  ['255044462d', drawing('PDF')],
  ['38425053', drawing('Photoshop (PSD)')],
];

const startsWith = (bytes: Uint8Array, hex: string): boolean =>
  bytes.length * 2 >= hex.length &&
  Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)).every(
    (byte, i) => bytes[i] === byte,
  );

/** Headers of BMP files by their length: BITMAPINFOHEADER and what came after it. */
const BMP_HEADERS = new Set([12, 40, 52, 56, 64, 108, 124]);

/** What a file is, by its first bytes; undefined where they are of no picture that is known. */
export function pictureKind(bytes: Uint8Array): PictureKind | undefined {
  const start = STARTS.find(([hex]) => startsWith(bytes, hex));
  if (start) return start[1];
  if (bytes.length < 12)
    return /^P[1-7][\s#]/.test(latin(bytes, 0, 3)) ? { name: 'PNM', by: 'pnm' } : undefined;
  if (latin(bytes, 4, 8) === 'ftyp') return ofBrands(bytes);
  const head = latin(bytes, 0, KIND_BYTES);
  if (/^RIFF[\s\S]{4}WEBP/.test(head)) return { name: 'WebP', by: 'sharp' };
  if (/^P[1-7][\s#]/.test(head)) return { name: 'PNM', by: 'pnm' };
  if (head.startsWith('BM') && BMP_HEADERS.has(bytes[14])) return { name: 'BMP', by: 'bmp' };
  return /^(\xef\xbb\xbf)?\s*<(\?xml[\s\S]*<svg|svg|!--[\s\S]*<svg|!DOCTYPE svg)/i.test(head)
    ? drawing('SVG')
    : undefined;
}

/**
 * Endings that are taken for pictures. Whether a file is one, and of which kind, its content says when it is opened;
 * those of kinds that are not read stand here too, so that such files are listed with their remedy.
 */
export const PICTURE_ENDINGS: ReadonlySet<string> = new Set(
  [
    ...[
      'jpg',
      'jpeg',
      'jpe',
      'jfif',
      'jif',
      'jfi',
      'pjpeg',
      'pjp',
      'png',
      'apng',
      'webp',
      'gif',
      'tif',
      'tiff',
    ],
    ...[
      'avif',
      'avifs',
      'bmp',
      'dib',
      'jp2',
      'j2k',
      'j2c',
      'jpc',
      'jpf',
      'jpx',
      'pbm',
      'pgm',
      'ppm',
      'pnm',
      'pam',
    ],
    ...['heic', 'heif', 'hif', 'heics', 'jxl'],
  ].map((ending) => `.${ending}`),
);

/** Blanks and dots at the end, which are easily typed and never seen, change nothing. */
export const isPictureName = (name: string): boolean =>
  PICTURE_ENDINGS.has(extname(name.replace(/[ .]+$/, '')).toLowerCase());
