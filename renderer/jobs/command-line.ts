/** A word as a shell takes it: quoted where it has to be. */
export const shellWord = (word: string): string =>
  word !== '' && /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** One line that can be pasted into a terminal. */
export const shellLine = (words: readonly string[]): string => words.map(shellWord).join(' ');
