import type { UserCommand } from './commands.ts';

/** 'face 17', '17' or '#17' typed into the palette as a command that goes to that face; undefined for anything else. */
export function faceCommand(
  typed: string,
  has: (face: number) => boolean,
  go: (face: number) => void,
): UserCommand | undefined {
  const match = /^(?:face\s*)?#?(\d{1,9})$/i.exec(typed.trim());
  const face = Number(match?.[1]);
  if (!match || !has(face)) return undefined;
  return { id: `face.${face}`, title: `Face ${face}`, group: 'Go to', run: () => go(face) };
}
