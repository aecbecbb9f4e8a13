/** The one page of the program. */
export const PAGE = 'app://visage/index.html';
/** Pictures by opaque id: media://picture/thumb-17. */
export const PICTURES = 'media://picture';

/** What the two schemes may do. Standard: so that 'self' means one origin, and paths are resolved as in http. */
export const SCHEMES = [
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  { scheme: 'media', privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true } },
];

/** True for our page with any route behind '#'. Compared as text: to Node's URL class 'app:' has no origin. */
export function isOwnPage(url: string): boolean {
  return url === PAGE || url.startsWith(`${PAGE}#`);
}

/** The part of a frame that tells who speaks. */
export interface Frame {
  readonly url: string;
  readonly parent: object | null;
}

/** True for the main frame of a window that shows our page: only that may speak to the main process. */
export function isOwnSender(frame: Frame | null | undefined): boolean {
  // A frame that has gone meanwhile is null; so no answer to it can reach what came in its place.
  return frame !== null && frame !== undefined && frame.parent === null && isOwnPage(frame.url);
}

/** Addresses that the window may load at all; there is no network in this program. */
export function mayLoad(url: string): boolean {
  return ['app://visage/', `${PICTURES}/`, 'blob:app://visage/', 'data:', 'devtools://'].some((start) =>
    url.startsWith(start),
  );
}

/** Downloads are what the window itself made: a chart as SVG or PNG. */
export const mayDownload = (url: string): boolean =>
  url.startsWith('blob:app://visage/') || url.startsWith('data:image/');
