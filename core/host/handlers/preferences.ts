import type { preferenceProcedures } from '../../contract/procedures/preferences.ts';
import type { Handlers } from '../../contract/server.ts';
import type { Workplace } from '../workplace.ts';

export const preferenceHandlers = (place: Workplace): Handlers<typeof preferenceProcedures> => ({
  'preferences.get': () => place.preferences.get(),
  'preferences.set': (some) => {
    const next = place.preferences.set(some);
    place.push('preferences.changed', next);
    return next;
  },
});
