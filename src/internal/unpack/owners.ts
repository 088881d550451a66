import { readFileSync } from 'node:fs';

/**
 * The default of `keepOwners`: true for root, except in a user namespace without other users. `unshare -Ur`
 * creates such namespaces; in them every file belongs to the caller, as for an ordinary user.
 */
export function keepsOwnersByDefault(): boolean {
  return process.geteuid?.() === 0 && hasOthers('uid_map') && hasOthers('gid_map');
}

/**
 * Whether a map has more than one ID; the third number of each line is a count. Systems other than Linux have no
 * maps.
 */
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
