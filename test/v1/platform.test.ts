import { describe, expect, it } from '@jest/globals';
import { BadPlatformError } from '../../src/errors/invalid/platform.js';
import type { Platform } from '../../src/v1/index.js';
import {
  parseConfigFile,
  parsePlatform,
  platformEquals,
  platformOf,
  platformSatisfies,
  platformToString,
} from '../../src/v1/index.js';

const linux: Platform = { os: 'linux', architecture: 'amd64' };
const a = { ...linux, variant: 'pios' };
const b = { ...linux, variant: 'ubuntu' };

describe('parsePlatform and platformToString', () => {
  it.each<[string, Platform]>([
    ['', { os: '', architecture: '' }],
    ['linux', { os: 'linux', architecture: '' }],
    ['linux/amd64', linux],
    ['linux/arm64/v8', { os: 'linux', architecture: 'arm64', variant: 'v8' }],
    [
      'windows/amd64:10.0.20348.2322',
      { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.2322' },
    ],
    ['linux/arm/v7:1.2', { os: 'linux', architecture: 'arm', variant: 'v7', 'os.version': '1.2' }],
    ['unknown/unknown', { os: 'unknown', architecture: 'unknown' }],
  ])('convert %j to a platform and back', (text, platform) => {
    expect(parsePlatform(text)).toEqual(platform);
    expect(platformToString(platform)).toBe(text);
  });

  it('treat empty parts as absent, and ignore white space around the text', () => {
    expect(parsePlatform(' linux/amd64/ \n')).toEqual(linux);
    expect(parsePlatform('linux/amd64:')).toEqual(linux);
    expect(parsePlatform('/arm64')).toEqual({ os: '', architecture: 'arm64' });
  });

  it('return a frozen platform', () => {
    expect(Object.isFrozen(parsePlatform('linux/amd64'))).toBe(true);
  });

  it('write no features, and write nothing if there is no OS', () => {
    expect(platformToString({ ...linux, 'os.features': ['a'], features: ['b'] })).toBe('linux/amd64');
    expect(platformToString({ os: '', architecture: 'amd64' })).toBe('');
    expect(platformToString({ os: 'linux', architecture: '', variant: '', 'os.version': '' })).toBe('linux');
  });

  it.each([
    ['linux/amd64/v7/s9', /more than two slashes/],
    ['linux/amd64:1:2', /more than one colon/],
    ['linux/amd 64', /only letters/],
    ['linux/amd64:1/2', /only letters/],
    ['linux/\u0430md64', /only letters/],
    ['linux\n/amd64', /only letters/],
    ['/'.repeat(65_536), /slashes/],
    [':'.repeat(65_536), /colon/],
  ])('refuse %j', (text, reason) => {
    const parse = (): unknown => parsePlatform(text);
    expect(parse).toThrow(BadPlatformError);
    expect(parse).toThrow(reason);
  });
});

describe('platformEquals', () => {
  it.each<[string, Platform, Platform, boolean]>([
    ['the same', linux, { ...linux }, true],
    ['another architecture', linux, { ...linux, architecture: 'arm64' }, false],
    ['another OS', linux, { ...linux, os: 'darwin' }, false],
    ['an OS version', { ...linux, 'os.version': '5.0' }, linux, false],
    ['another OS version', { ...linux, 'os.version': '5.0' }, { ...linux, 'os.version': '3.6' }, false],
    ['a variant', a, linux, false],
    ['another variant', a, b, false],
    ['the same variant', a, { ...a }, true],
    ['an empty variant', { ...linux, variant: '', 'os.version': '', features: [] }, linux, true],
    ['OS features', { ...linux, 'os.features': ['a', 'b'] }, linux, false],
    [
      'the same OS features',
      { ...linux, 'os.features': ['a', 'b'] },
      { ...linux, 'os.features': ['b', 'a'] },
      true,
    ],
    [
      'other OS features',
      { ...linux, 'os.features': ['a', 'b'] },
      { ...linux, 'os.features': ['ac', 'bd'] },
      false,
    ],
    [
      'repeated OS features',
      { ...linux, 'os.features': ['a', 'a', 'b'] },
      { ...linux, 'os.features': ['a', 'b', 'b'] },
      false,
    ],
    ['features', { ...linux, features: ['a', 'b'] }, linux, false],
    ['the same features', { ...linux, features: ['a', 'b'] }, { ...linux, features: ['b', 'a'] }, true],
    ['other features', { ...linux, features: ['a', 'b'] }, { ...linux, features: ['ac', 'bd'] }, false],
  ])('compares %s', (_title, left, right, equal) => {
    expect(platformEquals(left, right)).toBe(equal);
    expect(platformEquals(right, left)).toBe(equal);
  });

  it('does not sort the lists of its arguments', () => {
    const features = ['b', 'a'];
    platformEquals({ ...linux, features }, { ...linux, features: Object.freeze(['a', 'b']) });
    expect(features).toEqual(['b', 'a']);
  });
});

describe('platformSatisfies', () => {
  it.each<[string, Platform, Platform, boolean]>([
    ['the same specification', linux, linux, true],
    ['another architecture', linux, { ...linux, architecture: 'arm64' }, false],
    ['another OS', linux, { ...linux, os: 'darwin' }, false],
    ['an empty specification', linux, { os: '', architecture: '' }, true],
    ['an OS alone', a, { os: 'linux', architecture: '' }, true],
    ['no version, although the platform has one', { ...linux, 'os.version': '5.0' }, linux, true],
    ['another version', { ...linux, 'os.version': '5.0' }, { ...linux, 'os.version': '3.6' }, false],
    ['a version, although the platform has none', linux, { ...linux, 'os.version': '3.6' }, false],
    ['no variant, although the platform has one', a, linux, true],
    ['another variant', a, b, false],
    ['features, although the platform has none', linux, { ...linux, 'os.features': ['a'] }, false],
    [
      'no features, although the platform has some',
      { ...linux, 'os.features': ['a'], features: ['b'] },
      linux,
      true,
    ],
    [
      'some of the OS features',
      { ...linux, 'os.features': ['a', 'b'] },
      { ...linux, 'os.features': ['b'] },
      true,
    ],
    [
      'other OS features',
      { ...linux, 'os.features': ['a', 'b'] },
      { ...linux, 'os.features': ['ac'] },
      false,
    ],
    [
      'features in another order',
      { ...linux, features: ['a', 'b'] },
      { ...linux, features: ['b', 'a'] },
      true,
    ],
    [
      'more features than the platform has',
      { ...linux, features: ['a'] },
      { ...linux, features: ['a', 'b'] },
      false,
    ],
  ])('matches a platform with %s', (_title, have, want, satisfied) => {
    expect(platformSatisfies(have, want)).toBe(satisfied);
  });
});

describe('platformOf', () => {
  it('returns the platform of a config', () => {
    const config = parseConfigFile(
      '{"os":"linux","architecture":"arm","variant":"v7","os.version":"1","os.features":["x"],"author":"a"}',
    );
    expect(platformOf(config)).toEqual({
      os: 'linux',
      architecture: 'arm',
      variant: 'v7',
      'os.version': '1',
      'os.features': ['x'],
    });
    expect(platformOf(parseConfigFile('{"os":"linux"}'))).toEqual({ os: 'linux', architecture: '' });
  });

  it('returns undefined for a config without a platform', () => {
    expect(platformOf(parseConfigFile('{"author":"a","os.features":[]}'))).toBeUndefined();
  });
});
