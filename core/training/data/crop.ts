import type { Preparation } from '../../engine/preparation.ts';
import { Fault } from '../../foundation/fault.ts';
import { type Candidate, counted } from './candidates.ts';

/** 'aligned': by the five points; 'whole': the picture as it is, for sets that are aligned already. */
export const CROPS = ['auto', 'aligned', 'whole'] as const;
export type CropChoice = (typeof CROPS)[number];

/**
 * How faces become a network's input of `size` pixels a side; the trained network's manifest says the same. 'auto' aligns
 * where any face has points, as all faces of a set have or lack them.
 * @throws Fault where alignment is asked for and no face has points
 */
export function trainingPreparation(
  faces: readonly Candidate[],
  choice: CropChoice,
  size: number,
): { preparation: Preparation; remark: string } {
  const pointed = faces.filter(({ image }) => image.points !== null).length;
  if (choice === 'aligned' && pointed === 0) {
    throw new Fault(
      `None of the ${counted(faces.length, 'face')} has its five points, so none can be aligned. Find them with 'visage detect', or take whole pictures (--crop whole) where they are aligned already.`,
    );
  }
  const aligned = choice === 'aligned' || (choice === 'auto' && pointed > 0);
  const boxed = faces.some(({ image }) => image.box !== null);
  return {
    preparation: {
      size: [size, size],
      crop: aligned ? { kind: 'aligned', template: 'arcface' } : { kind: 'whole', fit: 'stretch' },
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      layout: 'nchw',
    },
    remark: aligned
      ? 'Faces are aligned by their five points.'
      : `Whole pictures are taken as they are${boxed ? ', boxes are not looked at' : ''}: they should be aligned already.`,
  };
}
