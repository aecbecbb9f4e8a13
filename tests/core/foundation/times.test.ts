import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const TIME = Date.UTC(2026, 6, 1, 22, 30, 12);

/** In a process of its own, because a zone is read once. */
const inZone = (zone: string): string[] =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { isoLocalTime, localTime } from ${JSON.stringify(new URL('../../../core/foundation/times.ts', import.meta.url).href)};
         console.log(JSON.stringify([localTime(${TIME}), isoLocalTime(${TIME})]));`,
      ],
      { env: { ...process.env, TZ: zone }, encoding: 'utf8' },
    ),
  );

test.each([
  ['Europe/Berlin', '2026-07-02 00:30:12 +02:00'],
  ['America/St_Johns', '2026-07-01 20:00:12 -02:30'],
  ['Asia/Kathmandu', '2026-07-02 04:15:12 +05:45'],
  ['UTC', '2026-07-01 22:30:12 +00:00'],
])('times in %s have its offset', (zone, words) => {
  const [local, iso] = inZone(zone);
  expect(local).toBe(words);
  expect(iso).toBe(words.replace(' ', 'T').replace(' ', ''));
  expect(Date.parse(iso)).toBe(TIME - (TIME % 1000));
});
