import path from 'node:path';
import { chmod, writeFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { expect, it } from '@jest/globals';
import * as daemon from '../../src/daemon/index.js';
import { eventually } from '../support/tools/open-handles.js';
import { reply, useScriptedDaemons } from '../support/servers/scripted-daemon.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const start = useScriptedDaemons();

/** Puts a program on the PATH in place of ssh. */
async function withSsh(script: string): Promise<Readonly<Record<string, string>>> {
  await writeFile(temp.path('ssh'), `#!${process.execPath}\n${script}`);
  await chmod(temp.path('ssh'), 0o755);
  return { PATH: `${temp.path()}${delimiter}${process.env.PATH ?? ''}` };
}

it('images lists the images of a daemon through ssh', async () => {
  const { socket, requests, open } = await start({ 'GET /images/json': reply([]) });
  const env = await withSsh(`
    const { writeFileSync } = require('node:fs');
    writeFileSync(${JSON.stringify(temp.path('args'))}, process.argv.slice(2).join(' '));
    const socket = require('node:net').connect(${JSON.stringify(socket)});
    process.stdin.pipe(socket).pipe(process.stdout);`);
  expect(await daemon.images({ env, host: 'ssh://me@there' })).toEqual([]);
  expect(requests).toEqual(['GET /v1.41/images/json']);
  expect(await eventually(() => open() === 0)).toBe(true);
});

it('D1: the error contains the error message of ssh', async () => {
  const env = await withSsh(`
    process.stderr.write('ssh: Could not resolve hostname there: Name or service not known\\n');
    process.exitCode = 255;`);
  await expect(daemon.images({ env, host: 'ssh://there' })).rejects.toMatchObject({
    code: 'TRANSPORT',
    message:
      'connect to the daemon: ssh://there: ssh: Could not resolve hostname there: Name or service not known',
  });
});

it('V5: an ssh in the current directory or in a relative entry of PATH is not started', async () => {
  await writeFile(temp.path('ssh'), '#!/bin/sh\nexit 0\n');
  await chmod(temp.path('ssh'), 0o755);
  const relative = path.relative(process.cwd(), temp.path());
  await expect(daemon.images({ env: { PATH: `${relative}:.:` }, host: 'ssh://there' })).rejects.toMatchObject(
    {
      message: expect.stringContaining('it is in no absolute directory of PATH') as unknown,
    },
  );
});

it('D1: the error says that ssh is not installed', async () => {
  await expect(daemon.images({ env: { PATH: temp.path() }, host: 'ssh://there' })).rejects.toMatchObject({
    code: 'TRANSPORT',
    message: expect.stringContaining('not installed') as unknown,
  });
});
