import { fileUnder } from '../core/host/files.ts';
import { contentSecurityPolicy } from '../core/host/guard.ts';

type Found = { type: string; bytes: Uint8Array } | undefined;

/** The page's policy: the web host's, with pictures from media: and nothing to connect to. */
export const POLICY = contentSecurityPolicy([], ['media:']);

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

const refuse = (status: number): Response => new Response(null, { status, headers: HEADERS });

/** Answers app://visage/…: files of the built renderer, and nothing else. */
export async function answerApp(
  request: { url: string; method: string },
  renderer: string,
): Promise<Response> {
  if (request.method !== 'GET') return refuse(405);
  const url = new URL(request.url);
  if (url.host !== 'visage' || url.username !== '') return refuse(404);
  return answered(await fileUnder(renderer, url.pathname), {});
}

/** Answers media://picture/ID?size=N by the open project's pictures. */
export async function answerMedia(
  request: { url: string; method: string },
  media: (id: string, query: URLSearchParams) => Promise<Found>,
): Promise<Response> {
  if (request.method !== 'GET') return refuse(405);
  const url = new URL(request.url);
  const id = /^\/([A-Za-z0-9_-]{1,64})$/.exec(url.pathname)?.[1];
  if (url.host !== 'picture' || url.username !== '' || id === undefined) return refuse(404);
  return answered(await media(id, url.searchParams), {
    'Cache-Control': 'private, max-age=86400, immutable',
    // The page may read the pixels of its pictures (to draw them on a canvas); no other origin may.
    'Access-Control-Allow-Origin': 'app://visage',
  });
}

function answered(found: Found, more: Record<string, string>): Response {
  if (found === undefined) return refuse(404);
  return new Response(new Uint8Array(found.bytes), {
    headers: { ...HEADERS, ...more, 'Content-Type': found.type, 'Content-Length': `${found.bytes.length}` },
  });
}
