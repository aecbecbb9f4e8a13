/**
 * A line for a terminal: control characters, which stand in names of files now and then, are written out (\x1b) instead of
 * acting on the terminal. Line breaks and tabs are left, as sentences have them.
 */
export const visible = (line: string): string =>
  [...line]
    .map((sign) => {
      const code = sign.codePointAt(0) as number;
      const acts = (code < 0x20 && sign !== '\n' && sign !== '\t') || (code >= 0x7f && code < 0xa0);
      return acts ? `\\x${code.toString(16).padStart(2, '0')}` : sign;
    })
    .join('');
