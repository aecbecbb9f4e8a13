/** A network of the project and the features that can be extracted with it. */
export interface Extractable {
  model: string;
  taps: { name: string; kind: string }[];
}

/** Networks whose manifests name taps; with `kind`, only those taps. */
export function extractable(
  models: readonly { name: string; manifest: Readonly<Record<string, unknown>> }[],
  kind?: string,
): Extractable[] {
  return models.flatMap(({ name, manifest }) => {
    const taps = (Array.isArray(manifest.taps) ? (manifest.taps as unknown[]) : []).flatMap((tap) => {
      if (typeof tap !== 'object' || tap === null) return [];
      const one = tap as Record<string, unknown>;
      if (typeof one.name !== 'string') return [];
      const own = typeof one.kind === 'string' ? one.kind : 'other';
      return kind === undefined || own === kind ? [{ name: one.name, kind: own }] : [];
    });
    return taps.length === 0 ? [] : [{ model: name, taps }];
  });
}
