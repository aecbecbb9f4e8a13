import { Fault } from '../../foundation/fault.ts';
import { cohorts } from './cohorts.ts';
import { fairface } from './fairface.ts';
import { imagefolder } from './imagefolder.ts';
import type { Layout } from './layout.ts';
import { visage } from './visage.ts';

export const LAYOUTS: readonly Layout[] = [visage, cohorts, fairface, imagefolder];

/** @throws Fault that lists the known layouts. */
export function layoutNamed(name: string): Layout {
  const layout = LAYOUTS.find((known) => known.name === name);
  if (!layout)
    throw new Fault(
      `'${name}' is no export layout. Allowed: ${LAYOUTS.map((known) => known.name).join(', ')}.`,
    );
  return layout;
}
