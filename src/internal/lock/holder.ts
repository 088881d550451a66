import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import { errorCode } from '../error-code.js';

/** What a lock records about its holder. */
export interface LockHolder {
  readonly id: string;
  readonly pid: number;
  /** The host and, on Linux, its boot and namespaces: the scope in which `pid` and `started` are unique. */
  readonly scope: string;
  /**
   * The start time of the process in the system's own unit. It distinguishes the process from a later one with the
   * same number.
   */
  readonly started?: string | undefined;
}

/**
 * What is known about a holder. `alive` and `dead` are certain. `seems-alive` means that a process with its number
 * runs. `unknown` is a process of another machine or container, or one that has ended but was not reaped yet.
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
    // Other errors mean that the process exists but belongs to another user.
    if (errorCode(error) === 'ESRCH') return 'dead';
  }
  const found = current.started === undefined || started === undefined ? undefined : processStat(pid);
  if (found === undefined) return 'seems-alive';
  if (found.started !== started) return 'dead';
  return found.zombie ? 'unknown' : 'alive';
}

/** Parses the record that {@link ownHolder} creates; undefined for any other text. */
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
  // `process.kill` treats 0 and negative numbers as process groups.
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
 * Several machines, or several containers, may share a directory and even a host name, but not their process
 * numbers. The initial namespace has the same number on every machine, so only the boot ID distinguishes machines.
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

/**
 * The start time of this process; undefined if there is no `/proc`, or if it shows the processes of another
 * namespace.
 */
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
    // The program's name stands in parentheses, and may itself contain spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return started === undefined ? undefined : { started, zombie: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}
