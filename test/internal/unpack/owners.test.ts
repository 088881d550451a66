import { execFile, spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { hintFor } from '../../../src/cli/context/hint.js';
import { UnsupportedError } from '../../../src/errors/unsupported.js';
import { bundleProgram } from '../../support/programs/bundle-program.js';
import { file, directory, symlink } from '../../support/images/layered-image.js';
import { layerTar } from '../../support/archives/layer-tar.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const canUnshare = spawnSync('unshare', ['-Ur', 'true']).status === 0;

/** Unpacks an archive whose files belong to others, and prints the error or the totals. */
const PROGRAM = `
  import { createReadStream } from 'node:fs';
  import { unpackTar } from 'ROOT/src/internal/unpack/tar.ts';
  const [, , tar, to, options] = process.argv;
  const say = (value) => console.log(JSON.stringify(value));
  unpackTar(createReadStream(tar), to, JSON.parse(options)).then(
    ({ files }) => say({ files }),
    ({ code, hint }) => say({ code, hint }),
  );
`;

(canUnshare ? describe : describe.skip)('in a user namespace that has only its root', () => {
  const others = { uid: 12, gid: 34 };
  const unpack = async (to: string, options: object): Promise<unknown> => {
    const entries = [directory('d', others), file('d/f', 'x', others), { ...symlink('s', 'd'), ...others }];
    writeFileSync(temp.path('in.tar'), await layerTar(entries));
    const program = await bundleProgram(temp.path(), PROGRAM);
    const args = [
      '-Ur',
      process.execPath,
      program,
      temp.path('in.tar'),
      temp.path(to),
      JSON.stringify(options),
    ];
    const { stdout } = await promisify(execFile)('unshare', args);
    return JSON.parse(stdout);
  };

  it('S10: unpacking in a user namespace gives all files to the caller, as for an ordinary user', async () => {
    expect(await unpack('out', {})).toEqual({ files: 1 });
    expect(statSync(temp.path('out/d/f'))).toMatchObject({
      uid: process.geteuid?.(),
      gid: process.getegid?.(),
    });
  });

  it('S10: a failure to set requested owners hints at the option that turns them off', async () => {
    expect(await unpack('out', { keepOwners: true })).toMatchObject({
      code: 'UNSUPPORTED',
      hint: expect.stringContaining('`keepOwners: false`'),
    });
    const error = new UnsupportedError('x', {
      hint: 'give all files to the caller, with `keepOwners: false`',
    });
    expect(hintFor(error)).toBe('give all files to the caller, with --no-keep-owners');
  });
});
