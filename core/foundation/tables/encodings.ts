/** Encodings that a user is offered; any other that iconv-lite knows may be named as well. */
export const ENCODINGS: readonly { name: string; title: string }[] = [
  { name: 'utf-8', title: 'UTF-8' },
  { name: 'utf-16le', title: 'UTF-16 (little-endian)' },
  { name: 'utf-16be', title: 'UTF-16 (big-endian)' },
  { name: 'windows-1252', title: 'Windows-1252 (Western European)' },
  { name: 'windows-1250', title: 'Windows-1250 (Central European)' },
  { name: 'windows-1251', title: 'Windows-1251 (Cyrillic)' },
  { name: 'windows-1253', title: 'Windows-1253 (Greek)' },
  { name: 'windows-1254', title: 'Windows-1254 (Turkish)' },
  { name: 'macintosh', title: 'Macintosh (Western European)' },
  { name: 'shift_jis', title: 'Shift JIS (Japanese)' },
  { name: 'gb18030', title: 'GB 18030 (simplified Chinese)' },
  { name: 'big5', title: 'Big5 (traditional Chinese)' },
  { name: 'euc-kr', title: 'EUC-KR (Korean)' },
];
