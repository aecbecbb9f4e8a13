/** Absolute paths of what was dropped. A browser does not tell them, only Electron's bridge does. */
export function droppedPaths(event: DragEvent): string[] {
  const bridge = window.visage;
  if (!bridge) return [];
  return [...(event.dataTransfer?.files ?? [])]
    .map((file) => bridge.pathOf(file))
    .filter((path) => path !== '');
}
