import { describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { BadNameError } from '../../../src/errors/invalid/name.js';
import { fc } from '../../support/tools/fast-check.js';

const { parseLocation, parsePathLocation, formatLocation } = crane;
const digest = `sha256:${'a'.repeat(64)}`;

describe('parseLocation', () => {
  it.each([
    ['busybox', { kind: 'docker', reference: 'busybox' }],
    ['docker:24', { kind: 'docker', reference: 'docker:24' }],
    ['localhost:5000/oci:v1', { kind: 'docker', reference: 'localhost:5000/oci:v1' }],
    ['docker://busybox:1', { kind: 'docker', reference: 'busybox:1' }],
    ['docker://oci:v1', { kind: 'docker', reference: 'oci:v1' }],
    ['docker-daemon:app:v1', { kind: 'docker-daemon', reference: 'app:v1' }],
    [`docker-daemon:${digest}`, { kind: 'docker-daemon', reference: digest }],
    ['oci:dir', { kind: 'oci', path: 'dir' }],
    ['oci:some/dir:v1', { kind: 'oci', path: 'some/dir', tag: 'v1' }],
    [
      'oci:dir:registry.example:5000/app:v1',
      { kind: 'oci', path: 'dir', tag: 'registry.example:5000/app:v1' },
    ],
    [`oci:dir@${digest}`, { kind: 'oci', path: 'dir', digest }],
    [`oci:a@b:v1`, { kind: 'oci', path: 'a@b', tag: 'v1' }],
    ['oci:C:\\images\\app:v1', { kind: 'oci', path: 'C:\\images\\app', tag: 'v1' }],
    ['oci:C:/images', { kind: 'oci', path: 'C:/images' }],
    ['oci:c:v1', { kind: 'oci', path: 'c', tag: 'v1' }],
    ['oci-archive:app.tar:v1', { kind: 'oci-archive', path: 'app.tar', tag: 'v1' }],
    ['docker-archive:/tmp/app.tar:app:v1', { kind: 'docker-archive', path: '/tmp/app.tar', tag: 'app:v1' }],
    ['docker-archive:-', { kind: 'docker-archive', path: '-' }],
    ['-', { kind: 'path', path: '-' }],
    ['./app.tar', { kind: 'path', path: './app.tar' }],
    ['../images', { kind: 'path', path: '../images' }],
    ['/tmp/app.tar', { kind: 'path', path: '/tmp/app.tar' }],
    ['C:\\app.tar', { kind: 'path', path: 'C:\\app.tar' }],
    ['.\\app.tar', { kind: 'path', path: '.\\app.tar' }],
  ])('reads %s', (text, location) => {
    expect(parseLocation(text)).toEqual(location);
    expect(formatLocation(parseLocation(text))).toBe(text === 'docker://busybox:1' ? 'busybox:1' : text);
  });

  it.each([
    'docker://',
    'docker-daemon:',
    'oci:',
    'oci::v1',
    'oci:dir:',
    `oci:@${digest}`,
    `oci:dir:v1@${digest}`,
  ])('refuses %s', (text) => {
    expect(() => parseLocation(text)).toThrow(BadNameError);
  });

  it('parses the text that formatLocation makes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .tuple(fc.constantFrom('oci:', 'oci-archive:', 'docker-archive:'), fc.string())
            .map((parts) => parts.join('')),
        ),
        (text) => {
          let location: crane.Location;
          try {
            location = parseLocation(text);
          } catch (error) {
            expect(error).toBeInstanceOf(BadNameError);
            return;
          }
          expect(parseLocation(formatLocation(location))).toEqual(location);
        },
      ),
    );
  });
});

describe('parsePathLocation', () => {
  it('parses text without a prefix as a path', () => {
    expect(parsePathLocation('app.tar')).toEqual({ kind: 'path', path: 'app.tar' });
    expect(parsePathLocation('docker:24')).toEqual({ kind: 'path', path: 'docker:24' });
    expect(parsePathLocation('oci:dir:v1')).toEqual({ kind: 'oci', path: 'dir', tag: 'v1' });
    expect(() => parsePathLocation('')).toThrow(BadNameError);
  });
});
