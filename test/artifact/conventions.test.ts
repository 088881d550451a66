import { readdir } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { artifact, crane } from 'containerregistry';
import { type RawArtifact, rawArtifact } from '../support/images/raw-artifact.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();

/**
 * The form that `helm push` writes.
 *
 * @see https://helm.sh/docs/topics/registries/#helm-chart-manifest
 */
const chart = (config: unknown): RawArtifact => ({
  config: { content: JSON.stringify(config), mediaType: 'application/vnd.cncf.helm.config.v1+json' },
  layers: [
    { content: 'chart', mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' },
    { content: 'prov', mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov' },
  ],
});

/**
 * The form of `cosign sign`: an image config, and layers whose annotations have the signature.
 *
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
const cosign: RawArtifact = {
  config: {
    content: JSON.stringify({
      architecture: '',
      created: '0001-01-01T00:00:00Z',
      os: '',
      rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] },
      config: {},
    }),
    mediaType: 'application/vnd.oci.image.config.v1+json',
  },
  layers: [
    {
      content: '{"critical":{}}',
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      annotations: { 'dev.cosignproject.cosign/signature': 'MEUCIQ==' },
    },
  ],
};

/**
 * The form of `notation sign`: an envelope with a subject.
 *
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md
 */
const notation: RawArtifact = {
  type: 'application/vnd.cncf.notary.signature',
  config: { content: '{}', mediaType: 'application/vnd.cncf.notary.signature' },
  layers: [{ content: '{"payload":""}', mediaType: 'application/jose+json' }],
};

describe('artifacts of other tools', () => {
  const pulled = async (raw: RawArtifact, target = temp.path('out')): Promise<readonly unknown[]> => {
    const reference = `${registry.host}/theirs:v1`;
    await crane.push(rawArtifact(raw), reference);
    await crane.copy(reference, `${registry.host}/copied:v1`);
    const { files } = await artifact.pull(`${registry.host}/copied:v1`, target);
    return files.map(({ path }) => path?.slice(target.length + 1));
  };

  it('names the chart and the provenance file of Helm as `helm pull` does', async () => {
    expect(await pulled(chart({ name: 'nginx', version: '1.2.3+build' }))).toEqual([
      'nginx-1.2.3+build.tgz',
      'nginx-1.2.3+build.tgz.prov',
    ]);
  });

  it.each([
    [{ name: '../x', version: '1' }],
    [{ name: 'x', version: 'a/b' }],
    [{ name: 'x' }],
    ['text'],
    [null],
  ])('writes no chart whose config is %j', async (config) => {
    expect(await pulled(chart(config))).toEqual([undefined, undefined]);
    expect(await readdir(temp.path('out'))).toEqual([]);
  });

  it('names a single WebAssembly module without a title, and none of several', async () => {
    const module = { content: 'a', mediaType: 'application/wasm' };
    expect(await pulled({ layers: [module] })).toEqual(['module.wasm']);
    expect(await pulled({ layers: [module, { ...module, content: 'b' }] }, temp.path('b'))).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['cosign', cosign, 'application/vnd.oci.image.config.v1+json', '{"critical":{}}'],
    ['notation', notation, 'application/vnd.cncf.notary.signature', '{"payload":""}'],
  ])('reads and copies a signature of %s', async (_tool, raw, type, content) => {
    expect(await pulled(raw)).toEqual([undefined]);
    const signature = await artifact.pull(`${registry.host}/copied:v1`);
    expect(signature.type).toBe(type);
    expect(Buffer.from(signature.files[0]!.content).toString()).toBe(content);
    expect(signature.files[0]!.annotations).toEqual(raw.layers![0]!.annotations ?? {});
    expect(signature.digest).toBe(await rawArtifact(raw).digest());
  });
});
