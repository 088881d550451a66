import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copy } from '../../../src/crane/copying/copy.js';
import { newRepository } from '../../../src/name/repository.js';
import type { Repository } from '../../../src/name/reference.js';
import { index as randomIndex } from '../../../src/random/image-index.js';
import { get } from '../../../src/remote/get.js';
import { head } from '../../../src/remote/head.js';
import { writeIndex } from '../../../src/remote/push.js';
import { referrers } from '../../../src/remote/referrers.js';
import { type DockerRegistry, startDockerRegistry } from '../../support/programs/docker-registry.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';

describeWithPeers(
  'copy with referrers, made by oras,',
  ['docker-registry', 'oras'],
  ({ 'docker-registry': tool, oras }) => {
    let distribution: DockerRegistry;
    let embedded: StartedRegistry;
    let dir: string;

    beforeAll(async () => {
      [distribution, embedded] = await Promise.all([startDockerRegistry(tool), startRegistry()]);
      dir = await mkdtemp(join(tmpdir(), 'referrers-'));
      await writeFile(join(dir, 'sbom.json'), '{"packages":[]}');
    });
    afterAll(async () => {
      await Promise.all([distribution.close(), embedded.close()]);
      await rm(dir, { recursive: true, force: true });
    });

    const attach = async (at: string, type: string): Promise<string> => {
      const flags = ['--plain-http', '--artifact-type', type, '--format', 'json'];
      const output = await oras.run(['attach', ...flags, at, 'sbom.json:application/json'], { cwd: dir });
      return (JSON.parse(output) as { digest: string }).digest;
    };
    const listed = async (repository: Repository, digest: string): Promise<string[]> => {
      const { manifests } = await (await referrers(repository.digest(digest))).indexManifest();
      return manifests.map((referrer) => referrer.digest);
    };

    it.each([
      ['P7: from the fallback tag to the API', true],
      ['P7: from the API to the fallback tag', false],
    ])(
      '%s',
      async (_title, toApi) => {
        const hosts = [distribution.host, embedded.host];
        const [fromHost, toHost] = toApi ? hosts : hosts.reverse();
        const from = newRepository(`${fromHost}/signed`);
        const to = newRepository(`${toHost}/copied`);
        await writeIndex(from.tag('v1'), randomIndex(1000, 1, 2));
        const { digest } = await head(from.tag('v1'));
        const [child] = (await (await (await get(from.tag('v1'))).imageIndex()).indexManifest()).manifests;
        const ofIndex = await attach(from.digest(digest).name(), 'example/signature');
        const ofChild = await attach(from.digest(child!.digest).name(), 'example/sbom');
        const ofSbom = await attach(from.digest(ofChild).name(), 'example/signature');

        await copy(from.tag('v1').name(), to.tag('v1').name(), { referrers: true });
        expect(await listed(to, digest)).toEqual([ofIndex]);
        expect(await listed(to, child!.digest)).toEqual([ofChild]);
        expect(await listed(to, ofChild)).toEqual([ofSbom]);
        const flags = ['discover', '--plain-http', '--format', 'json'];
        expect(await oras.run([...flags, to.digest(child!.digest).name()])).toContain(ofChild);
        await oras.run(['pull', '--plain-http', '-o', join(dir, 'pulled'), to.digest(ofChild).name()]);
      },
      60_000,
    );
  },
);
