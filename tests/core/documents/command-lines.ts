/** A command line as a document writes it. */
export interface CommandLine {
  /** 'README.md:59' */
  where: string;
  text: string;
  words: string[];
  /** In a block of code every line must be a command; in running text `visage map` may just name one. */
  block: boolean;
}

const PROGRAMS = /^(?:[A-Z0-9_]+=\S+ )?(?:visage|npm|npx|node|git|cd)(?: |$)/;

/**
 * The command lines of a document in Markdown: every line of its blocks of code, and every piece of code in running text
 * that begins with a program's name. Lines that go on (a piece of code over two lines) are joined.
 * @throws Error where a block holds a line that begins with no program that is known here
 */
export function commandLines(markdown: string, file: string): CommandLine[] {
  const found: CommandLine[] = [];
  const lineAt = (at: number): string => `${file}:${markdown.slice(0, at).split('\n').length}`;
  const add = (text: string, at: number, block: boolean): void => {
    const words = (text.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) =>
      word.replace(/^(['"])(.*)\1$/, '$2'),
    );
    found.push({ where: lineAt(at), text, words, block });
  };
  const blocks = /^```[^\n]*\n([\s\S]*?)^```/gm;
  for (const match of markdown.matchAll(blocks)) {
    let at = match.index + match[0].indexOf('\n') + 1;
    for (const line of match[1].split('\n')) {
      const text = line.replace(/(^|\s)#\s.*$/, '').trim();
      if (text !== '' && !PROGRAMS.test(text))
        throw new Error(`${lineAt(at)}: '${text}' begins with no program.`);
      if (text !== '') add(text, at, true);
      at += line.length + 1;
    }
  }
  const running = markdown.replace(blocks, (block) => block.replace(/[^\n]/g, ' '));
  for (const match of running.matchAll(/`([^`]+)`/g)) {
    const text = match[1].replace(/\s+/g, ' ').trim();
    if (PROGRAMS.test(text) && text.includes(' ')) add(text, match.index, false);
  }
  return found;
}
