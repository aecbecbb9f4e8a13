import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentSecurityPolicy } from '../../core/host/guard.ts';
import { answerApp, answerMedia, POLICY } from '../../electron/schemes.ts';

let folder: string;
let page: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-schemes-'));
  page = join(folder, 'page');
  mkdirSync(page);
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Visage</title>');
  writeFileSync(join(page, 'main.ts'), 'source');
  writeFileSync(join(folder, 'secret.json'), '"secret"');
  symlinkSync(join(folder, 'secret.json'), join(page, 'link.json'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const app = (url: string, method = 'GET'): Promise<Response> => answerApp({ url, method }, page);

test('the page comes with the policy and its type', async () => {
  const answer = await app('app://visage/index.html');
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe('<!doctype html><title>Visage</title>');
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('content-security-policy')).toBe(POLICY);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});

test("the policy is the web host's, with pictures from media: and no connection anywhere", () => {
  expect(POLICY.replace(' media:', '')).toBe(contentSecurityPolicy([]));
  expect(POLICY).toContain("connect-src 'self';");
  expect(POLICY).not.toContain('*');
  expect(POLICY).toMatch(/script-src 'self' 'wasm-unsafe-eval';/);
});

test.for([
  'app://visage/../secret.json',
  'app://visage/%2e%2e/secret.json',
  'app://visage/..%2fsecret.json',
  'app://visage/..%5csecret.json',
  'app://visage//etc/hosts.json',
  'app://visage/link.json',
  'app://visage/main.ts',
  'app://visage/',
  'app://visage/index.html%00.png',
  'app://visage/%',
  'app://evil/index.html',
  'app://user@visage/index.html',
])('nothing is served for %s', async (url) => {
  const answer = await app(url);
  expect(answer.status).toBe(404);
  expect(await answer.text()).toBe('');
  expect(answer.headers.get('content-security-policy')).toBe(POLICY);
});

test('methods other than GET are refused', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
    expect((await app('app://visage/index.html', method)).status).toBe(405);
    expect(
      (await answerMedia({ url: 'media://picture/thumb-1', method }, async () => undefined)).status,
    ).toBe(405);
  }
});

test('a picture is asked for by its id and size, and may be read by our page only', async () => {
  const asked: unknown[] = [];
  const media = async (id: string, query: URLSearchParams) => {
    asked.push([id, query.get('size')]);
    return id === 'thumb-17' ? { type: 'image/webp', bytes: Buffer.from('webp') } : undefined;
  };
  const answer = await answerMedia({ url: 'media://picture/thumb-17?size=96&v=abc', method: 'GET' }, media);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe('webp');
  expect(answer.headers.get('content-type')).toBe('image/webp');
  expect(answer.headers.get('access-control-allow-origin')).toBe('app://visage');
  expect((await answerMedia({ url: 'media://picture/thumb-18', method: 'GET' }, media)).status).toBe(404);
  expect(asked).toEqual([
    ['thumb-17', '96'],
    ['thumb-18', null],
  ]);
});

test.for([
  'media://picture/../../etc/passwd',
  'media://picture/thumb-1/..%2f..%2fsecret',
  'media://picture/%2e%2e%2fsecret',
  'media://picture/thumb-1/more',
  'media://picture/',
  `media://picture/${'a'.repeat(65)}`,
  'media://other/thumb-1',
  'media://user@picture/thumb-1',
  'media://picture/thumb%001',
])('the pictures are not even asked for %s', async (url) => {
  let asked = false;
  const media = async () => {
    asked = true;
    return { type: 'image/webp', bytes: Buffer.from('x') };
  };
  const answer = await answerMedia({ url, method: 'GET' }, media);
  // '..' is resolved before we see it, as a browser does: what is left is an id or nothing.
  if (url === 'media://picture/../../etc/passwd') expect(new URL(url).pathname).toBe('/etc/passwd');
  expect([answer.status, asked]).toEqual([404, false]);
});
