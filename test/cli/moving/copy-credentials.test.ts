import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { gantry } from '../../support/programs/gantry.js';
import {
  type GuardedRegistry,
  headerOf,
  startGuardedRegistry,
} from '../../support/servers/start-registry.js';
import { useClosing } from '../../support/tools/closing.js';

const closing = useClosing();
let source: GuardedRegistry;
let target: GuardedRegistry;
let names: readonly [string, string];

beforeEach(async () => {
  source = await closing(startGuardedRegistry('alice'));
  target = await closing(startGuardedRegistry('bob'));
  names = [`${source.host}/app:v1`, `${target.host}/mirror:v1`];
  await crane.push(crane.image({ a: Buffer.from('a') }), names[0], { auth: source.credentials });
});

const flag = ({ credentials: { username, password } }: GuardedRegistry): string => `${username}:${password}`;

async function expectCopied(): Promise<void> {
  expect(await crane.digest(names[1], { auth: target.credentials })).toMatch(/^sha256:/);
  expect(target.seen).not.toContain(headerOf(source.credentials));
  expect(source.seen).not.toContain(headerOf(target.credentials));
}

describe('gantry copy', () => {
  it('takes credentials for both sides, and warns of a password on the command line', async () => {
    const flags = ['--src-creds', flag(source), '--dest-creds', flag(target)];
    const { code, stderr } = await gantry(['copy', '--progress', 'none', ...flags, ...names]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('other users can see') });
    await expectCopied();
  });

  it('reads passwords from the environment and from stdin', async () => {
    const flags = ['--src-creds', 'alice', '--dest-creds', 'bob'];
    const result = await gantry(['copy', '--progress', 'none', ...flags, ...names], {
      env: { GANTRY_SRC_PASSWORD: source.credentials.password },
      stdin: `${target.credentials.password}\n`,
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    await expectCopied();
  });

  it('uses the configured credentials for the side without a flag', async () => {
    const auth = Buffer.from(flag(source)).toString('base64');
    const result = await gantry(['copy', '--progress', 'none', '--dest-creds', 'bob', ...names], {
      env: {
        DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [source.host]: { auth } } }),
        GANTRY_DEST_PASSWORD: target.credentials.password,
      },
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    await expectCopied();
  });

  it.each([
    [['--src-creds', 'a', '--dest-creds', 'b'], /only one of the two passwords/],
    [['--src-creds', ':x'], /no user name/],
    [['--src-creds', 'a:'], /is empty/],
    [['--src-creds', 'a'], /is empty/],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr } = await gantry(['copy', ...flags, ...names], { stdin: '' });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });

  it('refuses credentials for a location outside of a registry, and a password beside an archive', async () => {
    const layout = await gantry(['copy', '--src-creds', 'a:b', 'oci:images:v1', names[1]]);
    expect(layout).toMatchObject({ code: 2, stderr: expect.stringContaining('in a registry') });
    const archive = await gantry(['copy', '--dest-creds', 'b', 'oci-archive:-', names[1]], { stdin: 'x' });
    expect(archive).toMatchObject({ code: 2, stderr: expect.stringContaining('stdin has an archive') });
  });
});
