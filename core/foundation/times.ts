const two = (value: number): string => String(value).padStart(2, '0');

/** The offset of this machine's zone from UTC at a time: '+01:00', '−' as '-'. */
function offsetAt(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const parts = (date: Date): [day: string, clock: string] => [
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
];

/** A time for people, in this machine's zone and with its offset: '2026-12-01 05:30:12 +01:00'. @param time ms since 1970 */
export function localTime(time: number): string {
  const date = new Date(time);
  return `${parts(date).join(' ')} ${offsetAt(date)}`;
}

/** The same for files, as ISO 8601 has it: '2026-12-01T05:30:12+01:00'. @param time ms since 1970 */
export function isoLocalTime(time: number): string {
  const date = new Date(time);
  return `${parts(date).join('T')}${offsetAt(date)}`;
}
