import { describe, expect, it } from '@jest/globals';
import { ManifestInvalidError } from '../../../src/errors/invalid/manifest.js';
import { UnsupportedError } from '../../../src/errors/unsupported.js';
import { parseIndexManifest, parseManifest, types } from '../../../src/v1/index.js';
import {
  config,
  descriptor,
  digest,
  failure,
  index,
  manifest,
  sha512,
  valid,
  validIndex,
  withLayer,
} from '../documents.js';

describe('parseManifest', () => {
  it('accepts bytes and text', () => {
    const text = JSON.stringify(valid, undefined, 3);
    expect(parseManifest(text)).toEqual(valid);
    expect(parseManifest(new TextEncoder().encode(text))).toEqual(valid);
    expect(parseManifest(Buffer.from(`\n\t ${text}\r\n`))).toEqual(valid);
  });

  it('keeps unknown fields at every level', () => {
    const platform = { architecture: 'arm64', os: 'linux', 'os.features': ['x'], libc: 'musl' };
    const document = {
      ...valid,
      subject: { ...config, note: 1 },
      layers: [{ ...descriptor, platform, weight: [1, { deep: null }] }],
      extension: { a: null },
    };
    expect(parseManifest(JSON.stringify(document))).toEqual(document);
  });

  it('freezes the whole result', () => {
    const parsed = parseManifest(
      manifest({ layers: [{ ...descriptor, annotations: { a: 'b' } }], x: [{ y: {} }] }),
    );
    const extension = (parsed as unknown as { x: [{ y: object }] }).x;
    const parts = [
      parsed,
      parsed.config,
      parsed.layers,
      parsed.layers[0],
      parsed.layers[0]!.annotations,
      extension[0].y,
    ];
    for (const part of parts) expect(Object.isFrozen(part)).toBe(true);
  });

  it.each([
    ['mediaType is absent', { mediaType: undefined }, (m: object) => 'mediaType' in m, false],
    ['mediaType is null', { mediaType: null }, (m: object) => 'mediaType' in m, false],
    ['annotations are null', { annotations: null }, (m: object) => 'annotations' in m, false],
    ['the subject is null', { subject: null }, (m: object) => 'subject' in m, false],
    ['layers are null', { layers: null }, (m: { layers?: unknown }) => m.layers, []],
    ['layers are absent', { layers: undefined }, (m: { layers?: unknown }) => m.layers, []],
    [
      'the version is absent',
      { schemaVersion: undefined },
      (m: { schemaVersion?: unknown }) => m.schemaVersion,
      2,
    ],
  ])('accepts a manifest if %s', (_title, changes, look, expected) => {
    expect(look(parseManifest(manifest(changes)))).toEqual(expected);
  });

  it.each([
    ['urls', null],
    ['annotations', null],
    ['platform', null],
    ['data', null],
    ['artifactType', null],
  ])("accepts null for a layer's %s", (field, value) => {
    expect(parseManifest(withLayer({ [field]: value })).layers[1]).toEqual(descriptor);
  });

  it('reads null in annotations as the empty string, and an incomplete platform as one with empty fields', () => {
    const layer = parseManifest(withLayer({ annotations: { a: null, b: 'c' }, platform: { os: 'linux' } }))
      .layers[1];
    expect(layer?.annotations).toEqual({ a: '', b: 'c' });
    expect(layer?.platform).toEqual({ os: 'linux', architecture: '' });
  });

  it('accepts sha512, foreign media types and unknown artifact types', () => {
    const parsed = parseManifest(
      withLayer({ digest: sha512, mediaType: 'Text/Plain; charset=UTF-8', size: 2 ** 53 - 1 }),
    );
    expect(parsed.layers[1]).toEqual({
      digest: sha512,
      mediaType: 'Text/Plain; charset=UTF-8',
      size: 2 ** 53 - 1,
    });
    const custom = manifest({ mediaType: 'application/vnd.example.manifest+json' });
    expect(parseManifest(custom).mediaType).toBe('application/vnd.example.manifest+json');
  });

  it('L12: normalises the spelling of known media types', () => {
    const parsed = parseManifest(
      manifest({
        mediaType: 'Application/VND.OCI.image.manifest.v1+JSON; charset=utf-8',
        layers: [{ ...descriptor, mediaType: types.ociLayerZstd.toUpperCase() }],
      }),
    );
    expect(parsed.mediaType).toBe(types.ociManifestSchema1);
    expect(parsed.layers[0]?.mediaType).toBe(types.ociLayerZstd);
  });

  it.each([-1, 1.5, '5', 2 ** 53, true, [], {}])('L8: refuses the size %j', (size) => {
    const error = failure(() => parseManifest(withLayer({ size })));
    expect(error).toBeInstanceOf(ManifestInvalidError);
    expect(error.message).toMatch(/^parse manifest: layers\[1\]\.size must be an integer/);
  });

  it.each(['9007199254740993', '1e400', '-1e400', '1e-1'])(
    'L8: refuses the size %s, which JavaScript would round',
    (size) => {
      const text = withLayer({ size: 0 }).replace('"size":0', `"size":${size}`);
      expect(failure(() => parseManifest(text)).message).toMatch(/layers\[1\]\.size must be/);
    },
  );

  it.each([
    'sha256:../../x',
    digest.toUpperCase(),
    digest.replace(/a$/, 'A'),
    digest.slice(0, -1),
    `${digest}a`,
    `${digest}\n`,
    `md5:${'a'.repeat(32)}`,
    `sha512:${'a'.repeat(64)}`,
    'a'.repeat(64),
    '',
    7,
  ])('L16: refuses the digest %j', (bad) => {
    expect(failure(() => parseManifest(withLayer({ digest: bad }))).message).toMatch(
      /layers\[1\]\.digest must be a sha256/,
    );
    expect(failure(() => parseManifest(manifest({ config: { ...config, digest: bad } }))).message).toMatch(
      /config\.digest/,
    );
    expect(failure(() => parseManifest(manifest({ subject: { ...config, digest: bad } }))).message).toMatch(
      /subject\.digest/,
    );
  });

  it.each([
    ['text', '"manifest"', /document|must be an object/],
    ['null', 'null', /must be an object/],
    ['a list', '[]', /must be an object/],
    ['nothing', '', /is empty/],
    ['white space', ' \n', /is empty/],
    ['HTML', '<!doctype html><html>', /not valid JSON/],
    ['half a document', '{"schemaVersion":2,', /not valid JSON/],
    ['no config', manifest({ config: undefined }), /config is missing/],
    ['a config that is null', manifest({ config: null }), /config is missing/],
    ['a config that is a list', manifest({ config: [] }), /config must be an object/],
    [
      'a config without a size',
      manifest({ config: { ...config, size: undefined } }),
      /config\.size is missing/,
    ],
    ['a layer that is null', manifest({ layers: [null] }), /layers\[0\] must be an object/],
    ['layers that are an object', manifest({ layers: {} }), /layers must be a list/],
    [
      'annotations with a number',
      manifest({ annotations: { a: 1 } }),
      /annotations must be an object with string values/,
    ],
    ['annotations that are a list', manifest({ annotations: ['a'] }), /annotations must be/],
    ['urls that are text', withLayer({ urls: 'https://x' }), /layers\[1\]\.urls must be a list of strings/],
    ['urls with a number', withLayer({ urls: ['a', 1] }), /layers\[1\]\.urls must be a list of strings/],
    [
      'a platform that is text',
      withLayer({ platform: 'linux/amd64' }),
      /layers\[1\]\.platform must be an object/,
    ],
    [
      'a platform with a number',
      withLayer({ platform: { os: 1 } }),
      /layers\[1\]\.platform\.os must be a string/,
    ],
    [
      'features with a number',
      withLayer({ platform: { 'os.features': [1] } }),
      /platform\.os\.features must be a list/,
    ],
    ['a mediaType that is a number', manifest({ mediaType: 2 }), /mediaType must be a string/],
    ['version 3', manifest({ schemaVersion: 3 }), /schemaVersion must be 2/],
    ['version "2"', manifest({ schemaVersion: '2' }), /schemaVersion must be 2/],
  ])('refuses %s and names the field', (_title, text, reason) => {
    const error = failure(() => parseManifest(text));
    expect(error).toBeInstanceOf(ManifestInvalidError);
    expect(error.message).toMatch(reason);
  });

  it('L10: refuses a media type that contradicts the kind of document or the type that the source reported', () => {
    expect(failure(() => parseManifest(manifest({ mediaType: types.ociImageIndex }))).message).toMatch(
      /mediaType is that/,
    );
    expect(failure(() => parseManifest(manifest({ mediaType: types.ociLayer }))).message).toMatch(
      /mediaType is that/,
    );
    const reported = { mediaType: types.dockerManifestSchema2 };
    expect(failure(() => parseManifest(manifest({}), reported)).message).toMatch(/reported/);
    expect(parseManifest(manifest({ mediaType: undefined }), reported).mediaType).toBeUndefined();
    const spelled = { mediaType: `${types.ociManifestSchema1.toUpperCase()}; charset=utf-8` };
    expect(parseManifest(manifest({}), spelled).mediaType).toBe(types.ociManifestSchema1);
  });

  it('L11: refuses a document that is an image and an index', () => {
    expect(failure(() => parseManifest(manifest({ manifests: [] }))).message).toMatch(
      /manifests is not allowed/,
    );
    expect(failure(() => parseIndexManifest(index({ layers: [] }))).message).toMatch(/layers is not allowed/);
    expect(failure(() => parseIndexManifest(index({ config }))).message).toMatch(/config is not allowed/);
  });

  it('C5: refuses a schema version that is not a number', () => {
    const document = JSON.stringify({ schemaVersion: { toString: null } });
    expect(() => parseManifest(document)).toThrow(ManifestInvalidError);
  });

  it('L27: names Docker schema 1 in its error', () => {
    const schema1 = JSON.stringify({ schemaVersion: 1, name: 'library/busybox', fsLayers: [], history: [] });
    expect(failure(() => parseManifest(schema1))).toBeInstanceOf(UnsupportedError);
    expect(failure(() => parseIndexManifest(schema1))).toBeInstanceOf(UnsupportedError);
  });
});

describe('parseIndexManifest', () => {
  it('reads an index and a manifest list', () => {
    expect(parseIndexManifest(index({}))).toEqual(validIndex);
    const list = {
      ...validIndex,
      mediaType: types.dockerManifestList,
      subject: config,
      annotations: { a: 'b' },
    };
    expect(parseIndexManifest(JSON.stringify(list))).toEqual(list);
  });

  it('treats null as no manifests, but requires the field', () => {
    expect(parseIndexManifest(index({ manifests: null })).manifests).toEqual([]);
    expect(failure(() => parseIndexManifest('{}')).message).toBe(
      'parse index manifest: manifests is missing',
    );
  });

  it.each([
    ['the media type of an image', index({ mediaType: types.dockerManifestSchema2 }), /mediaType is that/],
    ['a child without a digest', index({ manifests: [{ size: 1 }] }), /manifests\[0\]\.digest is missing/],
    [
      'a child with a negative size',
      index({ manifests: [{ ...descriptor, size: -1 }] }),
      /manifests\[0\]\.size/,
    ],
    ['a subject that is a list', index({ subject: [] }), /subject must be an object/],
    ['Manifests', index({ Manifests: [] }), /manifests is spelled/],
    ['a list', '[]', /must be an object/],
  ])('refuses %s', (_title, text, reason) => {
    expect(failure(() => parseIndexManifest(text)).message).toMatch(reason);
  });

  it('freezes the whole result', () => {
    const parsed = parseIndexManifest(index({}));
    expect(
      Object.isFrozen(parsed) && Object.isFrozen(parsed.manifests) && Object.isFrozen(parsed.manifests[0]),
    ).toBe(true);
  });
});
