import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { crane, v1 } from 'containerregistry';
import { DigestMismatchError } from '../../../src/errors/invalid/mismatch.js';
import { ManifestInvalidError } from '../../../src/errors/invalid/manifest.js';
import { TransportError } from '../../../src/errors/service/transport.js';
import { ociImageIndex, ociManifestSchema1 } from '../../../src/v1/types.js';
import { amd, multi } from '../../support/images/platform-images.js';
import { kinds, requestsOf } from '../../support/servers/request-list.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
const content = Buffer.from('{"spdx":true}');

describe('putBlob', () => {
  it.each([
    ['bytes', async () => content],
    ['a stream', async () => Readable.from([content.subarray(0, 3), content.subarray(3)])],
    [
      'a file',
      async () => {
        await writeFile(temp.path('blob'), content);
        return { path: temp.path('blob') };
      },
    ],
  ] as const)('uploads %s', async (_title, open) => {
    const repository = `${registry.host}/app`;
    const { hash } = await v1.sha256(content);
    const put = await crane.putBlob(repository, await open(), { mediaType: 'application/spdx+json' });
    expect(put).toEqual({
      reference: `${repository}@${hash}`,
      digest: hash,
      mediaType: 'application/spdx+json',
      size: content.byteLength,
    });
    const layer = await crane.pullLayer(put.reference);
    expect(await readAll(await layer.compressed())).toEqual(content);
  });

  it('sends nothing if the repository has the blob', async () => {
    await crane.putBlob(`${registry.host}/app`, content);
    const requests = await requestsOf(registry, async () => crane.putBlob(`${registry.host}/app`, content));
    expect(kinds(requests)).toEqual({ 'HEAD /v2/app/blobs/<digest>': 1 });
  });

  it('destroys the stream if the repository has no valid name', async () => {
    const stream = Readable.from([content]);
    await expect(crane.putBlob('Not A Name', stream)).rejects.toMatchObject({ code: 'BAD_NAME' });
    expect(stream.destroyed).toBe(true);
  });

  it.each([undefined, null, 'text', { path: 1 }])('refuses %p as content', async (value) => {
    await expect(crane.putBlob(`${registry.host}/app`, value as never)).rejects.toThrow(/^`content` must be/);
  });
});

describe('putManifest', () => {
  it('puts the exact bytes under a tag, with the media type in the document', async () => {
    await crane.push(amd, `${registry.host}/app:pushed`);
    const bytes = await amd.rawManifest();
    const put = await crane.putManifest(`${registry.host}/app:copy`, bytes);
    const digest = await amd.digest();
    const { byteLength: size } = bytes;
    const reference = `${registry.host}/app@${digest}`;
    expect(put).toEqual({ reference, digest, mediaType: ociManifestSchema1, size });
    expect(Buffer.from(await crane.manifest(`${registry.host}/app:copy`))).toEqual(Buffer.from(bytes));
  });

  it('accepts text, and finds the media type of a document that has none', async () => {
    await crane.push(multi, `${registry.host}/app:pushed`);
    const { mediaType: _type, ...document } = await multi.indexManifest();
    const put = await crane.putManifest(`${registry.host}/app:v1`, JSON.stringify(document));
    expect(put.mediaType).toBe(ociImageIndex);
  });

  it('puts a document of another type if the type is named', async () => {
    const text = '{"own":1}';
    await expect(crane.putManifest(`${registry.host}/app:v1`, text)).rejects.toMatchObject({
      message: 'the document has no media type',
      hint: 'name it with `mediaType`',
    });
    const put = await crane.putManifest(`${registry.host}/app:v1`, text, {
      mediaType: 'application/own+json',
    });
    expect(await crane.head(`${registry.host}/app:v1`)).toMatchObject({
      digest: put.digest,
      mediaType: 'application/own+json',
    });
  });

  it('requires that a digest in the reference is that of the document', async () => {
    await crane.push(amd, `${registry.host}/app:pushed`);
    const bytes = await amd.rawManifest();
    await crane.putManifest(`${registry.host}/app@${await amd.digest()}`, bytes);
    const other = `${registry.host}/app@sha256:${'0'.repeat(64)}`;
    await expect(crane.putManifest(other, bytes)).rejects.toThrow(DigestMismatchError);
  });

  it.each([
    ['is not JSON', '{', {}],
    ['is not an object', '[]', {}],
    ['is not a valid manifest', `{"schemaVersion":2,"mediaType":"${ociManifestSchema1}","layers":[]}`, {}],
    [
      'has another media type than the option',
      `{"mediaType":"${ociImageIndex}"}`,
      { mediaType: ociManifestSchema1 },
    ],
    ['is an image and an index', `{"schemaVersion":2,"layers":[],"manifests":[]}`, {}],
  ])('refuses a document that %s, without a request', async (_title, text, options) => {
    const requests = await requestsOf(registry, async () => {
      await expect(crane.putManifest(`${registry.host}/app:v1`, text, options)).rejects.toThrow(
        ManifestInvalidError,
      );
    });
    expect(requests).toEqual([]);
  });

  it('fails if the registry lacks what the manifest lists', async () => {
    const failed = crane.putManifest(`${registry.host}/app:v1`, await amd.rawManifest());
    await expect(failed).rejects.toThrow(TransportError);
  });

  it('refuses a value that is not a document', async () => {
    await expect(crane.putManifest(`${registry.host}/app:v1`, {} as never)).rejects.toThrow(TypeError);
  });
});
