import { pictureKind } from '../../foundation/pictures/kinds.ts';

const ENDINGS: Readonly<Record<string, string>> = {
  ...{ PNG: 'png', WebP: 'webp', GIF: 'gif', TIFF: 'tif', AVIF: 'avif', BMP: 'bmp', PNM: 'pnm' },
  ...{ 'JPEG 2000': 'jp2', HEIC: 'heic', 'JPEG XL': 'jxl' },
};

/** Ending of an encoded picture by its first bytes. */
export const endingOf = (picture: Uint8Array): string => ENDINGS[pictureKind(picture)?.name ?? ''] ?? 'jpg';
