import { readdir } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, random } from 'containerregistry';
import { outcomeOf } from '../../support/programs/child.js';
import { startGantry } from '../../support/programs/gantry.js';
import { useServers } from '../../support/servers/http-server.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { startStuckRegistry } from './stuck-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();
const registry = useRegistry();
let app: string;
beforeEach(() => {
  app = `${registry.host}/app`;
});

const MIB = 1024 * 1024;

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('X1: %s', (signal, code) => {
  it.each(['tarball', 'oci'])(
    `in the middle of a pull as %s ends with ${code}, and leaves no file`,
    async (format) => {
      const image = random.image(4 * MIB, 1);
      const [layer] = await image.layers();
      const stuck = await startStuckRegistry(servers, layer);
      await crane.push(image, `${stuck.host}/app:v1`);
      const child = startGantry(['pull', '--format', format, `${stuck.host}/app:v1`, temp.path('out')], {
        TMPDIR: temp.path(),
      });
      const outcome = outcomeOf(child);
      await stuck.stuck;
      child.kill(signal);
      const { stderr, ...rest } = await outcome;
      expect(rest).toEqual({ code, stdout: '' });
      expect(stderr).toContain(`Error: interrupted by ${signal}\n`);
      const left = await readdir(temp.path(), { recursive: true });
      // An interrupted pull leaves a valid layout without blobs.
      expect(
        left.filter((name) => !/^out(\/(oci-layout|index\.json|blobs|blobs\/sha256))?$/.test(name)),
      ).toEqual([]);
    },
  );

  it.each([
    ['append', (image) => ['append', '-b', image, '-f', 'LAYER', '-t', 'app:v2', '-o', 'out']],
    ['mutate', (image) => ['mutate', image, '--time', '0', '-t', image]],
    ['flatten', (image) => ['flatten', image]],
    ['export', (image) => ['export', image, 'out']],
    ['export', (image) => ['export', image, '--to', 'out']],
    ['validate', (image) => ['validate', '--remote', image]],
    ['copy', (image) => ['copy', image, `${app}:v1`]],
  ] satisfies readonly (readonly [string, (image: string) => readonly string[]])[])(
    `in the middle of %s ends with ${code}, and leaves no file`,
    async (_verb, argsFor) => {
      const image = random.image(4 * MIB, 1);
      const [layer] = await image.layers();
      const stuck = await startStuckRegistry(servers, layer);
      await crane.push(image, `${stuck.host}/app:v1`);
      await crane.export(crane.image({ a: Buffer.from('a') }), temp.path('layer.tar'));
      const places = new Map([
        ['LAYER', temp.path('layer.tar')],
        ['out', temp.path('out')],
      ]);
      const args = argsFor(`${stuck.host}/app:v1`).map((arg) => places.get(arg) ?? arg);
      const child = startGantry(args, { TMPDIR: temp.path() });
      const outcome = outcomeOf(child);
      await stuck.stuck;
      child.kill(signal);
      const { stderr, ...rest } = await outcome;
      expect(rest).toEqual({ code, stdout: '' });
      expect(stderr).toContain(`Error: interrupted by ${signal}\n`);
      expect(stderr).not.toMatch(/^ +at /m);
      // An interrupted export leaves only the file or directory that the user named.
      expect((await readdir(temp.path())).filter((name) => name !== 'out')).toEqual(['layer.tar']);
    },
  );

  it(`in the middle of a push ends with ${code}, and leaves no file`, async () => {
    const stuck = await startStuckRegistry(servers);
    await crane.saveOci(random.image(4 * MIB, 1), temp.path('layout'));
    const before = await readdir(temp.path(), { recursive: true });
    const child = startGantry(['push', temp.path('layout'), `${stuck.host}/app:v1`], { TMPDIR: temp.path() });
    const outcome = outcomeOf(child);
    await stuck.stuck;
    child.kill(signal);
    expect(await outcome).toMatchObject({ code, stdout: '' });
    expect(await readdir(temp.path(), { recursive: true })).toEqual(before);
  });
});
