/** Parts of a time that a view has room for; the offset of the user's zone always stands behind it. */
const FORMATS = {
  /** '1 Dec, 05:30 GMT+1' */
  short: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  /** '1 Dec, 05:30:12 GMT+1' */
  seconds: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  /** '1 Dec 2026, 05:30 GMT+1' */
  dated: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  /** '1 Dec 2026, 05:30:12 GMT+1' */
  full: {
    ...{ day: 'numeric', month: 'short', year: 'numeric' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** A time in the zone of the user's machine, with its offset from UTC. @param time ms since 1970 */
export function timeWords(time: number, format: keyof typeof FORMATS = 'short', timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    ...FORMATS[format],
    timeZoneName: 'shortOffset',
    ...(timeZone !== undefined && { timeZone }),
  }).format(time);
}
