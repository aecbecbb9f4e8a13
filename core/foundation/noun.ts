/** A count with its noun: '1 face', '3,000 faces', '2 identities'. @param plural where it is not the word with an 's' */
export const noun = (n: number, word: string, plural = `${word}s`): string =>
  `${n.toLocaleString('en-US')} ${n === 1 ? word : plural}`;
