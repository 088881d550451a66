import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, mutate } from 'containerregistry';
import { gantry } from '../../support/programs/gantry.js';
import { useRegistry } from '../../support/servers/use-registry.js';

const registry = useRegistry();
let app: string;
let mirror: string;
let signature: string;
beforeEach(async () => {
  app = `${registry.host}/app`;
  mirror = `${registry.host}/mirror`;
  await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:v1`);
  const { mediaType, digest, size } = await crane.head(`${app}:v1`);
  const signed = mutate.subject(crane.image({ s: Buffer.from('s') }), { mediaType, digest, size });
  signature = await signed.digest();
  await crane.push(signed, `${app}@${signature}`);
  await crane.tag(`${app}:v1`, `${digest.replace(':', '-')}.sig`);
});

/** Lists the mirror repository after a copy with these flags. */
async function copied(...flags: readonly string[]): Promise<{ signature: boolean; tags: number }> {
  expect(await gantry(['copy', '-q', ...flags, `${app}:v1`, `${mirror}:v1`])).toMatchObject({
    code: 0,
    stderr: '',
  });
  const { code } = await gantry(['digest', `${mirror}@${signature}`]);
  return { signature: code === 0, tags: (await crane.listTags(mirror)).length };
}

describe('gantry copy', () => {
  it('does not copy referrers by default', async () => {
    expect(await copied()).toEqual({ signature: false, tags: 1 });
  });

  it('copies referrers with --referrers', async () => {
    expect(await copied('--referrers')).toEqual({ signature: true, tags: 1 });
  });

  it('copies only referrers of an --artifact-type', async () => {
    expect(await copied('--artifact-type', 'application/x-none')).toEqual({ signature: false, tags: 1 });
  });

  it('copies digest tags with --digest-tags', async () => {
    expect(await copied('--digest-tags')).toEqual({ signature: false, tags: 2 });
  });
});
