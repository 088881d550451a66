import { FileProblem } from '../tree/problem.js';

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
 * @throws FileProblem if it is neither
 */
export function parseMode(text: string): ModeChange {
  if (/^\d+$/.test(text)) {
    const octal = /^[0-7]+$/.test(text) ? parseInt(text, 8) : NaN;
    if (!(octal <= MAX_MODE)) throw invalid(text);
    return { octal, apply: () => octal };
  }
  const clauses = text.split(',').flatMap((clause) => parseClause(clause, text));
  return {
    octal: undefined,
    apply: (mode, isDirectory) =>
      clauses.reduce((current, clause) => applyClause(clause, current, isDirectory), mode),
  };
}

/** One operation of a symbolic mode: who gets, loses or has exactly which permissions. */
interface Clause {
  readonly who: string;
  readonly operator: string;
  readonly permissions: string;
}

const CLAUSE = /^([ugoa]*)([-+=][rwxXst]*|[-+=][ugo])+$/;

function parseClause(clause: string, whole: string): readonly Clause[] {
  const match = CLAUSE.exec(clause);
  if (match === null) throw invalid(whole);
  const who = match[1] ?? '';
  const operations = clause.slice(who.length).match(/[-+=][^-+=]*/g) ?? [];
  return operations.map((operation) => ({
    who: who === '' || who.includes('a') ? 'ugo' : who,
    operator: operation.slice(0, 1),
    permissions: operation.slice(1),
  }));
}

/** The position of the permissions of each class. */
const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

function applyClause({ who, operator, permissions }: Clause, mode: number, isDirectory: boolean): number {
  let bits = 0;
  for (const name of who) bits |= bitsFor(name, permissions, mode, isDirectory);
  if (permissions.includes('t')) bits |= 0o1000;
  if (operator === '+') return mode | bits;
  if (operator === '-') return mode & ~bits;
  let cleared = 0;
  for (const name of who) cleared |= 0o7 << (SHIFTS[name] ?? 0);
  if (who.includes('u')) cleared |= isDirectory ? 0 : 0o4000;
  if (who.includes('g')) cleared |= isDirectory ? 0 : 0o2000;
  if (who === 'ugo') cleared |= 0o1000;
  return (mode & ~cleared) | bits;
}

function bitsFor(name: string, permissions: string, mode: number, isDirectory: boolean): number {
  const shift = SHIFTS[name] ?? 0;
  let bits = 0;
  for (const permission of permissions) {
    const from = SHIFTS[permission];
    if (from !== undefined) bits |= (mode >> from) & 0o7;
    else if (permission === 'r') bits |= 0o4;
    else if (permission === 'w') bits |= 0o2;
    else if (permission === 'x') bits |= 0o1;
    else if (permission === 'X' && (isDirectory || (mode & 0o111) !== 0)) bits |= 0o1;
  }
  const setId = !permissions.includes('s') ? 0 : name === 'u' ? 0o4000 : name === 'g' ? 0o2000 : 0;
  return (bits << shift) | setId;
}

function invalid(text: string): FileProblem {
  return new FileProblem(
    'pattern',
    `--chmod=${text} is not a mode`,
    'write an octal mode up to 7777, such as 755, or a symbolic one, such as u+x,g-w',
  );
}
