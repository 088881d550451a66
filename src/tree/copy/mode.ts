import { FileProblem } from '../nodes/problem.js';

/** How `--chmod` changes the permissions of a file. */
export interface ModeChange {
  /** The mode in octal; undefined for a symbolic mode. */
  readonly octal: number | undefined;
  /** The new mode of a file that has this mode. */
  apply(mode: number, isDirectory: boolean): number;
}

const MAX_MODE = 0o7777;

/**
 * Parses the value of `--chmod`: an octal mode such as `755`, or a symbolic one such as `u+x,g-w` or `a=rX`.
 *
 * Symbolic modes have the meaning that they have in BuildKit, which follows BSD: unlike with GNU chmod, `=` clears the set-ID
 * bits of directories too, it keeps the sticky bit, and `X` looks at the mode that the file had before all changes.
 *
 * @throws FileProblem if it is neither
 * @see https://github.com/tonistiigi/dchapes-mode/blob/master/mode.go
 */
export function parseMode(text: string): ModeChange {
  if (/^\d+$/.test(text)) {
    const octal = /^[0-7]+$/.test(text) ? parseInt(text, 8) : NaN;
    if (!(octal <= MAX_MODE)) throw invalid(text);
    return { octal, apply: () => octal };
  }
  const changes = text.split(',').flatMap((clause) => parseClause(clause, text));
  return {
    octal: undefined,
    apply: (mode, isDirectory) => {
      const isExecutable = isDirectory || (mode & 0o111) !== 0;
      return changes.reduce((current, change) => change(current, isExecutable), mode);
    },
  };
}

/** A step of a symbolic mode. `isExecutable` is whether `X` counts. */
type Change = (mode: number, isExecutable: boolean) => number;

/** Who, and one or more operations. */
const CLAUSE = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/;

/** The bits that belong to a class of users. */
const CLASSES: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o007, a: 0o6777 };

/** The bits of a permission, for all classes. */
const PERMISSIONS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

/** The position of the permissions of each class. */
const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

function parseClause(clause: string, whole: string): readonly Change[] {
  const [, names = '', operations] = CLAUSE.exec(clause) ?? [];
  if (operations === undefined) throw invalid(whole);
  let who = 0;
  for (const name of names) who |= CLASSES[name] ?? 0;
  return (operations.match(/[-+=][^-+=]*/g) ?? []).flatMap((operation) =>
    changesOf(who, operation.slice(0, 1), operation.slice(1)),
  );
}

/** The changes of one operation. Without a class, `who` is zero, and the operation is for all classes. */
function changesOf(who: number, operator: string, letters: string): readonly Change[] {
  const changes: Change[] = [];
  let target = who;
  let bits = 0;
  let executable = 0;
  let isAssigned = operator !== '=';
  const addBits = (): void => {
    if (bits !== 0 || !isAssigned) changes.push(bitsChange(target, operator, bits));
    const added = executable & (target === 0 ? ALL : target);
    if (added !== 0) changes.push((mode, isExecutable) => (isExecutable ? mode | added : mode));
    [bits, executable, isAssigned] = [0, 0, true];
  };
  for (const letter of letters) {
    const from = SHIFTS[letter];
    const special = letter === 's' || letter === 't';
    if (from !== undefined) {
      // A copy of another class sets the permissions itself, so nothing is cleared before it.
      isAssigned = true;
      addBits();
      changes.push(copyChange(target, operator, from));
    } else if (letter === 'X' && operator !== '-') executable = PERMISSIONS.x ?? 0;
    // The class of others has none of these bits.
    else if (!special || target === 0 || (target & ~0o007) !== 0) {
      if (letter === 't') target |= 0o1000;
      bits |= PERMISSIONS[letter === 'X' ? 'x' : letter] ?? 0;
    }
  }
  addBits();
  return changes;
}

const ALL = 0o7777;

function bitsChange(target: number, operator: string, bits: number): Change {
  const set = bits & (target === 0 ? ALL : target);
  if (operator === '+') return (mode) => mode | set;
  if (operator === '-') return (mode) => mode & ~set;
  // Without a class, the sticky bit is kept.
  const cleared = target === 0 ? 0o6777 : target;
  return (mode) => (mode & ~cleared) | set;
}

/** Gives the classes in `target` the permissions of another class, or takes them away. */
function copyChange(target: number, operator: string, from: number): Change {
  const classes = target === 0 ? [6, 3, 0] : [6, 3, 0].filter((shift) => (target & (0o4 << shift)) !== 0);
  return (mode) => {
    const value = (mode >> from) & 0o7;
    let result = mode;
    for (const shift of classes) {
      if (operator !== '+') result &= ~((operator === '-' ? value : 0o7) << shift);
      if (operator !== '-') result |= value << shift;
    }
    return result;
  };
}

function invalid(text: string): FileProblem {
  return new FileProblem(
    'pattern',
    `--chmod=${text} is not a mode`,
    'write an octal mode up to 7777, such as 755, or a symbolic one, such as u+x,g-w',
  );
}
