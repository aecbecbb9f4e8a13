import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Command as VisageCommand } from '../../../core/cli/command.ts';
import { COMMANDS } from '../../../core/cli/program.ts';
import { run } from '../cli/run.ts';
import { type CommandLine, commandLines } from './command-lines.ts';
import { makeStandIns, ONLY_PARSED, PATHS, SMALLEST, STAND_INS } from './stand-ins.ts';

/**
 * Every command line of README and docs/ is run as it stands there, on a small project that the README's own lines make.
 * A new line is found by itself; what it names that is no option needs a stand-in where it does not exist.
 */
const ROOT = resolve(import.meta.dirname, '../../..');
const SCRIPTS = (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts;
const LINES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).sort()].flatMap((file) =>
  commandLines(readFileSync(join(ROOT, file), 'utf8'), file),
);

/** The words after `visage`, or undefined where the line is another program's. */
function visageWords({ words }: CommandLine): string[] | undefined {
  if (words[0] === 'visage') return words.slice(1);
  return words.join(' ').startsWith('npm run -s visage -- ') ? words.slice(5) : undefined;
}

const folder = mkdtempSync(join(tmpdir(), 'visage-documents-'));
const stood = (word: string): string =>
  word in PATHS ? join(folder, PATHS[word]) : (STAND_INS[word] ?? word);
beforeAll(() => makeStandIns(folder), 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command with its options, which refuses to parse what it does not know. */
async function parse(name: string, words: readonly string[]): Promise<void> {
  const { command } = (await import(`../../../core/cli/commands/${name}.ts`)) as { command: VisageCommand };
  const parser = new Command(name).exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  parser.option('--json').option('--progress');
  command.configure(parser);
  parser.action(() => {});
  await parser.parseAsync([...words], { from: 'user' }).catch((thrown: { code?: string }) => {
    // `--help` leaves the parser by an exception of its own.
    if (thrown.code !== 'commander.helpDisplayed') throw thrown;
  });
}

/** Runs a line of `visage` with stand-ins for what it names; it must succeed. */
async function runLine({ words, block }: CommandLine): Promise<void> {
  const [name, ...rest] = words;
  if (name.startsWith('--')) {
    expect((await run(words)).code).toBe(0);
    return;
  }
  expect(Object.keys(COMMANDS), `'${name}' is no command`).toContain(name);
  // A command's name alone, in running text, names the command; 'devices' takes nothing.
  const named = !block && rest.length === 0 && name !== 'devices';
  if (named || name in ONLY_PARSED) {
    await parse(name, named ? ['--help'] : rest.map(stood));
    return;
  }
  const { code, err, out } = await run([name, ...rest.map(stood), ...(SMALLEST[name] ?? [])]);
  expect(code, `${err}${out}`).toBe(0);
}

const titled = (lines: readonly CommandLine[]) =>
  lines.map((line) => [`${line.where}: visage ${line.words.join(' ')}`, line] as const);

const visageLines = LINES.flatMap((line) => {
  const words = visageWords(line);
  return words ? [{ ...line, words }] : [];
});

describe('the lines of README and docs/', () => {
  test('are found: in blocks and in running text, over the end of a line too, without their comments', () => {
    const text =
      "# T\n\n```\nvisage new a.visage   # made\n\nnpm test\n```\nSay `visage label P\nundo 'x y'` or `--json`.\n";
    expect(commandLines(text, 'T.md').map(({ where, words, block }) => [where, words, block])).toEqual([
      ['T.md:4', ['visage', 'new', 'a.visage'], true],
      ['T.md:6', ['npm', 'test'], true],
      ['T.md:8', ['visage', 'label', 'P', 'undo', 'x y'], false],
    ]);
    expect(() => commandLines('```\nvisagee new\n```\n', 'T.md')).toThrow(
      "T.md:2: 'visagee new' begins with no program",
    );
    expect(visageLines.length).toBeGreaterThan(30);
  });

  test.each(titled(visageLines.filter(({ where }) => where.startsWith('README.md'))))(
    '%s',
    (_, line) => runLine(line),
    120_000,
  );

  describe('of docs/, after them', () => {
    // What the guide's lines ask of and the README's do not make: clusters of routing vectors.
    beforeAll(async () => {
      for (const words of [
        'embed P --model M --taps routing',
        'cluster P --features as4-cosface-1:routing --k 4',
      ]) {
        const { code, err } = await run(words.split(' ').map(stood));
        expect(code, err).toBe(0);
      }
    }, 120_000);
    test.each(titled(visageLines.filter(({ where }) => !where.startsWith('README.md'))))(
      '%s',
      (_, line) => runLine(line),
      120_000,
    );
  });

  // They build, test, open windows or fetch: what they name is looked up instead of being run.
  const others = LINES.filter((line) => visageWords(line) === undefined);
  test.each(others.map((line) => [`${line.where}: ${line.text}`, line] as const))(
    '%s names what exists',
    (_, line) => {
      const words = line.words.filter((word) => !/^[A-Z0-9_]+=/.test(word));
      const [program, ...rest] = words;
      if (program === 'node') return expect(existsSync(join(ROOT, rest[0])), rest[0]).toBe(true);
      expect(program).toBe('npm');
      if (rest[0] === 'ci') return;
      if (rest[0] === 'install') return expect(spokenOf(rest.at(-1) as string)).toBe(true);
      const script =
        rest[0] === 'run' ? (rest.find((word, i) => i > 0 && !word.startsWith('-')) as string) : rest[0];
      expect(Object.keys(SCRIPTS)).toContain(script);
      const given = rest.slice(rest.indexOf(script) + 1).map((word) => word.replace(/^\[|\]$/g, ''));
      for (const word of given.filter((each) => each !== '--' && !/^[A-Z]+$/.test(each))) {
        if (script === 'bench')
          expect(existsSync(join(ROOT, `tests/bench/${word}.bench.ts`)), word).toBe(true);
        else if (script === 'test')
          expect(globSync(`${basename(word)}*`, { cwd: join(ROOT, dirname(word)) }), word).not.toEqual([]);
        else expect(optionsOfBuild(), word).toContain(`'${word}'`);
      }
    },
  );
});

describe('the examples of every --help', () => {
  test.each(Object.keys(COMMANDS))('visage %s: are options and arguments that it has', async (name) => {
    const examples = (await run([name, '--help'])).out
      .split('\n')
      .filter((line) => line.startsWith('  visage '))
      .flatMap((line) => commandLines(`\`${line.trim().replace(/\s{2,}.*$/, '')}\``, name));
    expect(examples.length).toBeGreaterThan(0);
    for (const { words, text } of examples) {
      expect(words[1]).toBe(name);
      await expect(parse(name, words.slice(2)), text).resolves.toBeUndefined();
    }
  });
});

/** Whether the program itself tells its user to install this package. */
const spokenOf = (spec: string): boolean =>
  globSync('core/engine/**/*.ts', { cwd: ROOT }).some((file) => {
    const [, name, version] = /^(@?[^@]+)@(.+)$/.exec(spec) ?? [];
    const text = readFileSync(join(ROOT, file), 'utf8');
    return text.includes(spec) || (text.includes(`'${name}'`) && text.includes(version));
  });

const optionsOfBuild = (): string =>
  globSync('build/**/*.{ts,mjs}', { cwd: ROOT })
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');
