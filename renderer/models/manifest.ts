/** The part of a manifest that the form edits; the rest stays as it is, and the raw view shows all of it. */
export interface EditedManifest extends Record<string, unknown> {
  task: string;
  description: string;
  source: string;
  licence: string;
  input: string;
  trained: boolean;
  preparation: {
    size: [number, number];
    crop: Record<string, unknown> & { kind: string };
    channels: string;
    mean: number[];
    std: number[];
    layout: string;
  };
  outputs: { name: string; meaning: string }[];
  readings: Record<string, unknown>[];
  guesses: string[];
}

export const TASKS = [
  'embedding',
  'detector',
  'landmarks',
  'pose',
  'age-gender',
  'fairface',
  'attribute',
  'other',
] as const;

/** What a crop of each kind begins with when it is chosen. */
export const CROPS: Readonly<Record<string, Record<string, unknown> & { kind: string }>> = {
  aligned: { kind: 'aligned', template: 'arcface' },
  square: { kind: 'square', region: 'box', scale: 1.2, shift: 0, border: 'zero' },
  whole: { kind: 'whole', fit: 'stretch' },
};

/** True for what can be shown as a form: a network, not trained heads. */
export const isEditable = (manifest: Record<string, unknown>): manifest is EditedManifest =>
  typeof manifest.preparation === 'object' &&
  manifest.preparation !== null &&
  Array.isArray(manifest.outputs);

/** Numbers of '127.5, 127.5 127.5'; NaN stays where something is no number, for the check to name. */
export const numbersOf = (text: string): number[] =>
  text
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
    .map(Number);

/** Text of a manifest for the raw view; the hash and the files belong to what was added. */
export function rawText({ hash: _h, files: _f, ...manifest }: Record<string, unknown>): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The raw view's text as a manifest, or why it is none. */
export function parseRaw(text: string): { manifest: Record<string, unknown> } | { problem: string } {
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest))
      return { problem: 'A manifest is an object: { … }.' };
    return { manifest: manifest as Record<string, unknown> };
  } catch (thrown) {
    return { problem: `This is not JSON: ${(thrown as Error).message}.` };
  }
}
