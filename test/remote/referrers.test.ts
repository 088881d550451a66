import { describe, expect, it } from '@jest/globals';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import { parseReference } from '../../src/name/parse-reference.js';
import type { Digest, Reference } from '../../src/name/reference.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { image as randomImage } from '../../src/random/image.js';
import { deleteManifest } from '../../src/remote/delete.js';
import { get } from '../../src/remote/get.js';
import { multiWrite } from '../../src/remote/multi-write.js';
import { push, put, write } from '../../src/remote/push.js';
import { referrers } from '../../src/remote/referrers.js';
import type { RemoteOptions } from '../../src/remote/connection/options.js';
import type { Descriptor } from '../../src/v1/descriptor.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import type { Image } from '../../src/v1/image.js';
import { ociImageIndex } from '../../src/v1/types.js';
import { bodyOf, useServers } from '../support/servers/http-server.js';
import { requestsOf } from '../support/servers/request-list.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { storedImage } from '../support/images/stored-image.js';

const servers = useServers();

/** An image with a subject, that differs by its name. */
function referring(subject: Descriptor, artifactType: string): Image {
  return compressedToImage(
    storedImage({
      manifest: (same) => ({
        ...same,
        subject,
        artifactType,
        annotations: { 'org.example.name': artifactType },
      }),
    }),
  );
}

const listed = async (at: Digest, options?: RemoteOptions): Promise<string[]> => {
  const { manifests } = await (await referrers(at, options)).indexManifest();
  return manifests.map(({ artifactType }) => artifactType ?? '').sort();
};

async function withSubject<T>(
  options: { readonly referrers: boolean; readonly maxPageSize?: number },
  run: (registry: StartedRegistry, target: Reference, subject: Descriptor, at: Digest) => Promise<T>,
): Promise<T> {
  const registry = await startRegistry(options);
  try {
    const target = parseReference(`${registry.host}/app:v1`);
    await write(target, randomImage(100, 1));
    const { mediaType, size, digest } = await get(target);
    return await run(registry, target, { mediaType, size, digest }, target.context().digest(digest));
  } finally {
    await registry.close();
  }
}

describe.each([
  ['with an API', true],
  ['with the fallback tag', false],
])('referrers %s', (_title, api) => {
  it('are listed after a push, with or without a filter, until they are deleted', async () => {
    await withSubject({ referrers: api }, async (_registry, target, subject, at) => {
      expect(await listed(at)).toEqual([]);
      const signature = referring(subject, 'example/signature');
      const repo = target.context();
      await multiWrite(
        new Map([
          [repo.tag('a'), signature],
          [repo.tag('b'), referring(subject, 'example/sbom')],
          [repo.tag('c'), referring(subject, 'example/other')],
        ]),
      );
      expect(await listed(at)).toEqual(['example/other', 'example/sbom', 'example/signature']);
      const found = await referrers(at, { filter: { artifactType: 'example/sbom' } });
      const { manifests } = await found.indexManifest();
      expect(manifests).toHaveLength(1);
      expect(manifests[0]?.annotations).toEqual({ 'org.example.name': 'example/sbom' });
      expect(await (await found.image(manifests[0]!.digest)).digest()).toBe(manifests[0]!.digest);

      await deleteManifest(repo.digest(await signature.digest()));
      expect(await listed(at)).toEqual(['example/other', 'example/sbom']);
    });
  });

  it('are listed once, even if they are pushed several times', async () => {
    await withSubject({ referrers: api }, async (_registry, target, subject, at) => {
      const signature = referring(subject, 'example/signature');
      await push(target.context().tag('a'), signature);
      await put(target.context().tag('b'), signature);
      expect(await listed(at)).toEqual(['example/signature']);
    });
  });
});

describe('referrers', () => {
  it('P7: are read from all pages', async () => {
    await withSubject({ referrers: true, maxPageSize: 2 }, async (registry, target, subject, at) => {
      for (const type of ['a', 'b', 'c', 'd', 'e'])
        await push(target.context().tag(type), referring(subject, type));
      const requests = await requestsOf(registry, async () => {
        expect(await listed(at)).toEqual(['a', 'b', 'c', 'd', 'e']);
      });
      expect(requests).toHaveLength(3);
    });
  });

  it('need no further request if the registry keeps track of them', async () => {
    await withSubject({ referrers: true }, async (registry, target, subject) => {
      const signature = referring(subject, 'example/signature');
      await push(target.context().tag('a'), signature);
      const requests = await requestsOf(registry, async () => put(target.context().tag('b'), signature));
      expect(requests).toHaveLength(1);
    });
  });

  it('are unsupported if there is no API and the fallback tag is not allowed', async () => {
    await withSubject({ referrers: false }, async (_registry, _target, _subject, at) => {
      await expect(referrers(at, { referrersTagFallback: false })).rejects.toThrow(UnsupportedError);
    });
  });

  it.each([
    ['a web page', 200, { 'content-type': 'text/html' }, '<html>'],
    ['406', 406, {}, ''],
    ['400', 400, {}, ''],
  ])(
    'P7: are read from the fallback tag if the API responds with %s',
    async (_title, status, headers, body) => {
      const server = await servers.http((request, response) => {
        if (request.url === '/v2/') response.end();
        else if (request.url?.includes('/referrers/') === true) response.writeHead(status, headers).end(body);
        else {
          response.writeHead(200, { 'content-type': ociImageIndex });
          response.end(JSON.stringify({ schemaVersion: 2, mediaType: ociImageIndex, manifests: [] }));
        }
      });
      const at = parseReference(`${server.host}/app@sha256:${'0'.repeat(64)}`) as Digest;
      expect(await listed(at)).toEqual([]);
    },
  );

  it('P8: are merged with what another client put under the fallback tag in the meantime', async () => {
    let stored = { schemaVersion: 2, mediaType: ociImageIndex, manifests: [] as Descriptor[] };
    let version = 0;
    const ifMatch: (string | undefined)[] = [];
    const theirs: Descriptor = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size: 1,
      digest: sha256Bytes(Buffer.from('theirs')),
    };
    const server = await servers.http((request, response) => {
      const { url = '', method = '' } = request;
      void bodyOf(request).then((body) => {
        if (url === '/v2/') response.end();
        else if (url.includes('/referrers/')) response.writeHead(404).end();
        else if (!url.includes('/manifests/sha256-')) response.writeHead(201).end();
        else if (method === 'GET') {
          response
            .writeHead(200, { 'content-type': ociImageIndex, etag: `"${version}"` })
            .end(JSON.stringify(stored));
        } else if (version === 0) {
          ifMatch.push(request.headers['if-match']);
          version += 1;
          stored = { ...stored, manifests: [theirs] };
          response.writeHead(412).end();
        } else {
          ifMatch.push(request.headers['if-match']);
          stored = JSON.parse(body.toString()) as typeof stored;
          response.writeHead(201).end();
        }
      });
    });
    const subject: Descriptor = { ...theirs, digest: sha256Bytes(Buffer.from('subject')) };
    const ours = referring(subject, 'example/ours');
    await put(parseReference(`${server.host}/app:v1`), ours);
    expect(ifMatch).toEqual(['"0"', '"1"']);
    expect(stored.manifests.map(({ digest }) => digest).sort()).toEqual(
      [theirs.digest, await ours.digest()].sort(),
    );
  });
});

describe('a fallback tag that is not a list of referrers', () => {
  const index = (manifests: readonly object[], more: object = {}): Buffer =>
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociImageIndex, manifests, ...more }));
  const child = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${'1'.repeat(64)}`,
    size: 2,
    platform: { os: 'linux', architecture: 'amd64' },
  };
  const subjectIndex = index([child]);

  it.each<readonly [string, Buffer, string]>([
    ['is the subject itself', subjectIndex, ociImageIndex],
    ['is another index of platforms', index([child, child]), ociImageIndex],
    [
      'is an image',
      Buffer.from(JSON.stringify({ schemaVersion: 2, config: child, layers: [] })),
      'application/vnd.oci.image.manifest.v1+json',
    ],
    [
      'is a manifest list of Docker',
      Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [child] })),
      'application/vnd.docker.distribution.manifest.list.v2+json',
    ],
  ])('G7: lists nothing and is not changed if it %s', async (_name, bytes, type) => {
    const subject = {
      mediaType: ociImageIndex,
      digest: sha256Bytes(subjectIndex),
      size: subjectIndex.length,
    };
    const tag = `sha256-${subject.digest.slice(7)}`;
    const put: string[] = [];
    const server = await servers.http((request, response) => {
      const { method = '', url = '' } = request;
      void bodyOf(request).then(() => {
        if (method === 'PUT') put.push(url);
        if (url === '/v2/') response.end();
        else if (url.endsWith(`/manifests/${tag}`) && method === 'GET')
          response.writeHead(200, { 'content-type': type }).end(bytes);
        else if (method === 'HEAD' && url.includes('/blobs/')) response.end();
        else if (method === 'PUT') response.writeHead(201).end();
        else response.writeHead(404).end();
      });
    });
    const target = parseReference(`${server.host}/app:sig`);
    const at = target.context().digest(subject.digest);
    expect(await listed(at)).toEqual([]);

    const warnings: string[] = [];
    await push(target, referring(subject, 'example/signature'), {
      onWarning: ({ text }) => warnings.push(text),
    });
    expect(put).toEqual(['/v2/app/manifests/sig']);
    expect(warnings).toEqual([expect.stringContaining(tag)]);
  });

  it('G9: does not collect pages of referrers beyond the limit', async () => {
    let pages = 0;
    const server = await servers.http(({ url = '' }, response) => {
      if (url === '/v2/') {
        response.end();
        return;
      }
      pages += 1;
      response.writeHead(200, { 'content-type': ociImageIndex, link: `<?page=${pages}>; rel="next"` });
      response.end(index([{ ...child, annotations: { x: 'x'.repeat(10_000) } }]));
    });
    const at = parseReference(`${server.host}/app`).context().digest(child.digest);
    await expect(referrers(at, { maxListBytes: 100_000 })).rejects.toMatchObject({ option: 'maxListBytes' });
    expect(pages).toBeLessThan(12);
  });
});

describe('an index of referrers', () => {
  it.each(['{"schemaVersion":2,"manifests":[', '{"schemaVersion":2,"manifests":[{}]}', ''])(
    'G24: is not taken for an empty list if it is damaged: %p',
    async (body) => {
      const { host } = await servers.http((request, response) => {
        if (request.url?.includes('/referrers/') === true)
          response.writeHead(200, { 'content-type': ociImageIndex }).end(body);
        else response.writeHead(request.url === '/v2/' ? 200 : 404).end();
      });
      const subject = parseReference(`${host}/app:v1`)
        .context()
        .digest(sha256Bytes(Buffer.from('x')));
      await expect(referrers(subject)).rejects.toThrow(ManifestInvalidError);
    },
  );
});
