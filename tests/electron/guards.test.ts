import { expect, test } from 'vitest';
import {
  type GuardedContents,
  type GuardedSession,
  guardContents,
  guardSession,
} from '../../electron/guards.ts';
import { isOwnPage, isOwnSender, mayDownload, mayLoad, PAGE } from '../../electron/origin.ts';

const FOREIGN = [
  'https://evil.example/',
  'http://127.0.0.1:8123/',
  'file:///etc/passwd',
  'app://evil/index.html',
  'app://visage.evil.example/index.html',
  'app://visage@evil.example/index.html',
  'app://visage/index.html.evil',
  'app://visage/other.html',
  'app://visage:1/index.html',
  'APP://visage/index.html ',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'blob:https://evil.example/1',
  'about:blank',
  'view-source:app://visage/index.html',
  'media://picture/whole-1',
  '',
];

/** Contents that hand their listeners to the test. */
function fakeContents() {
  const listeners = new Map<string, (event: { url: string; preventDefault(): void }) => void>();
  let opened: (() => { action: string }) | undefined;
  const contents = {
    on: (event: string, listener: never) => listeners.set(event, listener),
    setWindowOpenHandler: (handler: never) => {
      opened = handler;
    },
  } as unknown as GuardedContents;
  return {
    contents,
    /** True when the event was prevented. */
    prevented(event: string, url: string): boolean {
      let stopped = false;
      const listener = listeners.get(event);
      if (!listener) throw new Error(`Nobody listens to '${event}'.`);
      listener({ url, preventDefault: () => (stopped = true) });
      return stopped;
    },
    openWindow: () => opened?.().action,
  };
}

test.for(FOREIGN)('a window stays on its page when it is sent to %s', (url) => {
  const { contents, prevented } = fakeContents();
  guardContents(contents);
  for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect'])
    expect(prevented(event, url)).toBe(true);
  expect(isOwnPage(url)).toBe(false);
});

test('its own page with any route is allowed; other windows and webviews never', () => {
  const { contents, prevented, openWindow } = fakeContents();
  guardContents(contents);
  for (const url of [PAGE, `${PAGE}#/map`, `${PAGE}#/face/17`])
    expect(prevented('will-navigate', url)).toBe(false);
  expect(openWindow()).toBe('deny');
  expect(prevented('will-attach-webview', PAGE)).toBe(true);
});

test('only the main frame of our page may speak to the main process', () => {
  expect(isOwnSender({ url: PAGE, parent: null })).toBe(true);
  expect(isOwnSender({ url: `${PAGE}#/map`, parent: null })).toBe(true);
  expect(isOwnSender({ url: PAGE, parent: {} })).toBe(false);
  expect(isOwnSender(null)).toBe(false);
  expect(isOwnSender(undefined)).toBe(false);
  for (const url of FOREIGN) expect(isOwnSender({ url, parent: null })).toBe(false);
});

/** A session that hands its handlers to the test. */
function fakeSession() {
  const handlers: Record<string, (...args: never[]) => unknown> = {};
  const keep = (name: string) => (handler: (...args: never[]) => unknown) => {
    handlers[name] = handler;
  };
  const session = {
    setPermissionRequestHandler: keep('request'),
    setPermissionCheckHandler: keep('check'),
    setDevicePermissionHandler: keep('device'),
    webRequest: { onBeforeRequest: keep('load') },
    on: (_: string, listener: (...args: never[]) => unknown) => {
      handlers.download = listener;
    },
  } as unknown as GuardedSession;
  return { session, handlers: handlers as Record<string, (...args: unknown[]) => unknown> };
}

test.for([
  'media',
  'geolocation',
  'notifications',
  'clipboard-read',
  'openExternal',
  'fileSystem',
  'usb',
  'unknown',
])("the permission '%s' is denied, asked for or looked up", (permission) => {
  const { session, handlers } = fakeSession();
  guardSession(session);
  let answer: boolean | undefined;
  handlers.request({}, permission, (granted: boolean) => {
    answer = granted;
  });
  expect(answer).toBe(false);
  expect(handlers.check({}, permission, 'app://visage')).toBe(false);
  expect(handlers.device({ deviceType: permission })).toBe(false);
});

test('nothing is loaded from the network or the disk', () => {
  const { session, handlers } = fakeSession();
  guardSession(session);
  const cancelled = (url: string): boolean => {
    let cancel = false;
    handlers.load({ url }, (response: { cancel: boolean }) => {
      cancel = response.cancel;
    });
    return cancel;
  };
  for (const url of [
    PAGE,
    'app://visage/assets/index.js',
    'media://picture/thumb-1?size=96',
    'blob:app://visage/1',
  ])
    expect(cancelled(url)).toBe(false);
  for (const url of [
    'https://evil.example/',
    'http://localhost/',
    'ws://localhost/',
    'wss://evil.example/',
    'ftp://evil.example/',
    'file:///etc/passwd',
    'app://evil/',
    'media://other/1',
    'blob:https://evil.example/1',
  ])
    expect(cancelled(url)).toBe(true);
  expect(mayLoad('')).toBe(false);
});

test('only what the window made may be saved', () => {
  const { session, handlers } = fakeSession();
  guardSession(session);
  const prevented = (url: string): boolean => {
    let stopped = false;
    handlers.download({ preventDefault: () => (stopped = true) }, { getURL: () => url });
    return stopped;
  };
  expect(prevented('blob:app://visage/0a1b')).toBe(false);
  expect(prevented('data:image/svg+xml,<svg/>')).toBe(false);
  for (const url of ['https://evil.example/x.exe', 'file:///etc/passwd', 'data:text/html,x', 'blob:null/1'])
    expect(prevented(url)).toBe(true);
  expect(mayDownload('media://picture/whole-1')).toBe(false);
});
