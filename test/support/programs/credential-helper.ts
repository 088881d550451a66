import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A credential helper on disk. */
export interface HelperScript {
  /** The directory to add to PATH. */
  readonly directory: string;
  /** Every run so far: the action, and the standard input. */
  runs(): readonly { readonly action: string; readonly input: string }[];
}

/**
 * Writes the program `docker-credential-NAME`.
 *
 * @param body - JavaScript that can use `action`, `input`, `require` and `await`.
 */
export async function writeHelper(directory: string, name: string, body: string): Promise<HelperScript> {
  const file = path.join(directory, `docker-credential-${name}`);
  const log = `${file}.log`;
  const script = [
    `#!${process.execPath}`,
    `(async () => {`,
    `  const action = process.argv[2];`,
    `  const input = require('node:fs').readFileSync(0, 'utf8');`,
    `  require('node:fs').appendFileSync(${JSON.stringify(log)}, JSON.stringify({ action, input }) + '\\n');`,
    body,
    `})();`,
  ].join('\n');
  await mkdir(directory, { recursive: true });
  await writeFile(file, script);
  // A package.json in a directory above could declare that scripts are ES modules.
  await writeFile(path.join(directory, 'package.json'), '{ "type": "commonjs" }');
  await chmod(file, 0o755);
  return {
    directory,
    runs: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as { action: string; input: string })
        : [],
  };
}

/** A body for {@link writeHelper} that has the given credentials by server, and stores and erases credentials. */
export function credentialStore(
  credentials: Readonly<Record<string, readonly [username: string, secret: string]>>,
): string {
  return `
    const fs = require('node:fs');
    const file = __filename + '.json';
    const known = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : ${JSON.stringify(credentials)};
    const save = () => fs.writeFileSync(file, JSON.stringify(known));
    if (action === 'store') {
      const { ServerURL, Username, Secret } = JSON.parse(input);
      known[ServerURL] = [Username, Secret];
      return save();
    }
    if (known[input] === undefined) {
      console.log('credentials not found in native keychain');
      process.exitCode = 1;
      return;
    }
    if (action === 'erase') {
      delete known[input];
      return save();
    }
    console.log(JSON.stringify({ ServerURL: input, Username: known[input][0], Secret: known[input][1] }));
  `;
}
