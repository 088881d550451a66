import { describe, expect, it } from '@jest/globals';
import { types } from '../../src/v1/index.js';

const constants = Object.values(types).filter(
  (value) => typeof value === 'string' && value.startsWith('application/'),
) as string[];

/** The constants that a predicate accepts, by name. */
function accepted(predicate: (mediaType: string) => boolean): string[] {
  const names = Object.entries(types).filter(
    ([, value]) => typeof value === 'string' && constants.includes(value) && predicate(value),
  );
  return names.map(([name]) => name).sort();
}

describe('the media types', () => {
  it('are all in canonical form, and each has one name', () => {
    expect(constants).toEqual(constants.map(types.canonical));
    expect(new Set(constants).size).toBe(constants.length);
  });

  it('are images, indexes, configs, layers or none of these', () => {
    expect(accepted(types.isImage)).toEqual(['dockerManifestSchema2', 'ociManifestSchema1']);
    expect(accepted(types.isIndex)).toEqual(['dockerManifestList', 'ociImageIndex']);
    expect(accepted(types.isConfig)).toEqual(['dockerConfigJson', 'ociConfigJson']);
    expect(accepted(types.isSchema1)).toEqual(['dockerManifestSchema1', 'dockerManifestSchema1Signed']);
    expect(accepted(types.isLayer)).toEqual([
      'dockerForeignLayer',
      'dockerLayer',
      'dockerLayerZstd',
      'dockerUncompressedLayer',
      'ociLayer',
      'ociLayerZstd',
      'ociRestrictedLayer',
      'ociRestrictedLayerZstd',
      'ociUncompressedLayer',
      'ociUncompressedRestrictedLayer',
    ]);
  });

  it('are distributable, except four', () => {
    expect(accepted((type) => !types.isDistributable(type))).toEqual([
      'dockerForeignLayer',
      'ociRestrictedLayer',
      'ociRestrictedLayerZstd',
      'ociUncompressedRestrictedLayer',
    ]);
    expect(types.isDistributable('application/x')).toBe(true);
  });

  it.each([
    [types.isImage, types.ociManifestSchema1],
    [types.isIndex, types.dockerManifestList],
    [types.isConfig, types.dockerConfigJson],
    [types.isSchema1, types.dockerManifestSchema1Signed],
    [types.isLayer, types.ociLayerZstd],
  ])('L12: are recognised in any spelling by %p', (predicate, type) => {
    expect(predicate(type)).toBe(true);
    expect(predicate(` ${type.toUpperCase()} ; charset=utf-8`)).toBe(true);
    expect(predicate('')).toBe(false);
    expect(predicate('constructor')).toBe(false);
  });
});

describe('canonical', () => {
  it.each([
    ['Application/JSON; charset=UTF-8', 'application/json'],
    ['application/json;', 'application/json'],
    [' application/json\t', 'application/json'],
    ['', ''],
    [';', ''],
  ])('turns %j into %j', (text, type) => {
    expect(types.canonical(text)).toBe(type);
  });
});

describe('canonicalIfKnown', () => {
  it('changes the spelling of known types only', () => {
    expect(types.canonicalIfKnown(`${types.ociLayer.toUpperCase()};a=b`)).toBe(types.ociLayer);
    expect(types.canonicalIfKnown('Text/Plain; charset=utf-8')).toBe('Text/Plain; charset=utf-8');
  });
});
