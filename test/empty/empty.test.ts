import { describe, expect, it } from '@jest/globals';
import * as empty from '../../src/empty/index.js';
import { describeImageContract } from '../contract/image-contract.js';
import { describeIndexContract } from '../contract/index-contract.js';

describeImageContract('the empty image', () => empty.image);
describeIndexContract('the empty index', () => empty.index);

describe('the empty image', () => {
  it('has the config that Go writes for one', async () => {
    expect(Buffer.from(await empty.image.rawConfigFile()).toString()).toBe(
      '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","rootfs":{"type":"layers","diff_ids":null},"config":{}}',
    );
  });

  it('has the manifest that Go writes for one', async () => {
    const config = await empty.image.configName();
    expect(Buffer.from(await empty.image.rawManifest()).toString()).toBe(
      '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",' +
        '"config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":115,' +
        `"digest":"${config}"},"layers":[]}`,
    );
  });
});

describe('the empty index', () => {
  it('has the manifest that Go writes for one', async () => {
    expect(Buffer.from(await empty.index.rawManifest()).toString()).toBe(
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
    );
  });
});
