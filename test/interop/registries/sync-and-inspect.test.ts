import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { type DockerRegistry, startDockerRegistry } from '../../support/programs/docker-registry.js';
import { gantry } from '../../support/programs/gantry.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { amd, imageFor, multi } from '../../support/images/platform-images.js';
import { referringImage } from '../../support/images/referring-image.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';

describeWithPeers(
  'beside skopeo and the registry of Distribution,',
  ['docker-registry', 'skopeo'],
  ({ 'docker-registry': tool, skopeo }) => {
    let distribution: DockerRegistry;
    let embedded: StartedRegistry;
    beforeAll(async () => {
      [distribution, embedded] = await Promise.all([startDockerRegistry(tool), startRegistry()]);
    });
    afterAll(async () => {
      await Promise.all([distribution.close(), embedded.close()]);
    });

    const skopeoInspect = async (reference: string): Promise<Record<string, unknown>> => {
      const output = await skopeo.run(['inspect', '--tls-verify=false', `docker://${reference}`]);
      return JSON.parse(output) as Record<string, unknown>;
    };

    describe('gantry inspect', () => {
      it('finds the digest, the layers and the config that skopeo finds', async () => {
        const reference = `${distribution.host}/inspected:v1`;
        await crane.push(amd, reference);
        const { stdout } = await gantry(['inspect', '--json', reference]);
        const ours = JSON.parse(stdout) as crane.Inspection;
        const theirs = await skopeoInspect(reference);
        expect(theirs).toMatchObject({
          Digest: ours.digest,
          Layers: ours.image?.layers.map(({ digest }) => digest),
          Architecture: ours.image?.platform?.architecture,
          Os: ours.image?.platform?.os,
        });
      });

      it('finds the digest of an index that skopeo finds', async () => {
        const reference = `${distribution.host}/inspected:multi`;
        await crane.push(multi, reference);
        const { Digest } = await skopeoInspect(reference);
        expect((await crane.inspect(reference)).digest).toBe(Digest);
      });
    });

    describe('gantry sync', () => {
      it('brings tags and referrers into a registry without an API for referrers', async () => {
        const from = `${embedded.host}/synced`;
        const to = `${distribution.host}/mirror/synced`;
        for (const tag of ['1.0', '1.1']) await crane.push(imageFor(tag), `${from}:${tag}`);
        const { digest, size, mediaType } = await crane.head(`${from}:1.1`);
        const sbom = referringImage({ digest, size, mediaType }, 'example/sbom');
        await crane.push(sbom, `${from}@${await sbom.digest()}`);
        const plan = `sync: [{ source: ${from}, target: ${to}, tags: { semver: ">=1.1" }, referrers: true }]`;

        const first = await gantry(['sync', '-', '--quiet'], { stdin: plan });
        expect(first).toMatchObject({
          code: 0,
          stdout: `copied    ${from}:1.1 -> ${to}:1.1, 1 that belongs to it\n`,
        });
        expect(await skopeoInspect(`${to}:1.1`)).toMatchObject({ Digest: digest });
        const { referrers } = await crane.tree(`${to}:1.1`);
        expect(referrers).toMatchObject([{ digest: await sbom.digest(), artifactType: 'example/sbom' }]);
        const second = await gantry(['sync', '-', '--quiet'], { stdin: plan });
        expect(second.stdout).toBe(`existing  ${from}:1.1 -> ${to}:1.1\n`);
      });
    });

    describe('gantry blob put and manifest put', () => {
      it('write what skopeo reads', async () => {
        const repository = `${distribution.host}/put`;
        const config = Buffer.from(await amd.rawConfigFile());
        await crane.upload((await amd.layers())[0]!, repository);
        expect(await gantry(['blob', 'put', repository, '-'], { stdin: config })).toMatchObject({ code: 0 });
        const manifest = Buffer.from(await amd.rawManifest());
        const put = await gantry(['manifest', 'put', `${repository}:v1`, '-'], { stdin: manifest });
        expect(put.code).toBe(0);
        expect(await skopeoInspect(`${repository}:v1`)).toMatchObject({ Digest: await amd.digest() });
      });
    });
  },
);
