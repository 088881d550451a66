import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from '../config/locations.js';

/**
 * The absolute path of a program on PATH; undefined if it is not found.
 *
 * Relative entries of PATH are skipped, so that the current directory has no effect. On Windows only `.exe` and `.com`
 * count, because other programs need a shell.
 */
export async function findProgram(name: string, env: Environment): Promise<string | undefined> {
  const names = process.platform === 'win32' ? windowsNames(name, env) : [name];
  for (const directory of pathOf(env).split(path.delimiter)) {
    if (!path.isAbsolute(directory)) continue;
    for (const candidate of names) {
      const file = path.join(directory, candidate);
      if (await isProgram(file)) return file;
    }
  }
  return undefined;
}

function pathOf(env: Environment): string {
  // On Windows the variable is often spelled Path, and the names in a copy of process.env are case-sensitive.
  const key = process.platform === 'win32' ? Object.keys(env).find((name) => /^path$/i.test(name)) : 'PATH';
  return env[key ?? 'PATH'] ?? '';
}

function windowsNames(name: string, env: Environment): readonly string[] {
  const startable = ['.com', '.exe'];
  const extensions = (env.PATHEXT ?? '.COM;.EXE')
    .split(';')
    .filter((ext) => startable.includes(ext.toLowerCase()));
  const asGiven = startable.includes(path.extname(name).toLowerCase()) ? [name] : [];
  return [...asGiven, ...extensions.map((extension) => name + extension)];
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
