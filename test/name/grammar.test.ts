import { describe, expect, it } from '@jest/globals';
import { fc } from '../support/tools/fast-check.js';
import { checkRepositoryPath, checkTag } from '../../src/name/grammar.js';
import { parseAuthority } from '../../src/name/authority.js';
import { newDigest, parseReference } from '../../src/name/index.js';

// The grammar of distribution/reference. It is used on short text only, because these expressions backtrack.
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pathGrammar = new RegExp(`^${component}(?:/${component})*$`);
const tagGrammar = /^\w[\w.-]{0,127}$/;
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const hostGrammar = new RegExp(`^${label}(?:\\.${label})*(?::[0-9]+)?$`);

const oneOf = (alphabet: string): fc.Arbitrary<string> => fc.constantFrom(...Array.from(alphabet));
const short = (alphabet: string): fc.Arbitrary<string> => fc.string({ unit: oneOf(alphabet), maxLength: 10 });

describe('the checks of names', () => {
  it('accept the paths that the grammar accepts', () => {
    fc.assert(
      fc.property(short('ab0._-/A:é'), (path) => {
        expect(checkRepositoryPath(path) === undefined).toBe(pathGrammar.test(path));
      }),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(short('a._-/'), (path) => {
        expect(checkRepositoryPath(path) === undefined).toBe(pathGrammar.test(path));
      }),
      { numRuns: 5000 },
    );
  });

  it('accept the tags that the grammar accepts', () => {
    fc.assert(
      fc.property(short('aZ0._-/:\n é'), (tag) => {
        expect(checkTag(tag) === undefined).toBe(tagGrammar.test(tag));
      }),
      { numRuns: 2000 },
    );
  });

  it('accept the hosts that the grammar accepts, except numbers that are not an address or a port', () => {
    fc.assert(
      fc.property(short('aZ.-_é'), fc.constantFrom('', ':1', ':65535'), (host, port) => {
        const isAccepted = !('reason' in parseAuthority(host + port));
        expect(isAccepted).toBe(hostGrammar.test(host + port));
      }),
      { numRuns: 2000 },
    );
  });

  it('find the same host as the URL parser', () => {
    fc.assert(
      fc.property(short('a1f0x.-:[]@/\\?#%'), (text) => {
        const authority = parseAuthority(text);
        if ('reason' in authority) return;
        const url = new URL(`http://${text === '::1' ? '[::1]' : text}/v2/`);
        expect([url.hostname, url.username, url.pathname]).toEqual([authority.host, '', '/v2/']);
        if (authority.port !== '80') expect(url.port).toBe(authority.port ?? '');
      }),
      { numRuns: 5000 },
    );
  });
});

describe('parseReference', () => {
  const word = fc.string({ unit: oneOf('abz019'), minLength: 1, maxLength: 6 });
  const separator = fc.constantFrom('.', '_', '__', '-', '---');
  const pathComponent = fc
    .tuple(word, fc.array(fc.tuple(separator, word), { maxLength: 2 }))
    .map(([first, rest]) => first + rest.flat().join(''));
  const path = fc.array(pathComponent, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const host = fc.constantFrom('localhost', 'gcr.io', 'a.b-c.d', '127.0.0.1', '[::1]', '[2001:db8::1]');
  const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
  const registry = fc
    .tuple(host, port)
    .map(([name, number]) => (number === undefined ? name : `${name}:${number}`));
  /** A path whose first component does not look like a registry. */
  const bare = path.filter((text) => !/^[^/]*\.[^/]*\//.test(text));
  const tag = fc
    .tuple(oneOf('aZ0_'), fc.string({ unit: oneOf('aZ0_.-'), maxLength: 20 }))
    .map((parts) => parts.join(''));
  const digest = fc
    .string({ unit: oneOf('0123456789abcdef'), minLength: 64, maxLength: 64 })
    .map((hex) => `sha256:${hex}`);

  it('splits a reference into the parts that it was made of', () => {
    fc.assert(
      fc.property(registry, path, tag, (registryStr, repositoryStr, identifier) => {
        const reference = parseReference(`${registryStr}/${repositoryStr}:${identifier}`);
        expect([reference.registryStr(), reference.repositoryStr(), reference.identifier()]).toEqual([
          registryStr,
          repositoryStr,
          identifier,
        ]);
        expect(parseReference(reference.name(), { strict: true }).name()).toBe(reference.name());
        expect(parseReference(reference.toJSON())).toEqual(reference);
      }),
    );
  });

  it('drops the tag of a reference with a digest from its name, but not from its text', () => {
    fc.assert(
      fc.property(registry, path, tag, digest, (registryStr, repositoryStr, tagStr, digestStr) => {
        const text = `${registryStr}/${repositoryStr}:${tagStr}@${digestStr}`;
        const reference = newDigest(text);
        expect(reference.name()).toBe(`${registryStr}/${repositoryStr}@${digestStr}`);
        expect(reference.toString()).toBe(text);
        expect(newDigest(reference.name()).name()).toBe(reference.name());
      }),
    );
  });

  it('gives a reference without a registry the same name when that name is parsed again', () => {
    fc.assert(
      fc.property(bare, fc.option(tag, { nil: undefined }), (repository, tagStr) => {
        const reference = parseReference(tagStr === undefined ? repository : `${repository}:${tagStr}`);
        expect(parseReference(reference.name(), { strict: true }).name()).toBe(reference.name());
      }),
    );
  });

  it('refuses a text, or gives it a name that is the same when it is parsed again', () => {
    fc.assert(
      fc.property(short('aA0.:/@-_[]\\ %'), (text) => {
        let name: string;
        try {
          name = parseReference(text).name();
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_NAME' });
          return;
        }
        expect(parseReference(name, { strict: true }).name()).toBe(name);
      }),
      { numRuns: 5000 },
    );
  });
});
