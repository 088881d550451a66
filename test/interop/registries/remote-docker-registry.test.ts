import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotFoundError } from '../../../src/errors/service/not-found.js';
import { parseReference } from '../../../src/name/parse-reference.js';
import type { Digest, Reference } from '../../../src/name/reference.js';
import { image as randomImage } from '../../../src/random/image.js';
import { index as randomIndex } from '../../../src/random/image-index.js';
import { catalog } from '../../../src/remote/catalog.js';
import { checkPushPermission } from '../../../src/remote/checks.js';
import { deleteManifest } from '../../../src/remote/delete.js';
import { get } from '../../../src/remote/get.js';
import { head } from '../../../src/remote/head.js';
import { image } from '../../../src/remote/image.js';
import { list } from '../../../src/remote/list.js';
import { push, write, writeIndex } from '../../../src/remote/push.js';
import { referrers } from '../../../src/remote/referrers.js';
import { ociManifestSchema1 } from '../../../src/v1/types.js';
import { describeImageContract } from '../../contract/image-contract.js';
import { type DockerRegistry, startDockerRegistry } from '../../support/programs/docker-registry.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { measure } from '../../support/tools/read-all.js';

describeWithPeers(
  'Distribution, crane, skopeo and oras',
  ['docker-registry', 'crane', 'skopeo', 'oras'],
  ({ 'docker-registry': tool, crane, skopeo, oras }) => {
    let registry: DockerRegistry;
    let dir: string;
    const reference = (text: string): Reference => parseReference(`${registry.host}/${text}`);

    beforeAll(async () => {
      registry = await startDockerRegistry(tool);
      dir = await mkdtemp(join(tmpdir(), 'interop-'));
    });
    afterAll(async () => {
      await registry.close();
      await rm(dir, { recursive: true, force: true });
    });

    it('read the image that was pushed', async () => {
      const pushed = randomImage(3_000_000, 3, { mediaType: ociManifestSchema1 });
      const target = reference('pushed:v1');
      await write(target, pushed);
      const digest = await pushed.digest();
      expect((await crane.run(['digest', target.name()])).trim()).toBe(digest);
      expect(await crane.run(['validate', '--remote', target.name()])).toContain('PASS');
      const inspected = await skopeo.run([
        'inspect',
        '--tls-verify=false',
        `docker://${target.name()}`,
        '--format',
        '{{.Digest}}',
      ]);
      expect(inspected.trim()).toBe(digest);
      const fetched = await oras.run(['manifest', 'fetch', '--plain-http', target.name()]);
      expect(fetched.trim()).toBe(
        Buffer.from(await pushed.rawManifest())
          .toString()
          .trim(),
      );
    });

    it('read the index that was pushed', async () => {
      const pushed = randomIndex(10_000, 2, 3);
      const target = reference('index:v1');
      await writeIndex(target, pushed);
      expect((await crane.run(['digest', target.name()])).trim()).toBe(await pushed.digest());
      expect(await crane.run(['validate', '--remote', target.name()])).toContain('PASS');
    });

    it('push images that are read byte for byte', async () => {
      const source = randomImage(500_000, 2);
      await write(reference('source:v1'), source);
      await crane.run(['copy', reference('source:v1').name(), reference('by-crane:v1').name()]);
      await skopeo.run([
        ...['copy', '--quiet', '--src-tls-verify=false', '--dest-tls-verify=false'],
        ...[`docker://${reference('source:v1').name()}`, `docker://${reference('by-skopeo:v1').name()}`],
      ]);
      for (const name of ['by-crane:v1', 'by-skopeo:v1']) {
        const pulled = await image(reference(name));
        expect(Buffer.compare(await pulled.rawManifest(), await source.rawManifest())).toBe(0);
        expect(Buffer.compare(await pulled.rawConfigFile(), await source.rawConfigFile())).toBe(0);
        for (const layer of await pulled.layers()) {
          expect((await measure(await layer.compressed())).digest).toBe(await layer.digest());
        }
      }
    });

    it('read an index that was copied to another repository', async () => {
      await push(reference('copied:v1'), await get(reference('index:v1')));
      expect(await crane.run(['digest', reference('copied:v1').name()])).toBe(
        await crane.run(['digest', reference('index:v1').name()]),
      );
    });

    it('list tags and repositories, and check permission', async () => {
      await checkPushPermission(reference('pushed:v1'));
      expect(await list(reference('pushed:v1').context())).toEqual(['v1']);
      const all = await catalog(reference('pushed:v1').context().registry, { pageSize: 2 });
      expect(all).toEqual((await crane.run(['catalog', registry.host])).trim().split('\n'));
    });

    it('P7: find referrers by the fallback tag of a registry without an API for them', async () => {
      const subject = await head(reference('pushed:v1'));
      const at = reference('pushed:v1').context().digest(subject.digest);
      expect((await (await referrers(at)).indexManifest()).manifests).toEqual([]);
      for (const kind of ['sbom', 'signature']) {
        await oras.run([
          'attach',
          '--plain-http',
          '--artifact-type',
          `example/${kind}`,
          '-a',
          'k=v',
          at.name(),
        ]);
      }
      const found = await (await referrers(at)).indexManifest();
      expect(found.manifests.map(({ artifactType }) => artifactType).sort()).toEqual([
        'example/sbom',
        'example/signature',
      ]);
      const one = await (await referrers(at, { filter: { artifactType: 'example/sbom' } })).indexManifest();
      expect(one.manifests).toHaveLength(1);

      const copy = reference('referring:v1');
      const referrer = await get(at.context().digest(one.manifests[0]!.digest));
      await push(copy, referrer);
      const repo = copy.context();
      const target = repo.digest(subject.digest);
      expect((await (await referrers(target)).indexManifest()).manifests).toEqual(one.manifests);
      const discovered = await oras.run(['discover', '--plain-http', '--format', 'json', at.name()]);
      expect(discovered).toContain(one.manifests[0]!.digest);

      await deleteManifest(repo.digest(referrer.digest));
      expect((await (await referrers(target)).indexManifest()).manifests).toEqual([]);
    });

    it('do not find a manifest after it is deleted', async () => {
      const target = reference('deleted:v1');
      await write(target, randomImage(100, 1));
      const { digest } = await head(target);
      const byDigest: Digest = target.context().digest(digest);
      await deleteManifest(byDigest);
      await expect(head(target)).rejects.toThrow(NotFoundError);
      await expect(deleteManifest(byDigest)).rejects.toThrow(NotFoundError);
    });

    describeImageContract('an image in a registry', async () => {
      await write(reference('contract:v1'), randomImage(20_000, 2, { seed: 'contract' }));
      return image(reference('contract:v1'));
    });
  },
);
