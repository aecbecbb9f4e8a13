import { noun } from '../foundation/noun.ts';

/** Completes 'it holds …': '3,000 images, all named x_y' or '3,000 images, 2,990 of them named x_y'. */
export function shareWords(fitting: number, images: number, what: string): string {
  if (images === 1) return `1 image ${what}`;
  return `${noun(images, 'image')}, ${fitting === images ? 'all' : `${fitting.toLocaleString('en-US')} of them`} ${what}`;
}
