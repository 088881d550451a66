import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const folders = [
  ...(process.env.PATH ?? '').split(path.delimiter),
  path.join(homedir(), '.cache/containerregistry-peers/bin'),
];

/** The path of a program; undefined if this machine does not have it. */
export function find(name) {
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .find(isExecutable);
}

/** Like {@link find}, for programs that the benchmark needs. */
export function need(name) {
  const found = find(name);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
