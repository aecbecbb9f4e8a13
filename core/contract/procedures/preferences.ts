import { z } from 'zod';
import { procedure } from '../procedure.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export const DEVICE_CHOICES = ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;

/** What the user set for every project; it stands in the settings folder, never in a project. */
export const preferences = z.object({
  theme: z.enum(THEMES),
  /** Who labels are by. */
  annotator: z.string().trim().min(1).max(100),
  /** The user's own keys by command id; what is not here has its default. */
  bindings: z.record(z.string().max(100), z.array(z.string().min(1).max(40)).max(4)),
  /** Side of the grid's pictures in CSS pixels. */
  thumbSize: z.int().min(48).max(320),
  /** What jobs run on where their form says nothing else. */
  device: z.enum(DEVICE_CHOICES),
});
export type Preferences = z.infer<typeof preferences>;

export const PREFERENCE_DEFAULTS: Preferences = {
  theme: 'system',
  annotator: 'annotator',
  bindings: {},
  thumbSize: 104,
  device: 'auto',
};

export const preferenceProcedures = {
  /** `notice`: once, when what was stored could not be read and the defaults are taken. */
  'preferences.get': procedure(z.object({}), z.object({ preferences, notice: z.string().nullable() })),
  'preferences.set': procedure(preferences.partial(), preferences),
};
