import { describe, expect, it } from '@jest/globals';
import * as match from '../../src/match/index.js';
import { type Descriptor, newHash, types } from '../../src/v1/index.js';

const digest = newHash(`sha256:${'a'.repeat(64)}`);
const other = newHash(`sha256:${'b'.repeat(64)}`);
const descriptor: Descriptor = { mediaType: types.ociManifestSchema1, size: 1, digest };
const refName = 'org.opencontainers.image.ref.name';

describe('name', () => {
  it('matches the annotation that names a manifest', () => {
    expect(match.name('v1')({ ...descriptor, annotations: { [refName]: 'v1' } })).toBe(true);
    expect(match.name('v1')({ ...descriptor, annotations: { [refName]: 'v10' } })).toBe(false);
    expect(match.name('v1')(descriptor)).toBe(false);
  });
});

describe('annotation', () => {
  it('matches a key with exactly this value', () => {
    const matcher = match.annotation('a', 'b');
    expect(matcher({ ...descriptor, annotations: { a: 'b' } })).toBe(true);
    expect(matcher({ ...descriptor, annotations: { a: 'B' } })).toBe(false);
    expect(matcher({ ...descriptor, annotations: { b: 'b' } })).toBe(false);
    expect(matcher({ ...descriptor, annotations: {} })).toBe(false);
    expect(matcher(descriptor)).toBe(false);
  });

  it('matches an empty value only if the key exists', () => {
    expect(match.annotation('a', '')({ ...descriptor, annotations: { a: '' } })).toBe(true);
    expect(match.annotation('a', '')({ ...descriptor, annotations: {} })).toBe(false);
  });

  it('L15: matches keys such as __proto__ like any other key', () => {
    const annotations = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    expect(match.annotation('__proto__', 'x')({ ...descriptor, annotations })).toBe(true);
    const inherited = Object.create({ a: 'x' }) as Record<string, string>;
    expect(match.annotation('a', 'x')({ ...descriptor, annotations: inherited })).toBe(false);
  });
});

describe('platforms', () => {
  const linux = { os: 'linux', architecture: 'amd64' };
  const arm = { os: 'linux', architecture: 'arm64', variant: 'v8' };

  it('matches each of the platforms exactly', () => {
    const matcher = match.platforms(linux, arm);
    expect(matcher({ ...descriptor, platform: linux })).toBe(true);
    expect(matcher({ ...descriptor, platform: arm })).toBe(true);
    expect(matcher({ ...descriptor, platform: { ...arm, variant: 'v7' } })).toBe(false);
    expect(matcher({ ...descriptor, platform: { ...linux, 'os.version': '1' } })).toBe(false);
  });

  it('never matches a descriptor without a platform', () => {
    expect(match.platforms({ os: '', architecture: '' })(descriptor)).toBe(false);
  });

  it('matches nothing without arguments', () => {
    expect(match.platforms()({ ...descriptor, platform: linux })).toBe(false);
  });
});

describe('mediaTypes', () => {
  it('matches each of the media types in any spelling', () => {
    const matcher = match.mediaTypes(types.ociImageIndex.toUpperCase(), types.ociManifestSchema1);
    expect(matcher(descriptor)).toBe(true);
    expect(matcher({ ...descriptor, mediaType: types.ociImageIndex })).toBe(true);
    expect(matcher({ ...descriptor, mediaType: types.ociLayer })).toBe(false);
  });

  it('never matches a descriptor without a media type', () => {
    expect(match.mediaTypes('')({ ...descriptor, mediaType: '' })).toBe(false);
  });
});

describe('digests', () => {
  it('matches each of the digests', () => {
    expect(match.digests(other, digest)(descriptor)).toBe(true);
    expect(match.digests(other)(descriptor)).toBe(false);
    expect(match.digests()(descriptor)).toBe(false);
  });
});
