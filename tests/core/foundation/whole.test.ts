import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { DiskFault, diskFault, Fault, sentenceOf } from '../../../core/foundation/fault.ts';
import { wholeFolder, wholeFolderLater, writeWhole } from '../../../core/foundation/whole.ts';
import { canMount, makeReadOnly, mountDisk, unmountDisk } from '../disks.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-whole-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
const place = (): string => {
  const path = join(folder, String(made++));
  mkdirSync(path);
  return path;
};

const thrownBy = (work: () => unknown): Error => {
  try {
    work();
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('Nothing was thrown.');
};

describe('words for what a disk answers', () => {
  test('name path, cause, code and remedy', () => {
    const path = join(folder, 'none', 'x.csv');
    const told = diskFault(thrownBy(() => readFileSync(path)));
    expect(told).toBeInstanceOf(DiskFault);
    expect(told?.message).toBe(
      `'${path}' cannot be opened: there is no such file or folder (ENOENT). Check how the path is spelt, and that its folder is there.`,
    );
    expect(told?.code).toBe('ENOENT');
    expect(sentenceOf(thrownBy(() => readdirSync(join(folder, 'none'))))).toMatch(/none' cannot be read: /);
  });

  test('take the path that a user gave where the system says none', () => {
    // A folder is opened without complaint; the error of reading it has no path.
    const thrown = thrownBy(() => readFileSync(folder));
    expect(diskFault(thrown, 'faces', 'read')?.message).toBe(
      "'faces' cannot be read: it is a folder, and a file is expected (EISDIR). Name a file.",
    );
  });

  test('leave alone what is none of a file system', () => {
    expect(diskFault(new TypeError('x is undefined'))).toBeUndefined();
    expect(diskFault(new Fault('Known.'))).toBeUndefined();
    const address = Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen' });
    expect(diskFault(address)).toBeUndefined();
  });
});

describe('a whole file', () => {
  test('takes the place of the one before, through a link too', () => {
    const at = place();
    writeWhole(join(at, 'a'), 'one');
    writeWhole(join(at, 'a'), 'two');
    symlinkSync(join(at, 'a'), join(at, 'b'));
    writeWhole(join(at, 'b'), Buffer.from('three'));
    expect(readFileSync(join(at, 'a'), 'utf8')).toBe('three');
    expect(lstatSync(join(at, 'b')).isSymbolicLink()).toBe(true);
    expect(readdirSync(at).sort()).toEqual(['a', 'b']);
  });

  test('of work that fails leaves the one before and nothing else', () => {
    const at = place();
    writeWhole(join(at, 'a'), 'one');
    const failing = (): never => {
      throw new Fault('No more.');
    };
    expect(() => writeWhole(join(at, 'a'), failing)).toThrow('No more.');
    expect(readFileSync(join(at, 'a'), 'utf8')).toBe('one');
    expect(readdirSync(at)).toEqual(['a']);
  });

  test('is refused in words where its folder is missing, a file, or itself a folder', () => {
    const at = place();
    writeFileSync(join(at, 'file'), '');
    mkdirSync(join(at, 'folder'));
    const cases = [
      ['none/x', 'ENOENT'],
      ['file/x', 'ENOTDIR'],
      ['folder', 'EISDIR'],
    ];
    for (const [name, code] of cases) {
      const { message } = thrownBy(() => writeWhole(join(at, name), 'text'));
      expect(message).toMatch(new RegExp(`^'${join(at, name)}' cannot be written: .*\\(${code}\\)\\. [A-Z]`));
      expect(message).toMatch(/Nothing was written\.$/);
    }
    expect(readdirSync(at).sort()).toEqual(['file', 'folder']);
  });

  test.skipIf(!existsSync('/dev/full'))('into a device leaves the device (needs /dev/full)', () => {
    expect(() => writeWhole('/dev/full', 'text')).toThrow("'/dev/full' cannot be written: its disk is full");
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
    expect(existsSync(`/dev/full.${process.pid}.partial`)).toBe(false);
  });
});

describe('a whole folder', () => {
  test('appears with what it holds, and the folders above it', async () => {
    const at = join(place(), 'a', 'b');
    wholeFolder(at, (partial) => writeFileSync(join(partial, 'x'), ''));
    expect(readdirSync(at)).toEqual(['x']);
    expect(() => wholeFolder(at, () => {})).toThrow('is not empty; a new or empty folder is expected');
    rmSync(join(at, 'x'));
    await wholeFolderLater(at, async (partial) => writeFileSync(join(partial, 'y'), ''));
    expect(readdirSync(at)).toEqual(['y']);
    expect(readdirSync(join(at, '..'))).toEqual(['b']);
  });

  test('of work that fails leaves nothing, no folder above it either', () => {
    const top = place();
    const { message } = thrownBy(() =>
      wholeFolder(join(top, 'a', 'b', 'c'), (partial) => {
        writeFileSync(join(partial, 'x'), '');
        readFileSync(join(folder, 'gone.jpg'));
      }),
    );
    // The picture is at fault, not the folder.
    expect(message).toMatch(/gone\.jpg' cannot be opened: there is no such file/);
    expect(readdirSync(top)).toEqual([]);
  });

  test.skipIf(!canMount)('on a full or read-only disk leaves nothing (needs the right to mount)', () => {
    const disk = place();
    mountDisk(disk, '64k');
    onTestFinished(() => unmountDisk(disk));
    const big = Buffer.alloc(1 << 20);
    expect(() => writeWhole(join(disk, 'x'), big)).toThrow(
      /x' cannot be written: its disk is full \(ENOSPC\)/,
    );
    const fill = (partial: string): void => writeFileSync(join(partial, 'x'), big);
    expect(() => wholeFolder(join(disk, 'a', 'b'), fill)).toThrow(
      /a\/b' cannot be written: its disk is full/,
    );
    expect(readdirSync(disk)).toEqual([]);
    makeReadOnly(disk);
    expect(() => writeWhole(join(disk, 'x'), big)).toThrow(
      /x' cannot be written: its disk is read-only \(EROFS\)/,
    );
    expect(() => wholeFolder(join(disk, 'a', 'b'), fill)).toThrow(
      /\/a' cannot be written: its disk is read-only/,
    );
    expect(readdirSync(disk)).toEqual([]);
  });
});
