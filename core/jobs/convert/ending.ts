/** Ending of an encoded picture by its first bytes. */
export function endingOf(picture: Uint8Array): string {
  const [a, b, c, d] = picture;
  if (a === 0xff && b === 0xd8) return 'jpg';
  if (a === 0x89 && b === 0x50 && c === 0x4e && d === 0x47) return 'png';
  if (a === 0x52 && b === 0x49 && c === 0x46 && d === 0x46) return 'webp';
  return a === 0x42 && b === 0x4d ? 'bmp' : 'jpg';
}
