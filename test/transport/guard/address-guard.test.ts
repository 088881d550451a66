import { describe, expect, it } from '@jest/globals';
import {
  addressGuard,
  type AddressClass,
  classifyAddress,
} from '../../../src/transport/guard/address-guard.js';
import { hostPatterns, matchesHost, parseHostPattern } from '../../../src/transport/guard/host-pattern.js';
import { parseServerUrl, sameOrigin } from '../../../src/transport/guard/url-guard.js';

describe('classifyAddress', () => {
  it.each<[AddressClass, readonly string[]]>([
    [
      'public',
      [
        '93.184.215.14',
        '8.8.8.8',
        '172.32.0.1',
        '100.128.0.1',
        '2606:4700::1111',
        '64:ff9b::808:808',
        '2002:808:808::1',
        '::ffff:8.8.8.8',
        '[2606:4700::1111]',
      ],
    ],
    [
      'private',
      [
        '10.0.0.1',
        '172.16.0.1',
        '172.31.255.255',
        '192.168.1.1',
        '100.64.0.1',
        '198.18.0.1',
        'fc00::1',
        'fd12::1',
        'fec0::1',
        '::ffff:10.0.0.1',
        '::ffff:a00:1',
        '64:ff9b::a00:1',
        '64:ff9b:1::1',
        '2002:a00:1::',
        '2001:0:1::1',
      ],
    ],
    [
      'loopback',
      [
        '127.0.0.1',
        '127.255.0.9',
        '::1',
        '::ffff:127.0.0.1',
        '[::ffff:7f00:1]',
        '64:ff9b::7f00:1',
        '::127.0.0.1',
      ],
    ],
    [
      'link-local',
      [
        '169.254.169.254',
        '169.254.0.1',
        'fe80::1',
        'fe80::1%eth0',
        '::ffff:169.254.169.254',
        '64:ff9b::a9fe:a9fe',
        '100.100.100.200',
        'fd00:ec2::254',
        'fd20:ce::254',
        'fd20:00ce:0:0:0:0:0:0254',
        'fd00:42::42',
        '168.63.129.16',
      ],
    ],
    [
      'reserved',
      [
        '0.0.0.0',
        '::',
        '224.0.0.1',
        '255.255.255.255',
        '240.0.0.1',
        'ff02::1',
        '192.0.2.1',
        '2001:db8::1',
        '::ffff:0.0.0.0',
        'example.com',
        '',
      ],
    ],
  ])('R6: recognizes %s addresses in all their forms', (expected, addresses) => {
    expect(addresses.map((address) => [address, classifyAddress(address)])).toEqual(
      addresses.map((address) => [address, expected]),
    );
  });

  it.each([
    '2130706433',
    '0x7f000001',
    '127.1',
    '0177.0.0.1',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '127.0.0.1.',
    '⑫7.0.0.1',
  ])('R6: recognizes %s as loopback after it was parsed as a URL', (host) => {
    expect(classifyAddress(new URL(`http://${host}/`).hostname)).toBe('loopback');
  });
});

describe('addressGuard', () => {
  const guard = (options: { allowPrivate?: boolean; allowedHosts?: string[] }) =>
    addressGuard(
      {
        allowPrivate: options.allowPrivate ?? false,
        allowedHosts: hostPatterns('allowedHosts', options.allowedHosts ?? []),
      },
      new URL('https://cdn.example:8443/x'),
    );

  it('R4: refuses private, loopback, link-local and reserved addresses by default', () => {
    for (const address of ['10.0.0.1', '127.0.0.1', '169.254.169.254', '0.0.0.0', '::1']) {
      expect(() => {
        guard({})(address, 'cdn.example');
      }).toThrow(expect.objectContaining({ code: 'TRANSPORT', temporary: false }));
    }
    expect(() => {
      guard({})('8.8.8.8', 'cdn.example');
    }).not.toThrow();
  });

  it('can allow private and loopback addresses, and never metadata services', () => {
    for (const open of [guard({ allowPrivate: true }), guard({ allowedHosts: ['cdn.example'] })]) {
      expect(() => {
        open('10.0.0.1', 'cdn.example');
        open('::1', 'cdn.example');
      }).not.toThrow();
      expect(() => {
        open('169.254.169.254', 'cdn.example');
      }).toThrow('link-local');
      expect(() => {
        open('0.0.0.0', 'cdn.example');
      }).toThrow('reserved');
    }
  });

  it('names the option that allows an address', () => {
    expect(() => {
      guard({})('10.0.0.1', 'cdn.example');
    }).toThrow(expect.objectContaining({ hint: expect.stringContaining('allowedHosts') }));
  });
});

describe('matchesHost', () => {
  const url = new URL('https://a.example:8443/x');
  it.each([
    ['a.example', true],
    ['A.Example', true],
    ['a.example:8443', true],
    ['https://a.example', true],
    ['https://a.example:8443/', true],
    ['*.example', true],
    ['a.example:443', false],
    ['http://a.example', false],
    ['example', false],
    ['.example', false],
    ['*.a.example', false],
    ['*.', false],
    ['', false],
    ['b.example', false],
    ['xa.example', false],
  ])('%s: %s', (entry, expected) => {
    const pattern = parseHostPattern(entry);
    expect(pattern !== undefined && matchesHost([pattern], url)).toBe(expected);
  });

  it('accepts an IPv6 address in brackets', () => {
    expect(
      matchesHost(hostPatterns('x', ['[::1]:5000', '[0:0::1]:5001']), new URL('http://[::1]:5000')),
    ).toBe(true);
  });
});

describe('parseServerUrl', () => {
  const base = new URL('https://registry.example/v2/app/blobs/x');
  const parse = (text: string, from = base) => parseServerUrl(text, from, 'a redirect').href;

  it('resolves relative URLs, and drops the fragment', () => {
    expect(parse('/a?b=c#d')).toBe('https://registry.example/a?b=c');
    expect(parse('//cdn.example/a')).toBe('https://cdn.example/a');
    expect(parse('?x')).toBe('https://registry.example/v2/app/blobs/x?x');
  });

  it.each([
    ['R8: other schemes', 'file:///etc/passwd'],
    ['R8: data URLs', 'data:text/plain,x'],
    ['R8: ftp', 'ftp://cdn.example/x'],
    ['R3: going from https to http', 'http://cdn.example/x'],
    ['R14: a user name', 'https://u@cdn.example/x'],
    ['R14: a user name and password', 'https://u:p@cdn.example/x'],
    ['line breaks', 'https://cdn.example/\r\nx'],
    ['tabs, which the parser would drop', 'ht\ttps://cdn.example/'],
    ['backslashes, which the parser would turn into slashes', '/\\cdn.example/x'],
    ['nonsense', 'https://['],
    ['endless URLs', `https://cdn.example/${'a'.repeat(20_000)}`],
  ])('refuses %s', (_name, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'TRANSPORT', temporary: false }));
  });

  it('R14: never quotes a URL that it refuses', () => {
    expect(() => parse('https://u:canary@cdn.example/x')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('canary') }),
    );
  });

  it('changes an http URL of the registry itself to https', () => {
    expect(parse('http://registry.example/x')).toBe('https://registry.example/x');
    const port = new URL('https://registry.example:5000/');
    expect(parse('http://registry.example:5000/x', port)).toBe('https://registry.example:5000/x');
    expect(parse('http://registry.example/x', port)).toBe('https://registry.example:5000/x');
    expect(() => parse('http://registry.example:8080/x')).toThrow('https to http');
  });

  it('U2: treats a URL with the default port as the same origin', () => {
    expect(sameOrigin(new URL('https://A.example:443/x'), new URL('https://a.example'))).toBe(true);
    expect(sameOrigin(new URL('https://a.example:444'), new URL('https://a.example'))).toBe(false);
    expect(sameOrigin(new URL('http://a.example'), new URL('https://a.example'))).toBe(false);
  });
});
