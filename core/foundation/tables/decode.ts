import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import iconv from 'iconv-lite';
import { type Encoding, linesOf, WholeLines } from './encoding.ts';

/** Lines of a file whose encoding is a guess: each that is UTF-8 is read as that. */
function decodeGuessed(block: Buffer, name: string): string {
  if (isUtf8(block)) return block.toString('utf8');
  let text = '';
  for (const line of linesOf(block)) text += isUtf8(line) ? line.toString('utf8') : iconv.decode(line, name);
  return text;
}

const withoutMark = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text);

/** A text in memory, without a byte order mark. Bytes that are no letter become U+FFFD. */
export function decodeText(bytes: Buffer, { name, by }: Encoding): string {
  return withoutMark(by === 'guess' ? decodeGuessed(bytes, name) : iconv.decode(bytes, name));
}

/** True where a file's bytes are UTF-8 as they are. */
export const isPlain = ({ name, by }: Encoding): boolean => name === 'utf-8' && by === 'content';

/** The text of a file in portions, without a byte order mark. Bytes that are no letter become U+FFFD. */
export async function* textPortions(path: string, encoding: Encoding): AsyncGenerator<string> {
  const input = createReadStream(path, { highWaterMark: 1 << 18 });
  let first = true;
  const portion = (text: string): string => {
    const clean = first ? withoutMark(text) : text;
    if (text !== '') first = false;
    return clean;
  };
  try {
    if (encoding.by === 'guess') {
      const lines = new WholeLines();
      for await (const chunk of input) {
        yield portion(decodeGuessed(lines.take(chunk as Buffer), encoding.name));
      }
      yield portion(decodeGuessed(lines.last(), encoding.name));
      return;
    }
    const decoder = iconv.getDecoder(encoding.name);
    for await (const chunk of input) yield portion(decoder.write(chunk as Buffer));
    yield portion(decoder.end() ?? '');
  } finally {
    input.destroy();
  }
}
