import { noun } from '../../core/contract/noun.ts';
/** What has to be said of a map for it to be read: how it was made, of what, and that its axes have no unit. */
export interface CaptionOf {
  name: string;
  method: string;
  settings: Record<string, unknown>;
}

const METHOD_NAMES: Readonly<Record<string, string>> = { tsne: 't-SNE', umap: 'UMAP', pca: 'PCA' };
export const methodName = (method: string): string => METHOD_NAMES[method] ?? method;

/** One line: 't-SNE of 3,000 faces · perplexity 30 · seed 0 · euclidean · KL divergence 1.23' */
export function captionOf(
  { method, settings }: CaptionOf,
  faces: number,
  features: string | undefined,
): string {
  const parts = [`${methodName(method)} of ${noun(faces, 'face')}`];
  if (features !== undefined) parts.push(features);
  const setting = (key: string, words: string): void => {
    const value = settings[key];
    if (typeof value === 'number' || typeof value === 'string') parts.push(`${words} ${value}`);
  };
  if (method === 'tsne') setting('perplexity', 'perplexity');
  if (method === 'umap') {
    setting('neighbours', 'neighbours');
    setting('minDistance', 'minimal distance');
  }
  if (method !== 'pca') setting('seed', 'seed');
  if (typeof settings.metric === 'string') parts.push(settings.metric);
  const { divergence, trustworthiness, explained } = settings;
  if (typeof divergence === 'number') parts.push(`KL divergence ${divergence.toFixed(2)}`);
  if (typeof trustworthiness === 'number') parts.push(`trustworthiness ${trustworthiness.toFixed(3)}`);
  if (Array.isArray(explained) && explained.every((share) => typeof share === 'number'))
    parts.push(`x and y explain ${explained.map((share) => `${(100 * share).toFixed(1)} %`).join(' and ')}`);
  return parts.join(' · ');
}

/** What distances on the map mean. */
export function axesNote(method: string): string {
  if (method === 'pca') return 'Axes are the first two principal components, in the units of the features.';
  return 'Axes have no unit: near points are alike, but distances between groups and their sizes mean little.';
}
