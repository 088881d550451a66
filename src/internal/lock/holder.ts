import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import { errorCode } from '../error-code.js';

/** What a lock says about its holder. */
export interface LockHolder {
  readonly id: string;
  readonly pid: number;
  /** Where `pid` and `started` mean something: the host and, on Linux, its boot and namespaces. */
  readonly scope: string;
  /** When the process was started, in the system's own unit; tells it from a later process with the same number. */
  readonly started?: string | undefined;
}

/**
 * What is known about a holder: `alive` and `dead` are certain, `seems-alive` says that a process with its number
 * runs, and nothing is known about a process of another machine or container, or about one that is only not reaped.
 */
export type HolderState = 'alive' | 'seems-alive' | 'dead' | 'unknown';

export function ownHolder(id: string): LockHolder {
  const { scope, started } = ownProcess();
  return { id, pid: process.pid, scope, started };
}

export function holderState({ scope, pid, started }: LockHolder): HolderState {
  const current = ownProcess();
  if (scope !== current.scope) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Processes of other users must not be signalled, but exist.
    if (errorCode(error) === 'ESRCH') return 'dead';
  }
  const found = current.started === undefined || started === undefined ? undefined : processStat(pid);
  if (found === undefined) return 'seems-alive';
  if (found.started !== started) return 'dead';
  return found.zombie ? 'unknown' : 'alive';
}

/** Undefined if the text does not come from {@link ownHolder}. */
export function parseHolder(text: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false;
  if (!('id' in value && 'pid' in value && 'scope' in value)) return false;
  const { id, pid, scope } = value;
  // The system takes 0 and negative numbers for groups of processes.
  if (!Number.isSafeInteger(pid) || Number(pid) <= 0 || typeof scope !== 'string') return false;
  if ('started' in value && typeof value.started !== 'string') return false;
  // The id becomes part of a file name.
  return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id);
}

interface OwnProcess {
  readonly scope: string;
  readonly started: string | undefined;
}

let cachedProcess: OwnProcess | undefined;

function ownProcess(): OwnProcess {
  return (cachedProcess ??= { scope: findScope(), started: findStart() });
}

/**
 * Machines may share a directory and even a host name, and so may containers, but not their process numbers. The
 * namespace of the first processes has the same number on each machine, and only the boot tells them apart.
 */
function findScope(): string {
  try {
    const namespaces = ['pid', 'time'].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return [hostname(), ...namespaces, boot].join(' ');
  } catch {
    return hostname();
  }
}

/** Undefined where there is no `/proc`, and where it shows the processes of another namespace. */
function findStart(): string | undefined {
  try {
    return readlinkSync('/proc/self') === String(process.pid) ? processStat(process.pid)?.started : undefined;
  } catch {
    return undefined;
  }
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function processStat(pid: number): { readonly started: string; readonly zombie: boolean } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may contain spaces and parentheses itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return started === undefined ? undefined : { started, zombie: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}
