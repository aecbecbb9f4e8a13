import { existsSync } from 'node:fs';
import { diskFault, Fault, sentenceOf } from '../foundation/fault.ts';

/**
 * What a user is told of anything that ended the work: a sentence, never a stack, unless it is asked for (VISAGE_STACK=1).
 * @param argv the words of the command, of which one may name the project
 */
export async function wordsOf(thrown: unknown, argv: readonly string[]): Promise<string> {
  const stack = process.env.VISAGE_STACK === '1' && thrown instanceof Error ? `\n${thrown.stack}` : '';
  if (thrown instanceof Fault) return `${thrown.message}${stack}`;
  const told = diskFault(thrown) ?? (await ofDatabase(thrown, argv));
  if (told !== undefined) return `${told.message}${stack}`;
  const name = thrown instanceof Error ? `${thrown.name}: ` : '';
  return `Visage has a fault of its own here (${name}${sentenceOf(thrown).replace(/[\s.]+$/, '')}). Please report this line, with what VISAGE_STACK=1 adds to it.${stack}`;
}

/** Only what met a database pays for loading it. */
async function ofDatabase(thrown: unknown, argv: readonly string[]): Promise<Fault | undefined> {
  if (!String((thrown as { code?: unknown } | undefined)?.code).startsWith('SQLITE_')) return undefined;
  const [{ faultOf }, { databaseFile }] = await Promise.all([
    import('../project/database.ts'),
    import('../project/folder.ts'),
  ]);
  const path = argv.find((word) => existsSync(databaseFile(word)));
  return faultOf(thrown, path ?? 'of this command');
}
