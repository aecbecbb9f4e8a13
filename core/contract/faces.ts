/** Lists of faces as text, for command lines that the window shows. */
export { faceRanges } from '../foundation/face-ranges.ts';
