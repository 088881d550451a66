import { describe, expect, it } from '@jest/globals';
import { BadNameError } from '../../src/errors/invalid/name.js';
import * as name from '../../src/name/index.js';

const SHA256 = 'sha256:deadb33fdeadb33fdeadb33fdeadb33fdeadb33fdeadb33fdeadb33fdeadb33f';
const SHA512 = `sha512:${'0f'.repeat(64)}`;

function refusal(parse: () => unknown): BadNameError {
  try {
    parse();
  } catch (error) {
    if (error instanceof BadNameError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('parseReference', () => {
  it.each([
    ['busybox', 'index.docker.io/library/busybox:latest'],
    ['a', 'index.docker.io/library/a:latest'],
    ['0', 'index.docker.io/library/0:latest'],
    ['busybox:1.36', 'index.docker.io/library/busybox:1.36'],
    ['namespace/pathcomponent/image', 'index.docker.io/namespace/pathcomponent/image:latest'],
    ['docker.io/busybox', 'index.docker.io/library/busybox:latest'],
    ['docker.io/library/busybox', 'index.docker.io/library/busybox:latest'],
    ['index.docker.io/busybox', 'index.docker.io/library/busybox:latest'],
    ['registry-1.docker.io/library/busybox', 'registry-1.docker.io/library/busybox:latest'],
    ['registry-1.docker.io/busybox', 'registry-1.docker.io/busybox:latest'],
    ['docker.io:443/busybox', 'docker.io:443/busybox:latest'],
    ['GCR.io/project/app:V1', 'gcr.io/project/app:V1'],
    ['Docker.IO/busybox', 'index.docker.io/library/busybox:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['LOCALHOST/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['localhost:5000', 'index.docker.io/library/localhost:5000'],
    ['host:5000/app:tag', 'host:5000/app:tag'],
    ['host/app', 'index.docker.io/host/app:latest'],
    ['192.168.1.7:5000/app', '192.168.1.7:5000/app:latest'],
    ['[::1]:5000/app:x', '[::1]:5000/app:x'],
    ['[::1]/app', '[::1]/app:latest'],
    ['[2001:DB8:0:0::1]/app', '[2001:db8::1]/app:latest'],
    ['gcr.io/google.com/g-convoy/hello-world:latest', 'gcr.io/google.com/g-convoy/hello-world:latest'],
    [
      'gcr.io/project-id/image:w1th-alpha_num3ric.PLUScaps',
      'gcr.io/project-id/image:w1th-alpha_num3ric.PLUScaps',
    ],
    ['x/a.b_c__d---e/f', 'index.docker.io/x/a.b_c__d---e/f:latest'],
    ['xn--bcher-kva.example/app', 'xn--bcher-kva.example/app:latest'],
    ['busybox:_', 'index.docker.io/library/busybox:_'],
    [`busybox@${SHA256}`, `index.docker.io/library/busybox@${SHA256}`],
    [`localhost:5000/a/b@${SHA512}`, `localhost:5000/a/b@${SHA512}`],
    [`example.text:8443/foo/bar:latest@${SHA256}`, `example.text:8443/foo/bar@${SHA256}`],
  ])('completes %s', (text, full) => {
    const reference = name.parseReference(text);
    expect(reference.name()).toBe(full);
    expect(reference.toString()).toBe(text);
    expect(JSON.stringify({ reference })).toBe(JSON.stringify({ reference: text }));
    expect(name.parseReference(reference.name()).name()).toBe(full);
  });

  it('returns the parts of a tag', () => {
    const tag = name.parseReference('gcr.io/project-id/image:v1');
    expect(tag.kind).toBe('tag');
    expect(tag.identifier()).toBe('v1');
    expect(tag.registryStr()).toBe('gcr.io');
    expect(tag.repositoryStr()).toBe('project-id/image');
    expect(tag.context().name()).toBe('gcr.io/project-id/image');
    expect(tag.context().registry.name()).toBe('gcr.io');
    expect(tag.scope('pull')).toBe('repository:project-id/image:pull');
  });

  it('C4: uses the digest if there is a tag too, and keeps the tag for display', () => {
    const text = `example.text/foo/bar:v1.0.0@${SHA256}`;
    const digest = name.parseReference(text, { strict: true });
    expect(digest.kind).toBe('digest');
    expect(digest.identifier()).toBe(SHA256);
    expect(digest.name()).toBe(`example.text/foo/bar@${SHA256}`);
    expect(digest.toString()).toBe(text);
    expect(digest.scope('push')).toBe('repository:foo/bar:push');
    expect(digest.registryStr()).toBe('example.text');
    expect(digest.repositoryStr()).toBe('foo/bar');
    expect(digest.toJSON()).toBe(text);
  });

  it.each([
    ['crossplane/provider-gcp', 'registry.upbound.io/crossplane/provider-gcp:stable'],
    ['crossplane/provider-gcp:v0.14.0', 'registry.upbound.io/crossplane/provider-gcp:v0.14.0'],
    ['ubuntu', 'registry.upbound.io/ubuntu:stable'],
    ['gcr.io/crossplane/provider-gcp:latest', 'gcr.io/crossplane/provider-gcp:latest'],
    ['localhost/testimage:mytag', 'localhost/testimage:mytag'],
  ])('completes %s with the defaults of the options', (text, full) => {
    const options = { defaultRegistry: 'registry.upbound.io', defaultTag: 'stable' };
    expect(name.parseReference(text, options).name()).toBe(full);
  });

  it('leaves names without a registry if the default registry is empty', () => {
    const reference = name.parseReference('team/app', { defaultRegistry: '' });
    expect(reference.name()).toBe('team/app:latest');
    expect(reference.registryStr()).toBe('');
  });

  it('checks the default registry and the default tag too', () => {
    expect(refusal(() => name.parseReference('app', { defaultTag: '' })).message).toMatch(/tag is empty/);
    expect(refusal(() => name.parseReference('app', { defaultTag: '-x' })).message).toMatch(/starts with/);
    expect(refusal(() => name.parseReference('app', { defaultRegistry: 'a b' })).message).toMatch(/U\+0020/);
  });

  it('parses the same as mustParseReference', () => {
    expect(name.mustParseReference('valid/string').name()).toBe('index.docker.io/valid/string:latest');
    expect(refusal(() => name.mustParseReference('Bad')).code).toBe('BAD_NAME');
  });
});

describe('parseReference with `strict`', () => {
  it.each([
    'gcr.io/g-convoy/hello-world:latest',
    'us.gcr.io/project-id/image:with.period.in.tag',
    'domain.with.port:9001/image:latest',
    'index.docker.io/library/ubuntu:20.04',
    `gcr.io/g-convoy/hello-world@${SHA256}`,
  ])('accepts %s, which is complete', (text) => {
    expect(name.parseReference(text, { strict: true }).name()).toBe(text);
  });

  it.each([
    ['gcr.io/project-id/implicit-latest', /no tag/],
    ['library/ubuntu:x', /no registry/],
    [`library/ubuntu@${SHA256}`, /no registry/],
    ['index.docker.io/ubuntu:x', /library\//],
    [`index.docker.io/ubuntu@${SHA256}`, /library\//],
  ])('refuses %s, which is incomplete', (text, reason) => {
    expect(refusal(() => name.parseReference(text, { strict: true })).message).toMatch(reason);
  });
});

describe('the error for an invalid name', () => {
  it.each([
    ['', /repository is empty/],
    [':', /tag is empty/],
    ['library/ubuntu:', /tag is empty/],
    [`library/nginx:@${SHA256}`, /tag is empty/],
    ['/app', /component of the repository is empty/],
    ['app/', /component of the repository is empty/],
    ['Foo/bar', /upper-case letter F/],
    ['gcr.io/App', /upper-case letter A/],
    ['white space', /repository contains the character U\+0020/],
    ['b@char/image', /@ before its last slash/],
    ["gcr.io/project-id/bad_chars:c@n'tuse", /unsupported algorithm/],
    ['gcr.io/project-id/wrong-length:white space', /tag contains the character U\+0020/],
    [`gcr.io/x:${'t'.repeat(129)}`, /longer than 128/],
    ['app:.x', /starts with a dot/],
    ['app:-x', /starts with a dot or a dash/],
    ['app:v1+build', /tag contains the character \+/],
    ['gcr.io/project-id/unknown-alg@unknown:abc123', /unsupported algorithm/],
    ['gcr.io/project-id/wrong-length@sha256:d34db33fd34db33f', /not 64 lower-case/],
    ['gcr.io/project-id/missing-digest@', /digest is empty/],
    [`repo@sha256:${':'.repeat(64)}`, /not 64/],
    [`repo@sha256:${'sh'.repeat(32)}`, /not 64/],
    [`repo@${SHA256.toUpperCase()}`, /unsupported algorithm/],
    [`repo@${SHA256}@${SHA256}`, /not 64/],
    [`repo@sha512:${'0'.repeat(64)}`, /not 128/],
    ['@', /digest is empty/],
    ['http://gcr.io/app', /starts with http:\/\//],
    ['https://gcr.io/app', /starts with https:\/\//],
    ['docker://busybox', /starts with docker:\/\//],
    [' busybox', /white space/],
    ['localhost:0/app', /port/],
    ['localhost:/app', /port/],
    ['localhost:05000/app', /port/],
    ['localhost:65536/app', /port/],
    ['localhost:+80/app', /port/],
    ['host:80:90/app', /several colons/],
    ['::1/app', undefined],
    ['2001:db8::1/app', /several colons/],
    ['[::1/app', /several colons/],
    ['[::1]x:5/app', /brackets/],
    ['[fe80::1%25eth0]/app', /brackets/],
    ['[127.0.0.1]/app', /brackets/],
    ['127.1:80/app', /IPv4/],
    ['127.0.0.1.0x1/app', /IPv4/],
    ['0x7f.1/app', /IPv4/],
    ['10.256.0.0/app', /IPv4/],
    ['010.0.0.1/app', /IPv4/],
    ['gcr..io/app', /empty label/],
    ['gcr.io./app', /empty label/],
    ['-gcr.io/app', /dash/],
    ['gcr-.io/app', /dash/],
    ['my_host:80/app', /underscore/],
    ['gcr?.com/app', /character \?/],
    ['xn--a.com/app', /Punycode/],
    ['xn--.com/app', /dash|Punycode/],
    [`${'a'.repeat(64)}.io/app`, /63/],
    [`${'a.'.repeat(127)}io/app`, /253/],
  ])('says which part of %j is wrong', (text, reason) => {
    if (reason === undefined) expect(name.parseReference(text).registryStr()).toBe('[::1]');
    else expect(refusal(() => name.parseReference(text)).message).toMatch(reason);
  });

  it.each([
    'a//b',
    'a/../b',
    '../b',
    './b',
    '.x',
    'x.',
    '-x',
    'x-',
    'x/-y',
    'a..b',
    'a.-b',
    'a___b',
    'a_.b',
    'busybox\n',
    'busybox:latest\n',
    'busybox\r',
    'busy\0box',
    'busy\tbox',
    'b\u0075\u0301sybox',
    'bus\u0443box', // Cyrillic у
    'gcr.\u0456o/app', // Cyrillic і
    'localhost\uff0f5000/app', // full-width slash
    'app:\u0662', // Arabic digit
    'a\u200bb',
    'app\ud800',
    'a'.repeat(256),
    `gcr.io/${'a/'.repeat(128)}a`,
  ])('C2: is thrown for %j, which the grammar does not allow', (text) => {
    expect(refusal(() => name.parseReference(text))).toBeInstanceOf(BadNameError);
    expect(refusal(() => name.newRepository(text))).toBeInstanceOf(BadNameError);
  });

  it.each([
    'user@reg.io/x',
    'user:password@reg.io/x:tag',
    'reg.io\\@evil/x',
    'reg.io:99999/x',
    'reg.io@evil.io/x:tag',
  ])('C3: is thrown for the authority of %s', (text) => {
    expect(refusal(() => name.parseReference(text))).toBeInstanceOf(BadNameError);
    expect(refusal(() => name.newTag(text))).toBeInstanceOf(BadNameError);
    expect(refusal(() => name.newDigest(text))).toBeInstanceOf(BadNameError);
    expect(refusal(() => name.newRepository(text))).toBeInstanceOf(BadNameError);
    expect(refusal(() => name.newRegistry(text))).toBeInstanceOf(BadNameError);
  });

  it('C3: is not thrown for an IPv6 registry, which keeps its brackets', () => {
    expect(name.parseReference('[::1]:5/x').registryStr()).toBe('[::1]:5');
  });

  it.each(['a', '-', '_', '.', 'a/', 'a-', 'a.', '[', ':', '@', '/', 'a:', '1.', ' ', '\u{1f600}'])(
    'C1: is thrown quickly for 64 KiB of %j, with a short message',
    (piece) => {
      const text = piece.repeat(65_536 / piece.length);
      for (const long of [text, `gcr.io/a:${text}`, `a@sha256:${text}`, `${text}!`]) {
        const error = refusal(() => name.parseReference(long));
        expect(error.message.length).toBeLessThan(2048);
        expect(error.input.length).toBeLessThanOrEqual(256);
      }
    },
  );

  it.each([
    'user:s3cret@reg.io/x',
    'user:s3cret@reg.io',
    's3cret@reg.io/x',
    'https://user:s3cret@reg.io/x:tag',
    'https://s3cret@reg.io/x',
    'user:s3cret@evil@reg.io/x',
    'a/s3cret@reg.io/x',
    `user:s3cret${'x'.repeat(300)}@reg.io/x`,
    `user:s3cret${'x'.repeat(2000)}@reg.io/x`,
    `user:s3cret@sha256:${'0'.repeat(64)}/x`,
  ])('does not repeat the password of %s', (text) => {
    for (const parse of [name.parseReference, name.newRepository, name.newRegistry]) {
      const error = refusal(() => parse(text));
      expect(`${error.message} ${error.input} ${error.hint ?? ''}`).not.toMatch(/s3cret/);
      expect(error.message).toMatch(/\*\*\*@/);
    }
  });

  it('has a hint that says how to write the name', () => {
    expect(refusal(() => name.parseReference('http://reg.io/x')).hint).toMatch(/insecure/);
    expect(refusal(() => name.newTag(`busybox@${SHA256}`)).hint).toMatch(/newDigest/);
    expect(refusal(() => name.newDigest('busybox:1')).hint).toMatch(/sha256/);
    expect(refusal(() => name.newRegistry('2001:db8::1')).hint).toMatch(/brackets/);
    expect(refusal(() => name.parseReference('user:pw@reg.io/x')).hint).toMatch(/auth/);
  });
});
