import { describe, expect, it } from '@jest/globals';
import * as empty from '../../src/empty/index.js';
import { describeImageContract } from '../contract/image-contract.js';
import { describeIndexContract } from '../contract/index-contract.js';

describeImageContract('the empty image', () => empty.image);
describeIndexContract('the empty index', () => empty.index);

describe('the empty image', () => {
  it('has the config that Go writes for an empty image', async () => {
    expect(Buffer.from(await empty.image.rawConfigFile()).toString()).toBe(
      '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","rootfs":{"type":"layers","diff_ids":null},"config":{}}',
    );
  });

  it('has the manifest that Go writes for an empty image', async () => {
    const config = 'sha256:5b943e2b943f6c81dbbd4e2eca5121f4fcc39139e3d1219d6d89bd925b77d9fe';
    expect(Buffer.from(await empty.image.rawManifest()).toString()).toBe(
      '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",' +
        '"config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":115,' +
        `"digest":"${config}"},"layers":[]}`,
    );
  });
});

describe('the empty index', () => {
  it('has the manifest and digest that crane pushes for an empty index', async () => {
    expect(await empty.index.digest()).toBe(
      'sha256:dff9de10919148711140d349bf03f1a99eb06f94b03e51715ccebfa7cdc518e2',
    );
    expect(Buffer.from(await empty.index.rawManifest()).toString()).toBe(
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
    );
  });
});
