import { setTimeout } from 'node:timers/promises';
import type { LaneModule } from '../../../../core/engine/lanes/lanes.ts';
import { Fault } from '../../../../core/foundation/fault.ts';

/** Squares numbers, earlier ones more slowly; 13 cannot be squared, and nothing is where it is told so. */
const open: LaneModule<string, number, number[]> = async (_, settings) => {
  if (settings === 'closed') throw new Fault('There is nothing to work with.');
  return async (items) => {
    await setTimeout(Math.max(0, 40 - items[0]));
    if (items.includes(13)) throw new Fault('13 has no square here.');
    return items.map((item) => item * item);
  };
};
export default open;
