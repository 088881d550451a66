import { readFileSync } from 'node:fs';

/**
 * Whether files are given their owners if the caller does not say: for root, unless it is root of a user namespace
 * that has no other users. `unshare -Ur` makes such ones; there every file is the caller's, as it is for an ordinary user.
 */
export function keepsOwnersByDefault(): boolean {
  return process.geteuid?.() === 0 && hasOthers('uid_map') && hasOthers('gid_map');
}

/** Each line of a map says for how many numbers it holds. Systems other than Linux have none. */
function hasOthers(map: 'uid_map' | 'gid_map'): boolean {
  let lines: string;
  try {
    lines = readFileSync(`/proc/self/${map}`, 'utf8');
  } catch {
    return true;
  }
  const counts = lines.split('\n').map((line) => Number(line.trim().split(/\s+/)[2] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0) > 1;
}
