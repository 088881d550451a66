import { readFile, truncate } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { useCacheFolder, usePushedImage } from '../../support/images/cached-image.js';
import { gantry } from '../../support/programs/gantry.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { sha256Of } from '../../support/tools/read-all.js';
import { requestsOf } from '../../support/servers/request-list.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const dir = useTempDir();
const directory = useCacheFolder();
const pushed = usePushedImage();

const blobsIn = (requests: readonly string[]): readonly string[] =>
  requests.filter((request) => request.startsWith('GET') && request.includes('/blobs/')).sort();

describeWithPeers("a cache that is crane's too", ['crane'], ({ crane }) => {
  const byCrane = async (reference: string): Promise<string> =>
    crane.run(['pull', '--insecure', '-c', directory.path, reference, dir.path('crane.tar')]);
  const byGantry = async (reference: string): Promise<void> => {
    const { code, stderr } = await gantry(['pull', '-c', directory.path, reference, dir.path('gantry.tar')]);
    expect({ code, stderr: stderr.includes('cache:') }).toEqual({ code: 0, stderr: false });
  };

  it('gives crane the layers that gantry pulled', async () => {
    const { registry, reference, open } = await pushed();
    await byGantry(reference);
    // crane does not cache configs.
    const config = `GET /v2/app/blobs/${await (await open()).configName()}`;
    expect(blobsIn(await requestsOf(registry, async () => byCrane(reference)))).toEqual([config]);
  });

  it('gives gantry the layers that crane pulled', async () => {
    const { registry, reference, open } = await pushed();
    await byCrane(reference);
    const image = await open();
    const config = `GET /v2/app/blobs/${await image.configName()}`;
    expect(blobsIn(await requestsOf(registry, async () => byGantry(reference)))).toEqual([config]);
    expect(blobsIn(await requestsOf(registry, async () => byGantry(reference)))).toEqual([]);
  });

  it('is repaired after crane was interrupted', async () => {
    const { registry, reference, open } = await pushed();
    await byCrane(reference);
    const digest = await (await (await open()).layers())[0]!.digest();
    await truncate(directory.fileOf(digest), 1000);
    const options = blobsIn(await requestsOf(registry, async () => byGantry(reference)));
    expect(options).toContain(`GET /v2/app/blobs/${digest}`);
    expect(options).toHaveLength(2);
    expect(sha256Of(await readFile(directory.fileOf(digest)))).toBe(digest);
  });
});
