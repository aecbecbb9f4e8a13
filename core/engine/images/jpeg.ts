/** What a JPEG's markers say, as far as it decides how the file is decoded. */
export interface JpegHeader {
  /** As stored, before any turning. */
  width: number;
  height: number;
  /** 3 colours of 8 bits, no EXIF note (which may turn it), no colour profile: nothing is left to do after decoding. */
  plain: boolean;
}

/**
 * Walks a JPEG's markers up to its frame header (ITU-T T.81, annex B).
 * @returns undefined where it is no JPEG, or its header is not whole
 */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  let noted = false;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    // APP1 holds EXIF or XMP, APP2 the colour profile, APP14 Adobe's note of inverted or untransformed colours.
    if (marker === 0xe1 || marker === 0xe2 || marker === 0xee) noted = true;
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) {
      return {
        height: bytes[at + 5] * 256 + bytes[at + 6],
        width: bytes[at + 7] * 256 + bytes[at + 8],
        plain: !noted && bytes[at + 4] === 8 && bytes[at + 9] === 3,
      };
    }
    at += 2 + bytes[at + 2] * 256 + bytes[at + 3];
  }
  return undefined;
}
