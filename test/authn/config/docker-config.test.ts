import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';
import { AuthError } from '../../../src/errors/service/auth.js';
import { readAuthEntry } from '../../../src/authn/config/auth-entry.js';
import { parseDockerConfig } from '../../../src/authn/config/docker-config.js';

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const entryOf = (value: unknown) => {
  const { auths } = parseDockerConfig(JSON.stringify({ auths: { 'reg.io': value } }), 'config.json');
  return readAuthEntry(auths[0]!, 'config.json');
};

describe('parseDockerConfig', () => {
  it('reads the fields for credentials and ignores all others', () => {
    const config = parseDockerConfig(
      JSON.stringify({
        auths: { 'reg.io': {} },
        credHelpers: { 'gcr.io': 'gcloud' },
        credsStore: 'desktop',
        HttpHeaders: { 'X-Meta': 1 },
        psFormat: 'table',
      }),
      'config.json',
    );
    expect(config.auths.map(({ key }) => key)).toEqual(['reg.io']);
    expect(config.credHelpers.map(({ key, value }) => [key, value])).toEqual([['gcr.io', 'gcloud']]);
    expect(config.credsStore).toBe('desktop');
  });

  it('A19: tolerates a byte order mark, blanks, empty text and null fields', () => {
    for (const text of [
      '',
      ' \n',
      '\ufeff',
      '\ufeff{}',
      '{"auths": null, "credHelpers": null, "credsStore": null}',
    ]) {
      expect(parseDockerConfig(text, 'f')).toMatchObject({
        auths: [],
        credHelpers: [],
        credsStore: undefined,
      });
    }
  });

  it('A19: uses the last of duplicate keys, with all of its content', () => {
    const config = parseDockerConfig(
      `{"auths": {"a.io": {}}, "auths": {"b.io": {"username": "1", "password": "1"}, "b.io": {"username": "2"}}}`,
      'f',
    );
    expect(config.auths.map(({ key, value }) => [key, value])).toEqual([['b.io', { username: '2' }]]);
  });

  it('reads field names in any case, as docker does, and an exact name first', () => {
    expect(parseDockerConfig('{"CREDSSTORE": "x", "Auths": {"a.io": {}}}', 'f')).toMatchObject({
      credsStore: 'x',
      auths: [{ key: 'a.io' }],
    });
    expect(parseDockerConfig('{"credsstore": "x", "credsStore": "y"}', 'f').credsStore).toBe('y');
    expect(entryOf({ identityToken: 'i' })).toMatchObject({ identityToken: 'i' });
  });

  it('treats keys such as __proto__ as ordinary keys', () => {
    const config = parseDockerConfig(
      '{"__proto__": {"credsStore": "evil"}, "auths": {"__proto__": {}}}',
      'f',
    );
    expect(config.credsStore).toBeUndefined();
    expect(config.auths).toMatchObject([{ key: '__proto__' }]);
  });

  it.each([
    ['{"auths": {"reg.io": {"auth": "CANARY"', 'at line 1, column'],
    ['{"auths":\n {"reg.io": CANARY}}', 'at line 2, column 13'],
    ['CANARY', 'at line 1, column 1'],
    ['["CANARY"]', 'not a JSON object'],
    ['"CANARY"', 'not a JSON object'],
    ['{"auths": ["CANARY"]}', 'auths is not an object'],
    ['{"credHelpers": "CANARY"}', 'credHelpers is not an object'],
    ['{"credsStore": {"CANARY": 1}}', 'credsStore is not a string'],
  ])('A19: gives the position of the mistake in %s, and quotes nothing of it', (text, reason) => {
    let error: unknown;
    try {
      parseDockerConfig(text, '/home/u/.docker/config.json');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AuthError);
    expect((error as AuthError).message).toContain(reason);
    expect((error as AuthError).message).toContain('/home/u/.docker/config.json');
    expect((error as AuthError).stack).not.toContain('CANARY');
    expect((error as AuthError).cause).toBeUndefined();
  });
});

describe('readAuthEntry', () => {
  it.each([
    ['a colon in the password', 'user:pa:ss::', 'user', 'pa:ss::'],
    ['UTF-8', 'Jürgen:pässwörd🔑', 'Jürgen', 'pässwörd🔑'],
    ['an empty password', 'user:', 'user', ''],
    ['an empty user name', ':secret', '', 'secret'],
    ['blanks at the ends', ' user : pass ', ' user ', ' pass '],
    ['a byte order mark', '\ufeffuser:pass', '\ufeffuser', 'pass'],
    ['padding with NUL', 'user:pass\0\0\0', 'user', 'pass'],
  ])('A12: decodes an auth with %s exactly', (_name, text, username, password) => {
    expect(entryOf({ auth: base64(text) })).toMatchObject({ username, password });
  });

  it('A20: accepts base64 without padding and with line breaks', () => {
    expect(entryOf({ auth: base64('user:pass').replace(/=+$/, '') })).toMatchObject({ password: 'pass' });
    expect(
      entryOf({ auth: `${base64('user:pass').slice(0, 4)}\r\n${base64('user:pass').slice(4)}` }),
    ).toMatchObject({
      password: 'pass',
    });
  });

  it('lets auth override username and password', () => {
    expect(entryOf({ auth: base64('a:b'), username: 'x', password: 'y' })).toMatchObject({
      username: 'a',
      password: 'b',
    });
    expect(entryOf({ auth: '', username: 'x', password: 'y' })).toMatchObject({
      username: 'x',
      password: 'y',
    });
  });

  it('reads identity and registry tokens', () => {
    expect(entryOf({ auth: base64('00000000-0000:'), identitytoken: 'i' })).toMatchObject({
      identityToken: 'i',
    });
    expect(entryOf({ registrytoken: 'r' })).toMatchObject({ registryToken: 'r' });
  });

  it('finds no credentials if all fields are empty or missing', () => {
    for (const value of [
      {},
      null,
      { auth: '' },
      { email: 'u@example.com' },
      { auth: null, username: null },
    ]) {
      expect(entryOf(value)).toBeUndefined();
    }
  });

  it.each([
    ['not base64', { auth: 'CANARY!!' }],
    ['not base64', { auth: 'CANAR' }],
    ['not base64', { auth: 'CANA=RY=' }],
    ['without a colon', { auth: base64('CANARY') }],
    ['not UTF-8', { auth: base64(Uint8Array.of(0xff, 0x3a, 0xfe)) }],
    ['not a string', { auth: { CANARY: 1 } }],
    ['not a string', { username: 'u', password: ['CANARY'] }],
    ['not an object', 'CANARY'],
    ['not an object', ['CANARY']],
    ['characters that a token cannot have', { registrytoken: 'CANARY\r\nX: y' }],
  ])('A20: says that an entry is %s, and quotes only the file and the key', (reason, value) => {
    expect(() => entryOf(value)).toThrow(AuthError);
    expect(() => entryOf(value)).toThrow(reason);
    expect(() => entryOf(value)).toThrow('config.json: entry "reg.io"');
    expect(() => entryOf(value)).not.toThrow('CANARY');
  });

  it('A12: decodes every user name and password that Basic can express', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(
        text.filter((value) => !value.includes(':') && value !== ''),
        text,
        (username, password) => {
          expect(entryOf({ auth: base64(`${username}:${password}`) })).toMatchObject({ username, password });
        },
      ),
    );
  });
});

describe('a hostile configuration', () => {
  const value = fc.oneof(
    fc.record(
      {
        auth: fc.oneof(fc.string(), fc.base64String(), fc.anything()),
        identitytoken: fc.anything(),
        username: fc.string(),
      },
      { requiredKeys: [] },
    ),
    fc.jsonValue(),
  );
  const document = fc.record(
    {
      auths: fc.oneof(fc.dictionary(fc.oneof(fc.domain(), fc.webUrl(), fc.string()), value), fc.jsonValue()),
      credHelpers: fc.oneof(
        fc.dictionary(fc.domain(), fc.oneof(fc.string(), fc.jsonValue())),
        fc.jsonValue(),
      ),
      credsStore: fc.oneof(fc.string(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const readAll = (text: string): void => {
    const config = parseDockerConfig(text, 'f');
    for (const entry of config.auths) {
      try {
        readAuthEntry(entry, 'f');
      } catch (error) {
        expect(error).toBeInstanceOf(AuthError);
      }
    }
  };
  const onlyAuthErrors = (text: string): void => {
    try {
      readAll(text);
    } catch (error) {
      expect(error).toBeInstanceOf(AuthError);
    }
  };

  it('A19: with random values is read, or refused with an AuthError', () => {
    fc.assert(
      fc.property(document, (candidate) => {
        onlyAuthErrors(JSON.stringify(candidate));
      }),
      { numRuns: 500 },
    );
  });

  it('A19: with changed, inserted and removed bytes is read, or refused with an AuthError', () => {
    const seed = Buffer.from(
      JSON.stringify({
        auths: { 'https://index.docker.io/v1/': { auth: base64('user:CANARY') } },
        credHelpers: { 'a.io': 'b' },
      }),
    );
    const change = fc.record({ at: fc.nat(), remove: fc.nat(3), insert: fc.uint8Array({ maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let bytes: Buffer = seed;
        for (const { at, remove, insert } of changes) {
          const start = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
        }
        onlyAuthErrors(bytes.toString());
      }),
      { numRuns: 2000 },
    );
  });
});
