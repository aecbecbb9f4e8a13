import { expect, test } from 'vitest';
import { askedFor, noDisplay, notShown } from '../../build/start.ts';

test('what is asked for: a host, and what it opens', () => {
  expect(askedFor([], {})).toEqual({ host: 'any', args: ['--demo'] });
  expect(askedFor(['--web'], {})).toEqual({ host: 'web', args: ['--demo'] });
  expect(askedFor(['faces.visage', '--electron'], {})).toEqual({ host: 'electron', args: ['faces.visage'] });
  expect(askedFor(['--port', '8123'], {})).toEqual({ host: 'web', args: ['--port', '8123'] });
  expect(askedFor(['faces.visage'], { VISAGE_WEB: '1' })).toEqual({ host: 'web', args: ['faces.visage'] });
});

test('Electron is not tried without a display', () => {
  expect(noDisplay({}, 'linux')).toBe('There is no display here.');
  expect(noDisplay({ DISPLAY: ':0' }, 'linux')).toBeUndefined();
  expect(noDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBeUndefined();
  expect(noDisplay({}, 'darwin')).toBeUndefined();
  expect(noDisplay({}, 'win32')).toBeUndefined();
});

test('an Electron that ends at once has shown no window; one that its user closed has', () => {
  expect(notShown(0, null, 500)).toBeUndefined();
  expect(notShown(1, null, 60_000)).toBeUndefined();
  expect(notShown(null, 'SIGINT', 500)).toBeUndefined();
  expect(notShown(1, null, 500)).toBe('Electron ended at once (code 1).');
  expect(notShown(null, 'SIGTRAP', 500)).toBe('Electron ended at once (SIGTRAP).');
});
