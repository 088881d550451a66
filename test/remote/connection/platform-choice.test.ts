import { describe, expect, it } from '@jest/globals';
import { NotFoundError } from '../../../src/errors/service/not-found.js';
import { choosePlatform } from '../../../src/remote/connection/platform-choice.js';
import type { Descriptor } from '../../../src/v1/descriptor.js';
import { parsePlatform } from '../../../src/v1/platform.js';
import { someHash } from '../../support/images/stored-image.js';

/** Descriptors with these platforms; each digest has the position of its descriptor. `''` means no platform. */
const children = (...platforms: readonly string[]): Descriptor[] =>
  platforms.map((text, at) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 1,
    digest: someHash(String(at)),
    ...(text !== '' && { platform: parsePlatform(text) }),
  }));

const chosen = (wanted: string, ...platforms: readonly string[]): number =>
  Number(choosePlatform('index', children(...platforms), parsePlatform(wanted)).digest.at(-1));

describe('the choice of a platform', () => {
  it.each([
    ['the first exact match', 'linux/amd64', ['linux/arm64', 'linux/amd64', 'linux/amd64'], 1],
    ['P9: a child without a platform as linux/amd64', 'linux/amd64', ['linux/arm64', ''], 1],
    ['P9: an image, and no attestation', 'linux/amd64', ['unknown/unknown', 'linux/amd64'], 1],
    ['any variant if none is requested', 'linux/arm', ['linux/arm/v6', 'linux/arm/v7'], 0],
    ['the exact variant before other variants', 'linux/arm/v6', ['linux/arm/v5', 'linux/arm/v6'], 1],
    ['the newest variant that runs', 'linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 1],
    ['a child without a variant if that means the requested variant', 'linux/arm64/v8', ['linux/arm64'], 0],
    ['an older level of amd64', 'linux/amd64/v3', ['linux/amd64/v4', 'linux/amd64', 'linux/amd64/v2'], 2],
    [
      'the exact OS version',
      'windows/amd64:10.0.17763.2',
      ['windows/amd64:10.0.17763.1', 'windows/amd64:10.0.17763.2'],
      1,
    ],
    [
      'a longer OS version',
      'windows/amd64:10.0.17763',
      ['windows/amd64:10.0.20348.1', 'windows/amd64:10.0.17763.9'],
      1,
    ],
  ])('takes %s', (_title, wanted, platforms, expected) => {
    expect(chosen(wanted, ...platforms)).toBe(expected);
  });

  it.each([
    ['a newer variant', 'linux/arm/v6', ['linux/arm/v7']],
    [
      'another OS version whose text begins in the same way',
      'windows/amd64:10.0.1',
      ['windows/amd64:10.0.17763'],
    ],
    ['an unknown variant', 'linux/arm64/v9', ['linux/arm64/special']],
    ['another OS', 'linux/amd64', ['windows/amd64']],
  ])('does not take %s', (_title, wanted, platforms) => {
    expect(() => chosen(wanted, ...platforms)).toThrow(NotFoundError);
  });

  it('P9: fails with a list of the available platforms', () => {
    const choose = (): number =>
      chosen('linux/s390x', 'linux/arm/v7', 'linux/amd64', 'unknown/unknown', 'linux/amd64');
    expect(choose).toThrow(expect.objectContaining({ hint: 'choose one of linux/arm/v7, linux/amd64' }));
  });
});
