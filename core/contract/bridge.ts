/** What Electron's preload script puts into the page as `window.visage`; absent in the web host. */
export interface VisageBridge {
  /** Asks the host for a port to its contract. It comes as a message event of the page whose data is PORT_MESSAGE. */
  connect(): void;
  /** Opens the system's dialog for a folder or file; null when it was cancelled. */
  pick(kind: PickKind): Promise<string | null>;
  /** Absolute path of a file that was dropped on the window. */
  pathOf(file: File): string;
  /** Listens to the menu and to projects opened from outside; the returned function stops it. */
  onCommand(listener: (command: HostCommand) => void): () => void;
}

export const PICK_KINDS = ['folder', 'file', 'project'] as const;
export type PickKind = (typeof PICK_KINDS)[number];

/** What the host asks of the window: to run one of its commands by id, or to open a project. */
export type HostCommand = { type: 'run'; id: string } | { type: 'open'; path: string };

/** The data of the message event that brings the port. */
export const PORT_MESSAGE = 'visage:port';
