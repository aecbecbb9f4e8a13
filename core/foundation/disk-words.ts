/** What was to be done with a file or folder. */
export type DiskDoing = 'read' | 'written' | 'opened';

/** What Node throws where a call of the system failed. */
export interface SystemError {
  code?: string;
  syscall?: string;
  path?: string;
  dest?: string;
}

/** What the system answers by its code: why, and what helps. Linux errno(3), libuv's names. */
const WORDS: Readonly<Record<string, readonly [cause: string, remedy: string]>> = {
  ENOENT: ['there is no such file or folder', 'Check how the path is spelt, and that its folder is there.'],
  ENOTDIR: [
    'a part of that path is a file where a folder is expected',
    'Choose a path that leads through folders.',
  ],
  EISDIR: ['it is a folder, and a file is expected', 'Name a file.'],
  EEXIST: ['something is there already', 'Choose another name, or remove what is there.'],
  ENOTEMPTY: ['the folder there is not empty', 'Choose another name, or empty it.'],
  EACCES: ['this user may not do that', 'Change its permissions, or choose another place.'],
  EPERM: ['the system does not allow it', 'Change its permissions or attributes, or choose another place.'],
  EROFS: ['its disk is read-only', 'Choose a place on a disk that can be written.'],
  ENOSPC: ['its disk is full', 'Free some space, or choose another disk, and try again.'],
  EDQUOT: [
    "this user's share of the disk is used up",
    'Free some space, or choose another disk, and try again.',
  ],
  EFBIG: ['it is larger than its disk allows', 'Choose a disk whose file system takes larger files.'],
  ENAMETOOLONG: ['its name is too long for its disk', 'Choose a shorter one.'],
  ELOOP: ['its links lead in a circle', 'Name the file itself.'],
  EMFILE: ['this process has too many files open', 'Raise the limit (ulimit -n) and try again.'],
  ENFILE: ['this machine has too many files open', 'Close other programs and try again.'],
  EBUSY: ['another program or the system is using it', 'Try again when that has let it go.'],
  ETXTBSY: ['it is a program that runs', 'Choose another name.'],
  EXDEV: ['it lies on another disk than where it is to go', 'Choose a place on the same disk.'],
  EIO: ['its disk reports an error', 'Check the disk, and take the file from a backup if it is damaged.'],
  ENXIO: ['it is a device or pipe that nothing serves', 'Name a file.'],
  ENODEV: ['its device is not there', 'Connect its disk and try again.'],
  ESTALE: ['its network disk has changed meanwhile', 'Connect the disk again and try again.'],
  EINVAL: ['it is nothing that can be read or written like a file', 'Name a file.'],
  ERR_FS_FILE_TOO_LARGE: [
    'it is larger than 2 GiB, and is read as a whole',
    'Name the right file, or split it.',
  ],
};

/** Why the system refused, in words without path and remedy; undefined for a code that is not known. */
export const diskCause = (code: string | undefined): string | undefined => WORDS[code ?? '']?.[0];

/** System calls that change a disk, and those that only look. */
const WRITING =
  /^(write|mkdir|mkdtemp|rename|copyfile|link|symlink|unlink|rmdir|rm|ftruncate|truncate|fsync|utime|chmod)$/;
const READING = /^(read|scandir|opendir|stat|lstat|fstat|readlink|realpath)$/;

/** True for what Node throws where the file system refuses; addresses and processes have codes of the same kind. */
const ofFiles = ({ syscall, code }: SystemError): boolean =>
  code === 'ERR_FS_FILE_TOO_LARGE' ||
  (syscall !== undefined &&
    (/^(open|access)$/.test(syscall) || WRITING.test(syscall) || READING.test(syscall)));

/** The file or folder that was refused: of two, the one that is missing or the one that was to be made. */
export const refusedPlace = ({ code, path, dest }: SystemError): string | undefined =>
  code === 'ENOENT' ? path : (dest ?? path);

/** A sentence with path, cause, code and remedy for what the file system answered; undefined for anything else. */
export function diskSentence(
  error: SystemError,
  path: string | undefined = refusedPlace(error),
  doing?: DiskDoing,
): string | undefined {
  const { code = '', syscall = '' } = error;
  const words = WORDS[code];
  if (words === undefined || !ofFiles(error)) return undefined;
  const [cause, remedy] = words;
  const verb =
    doing ??
    (WRITING.test(syscall) || code === 'EROFS' ? 'written' : READING.test(syscall) ? 'read' : 'opened');
  const what = path === undefined ? 'A file' : `'${path}'`;
  return `${what} cannot be ${verb}: ${cause} (${code}). ${remedy}`;
}
