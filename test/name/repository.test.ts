import { describe, expect, it } from '@jest/globals';
import { BadNameError } from '../../src/errors/invalid/name.js';
import { newRegistry, newRepository } from '../../src/name/index.js';

const digest = `sha256:${'a'.repeat(64)}`;

describe('newRepository', () => {
  it.each([
    'gcr.io/g-convoy/hello-world',
    'gcr.io/google.com/project-id/hello-world',
    'us.gcr.io/project-id/sub-repo',
    'example.text/foo/bar',
    'mirror.gcr.io/ubuntu',
    'index.docker.io/library/ubuntu',
    'example.com/a',
    'example.com/a/b',
  ])('keeps %s as it is, with `strict` too', (text) => {
    const repository = newRepository(text, { strict: true });
    expect(repository.name()).toBe(text);
    expect(String(repository)).toBe(text);
    expect(JSON.stringify([repository])).toBe(JSON.stringify([text]));
  });

  it.each([
    ['ubuntu', 'index.docker.io/library/ubuntu'],
    ['library/ubuntu', 'index.docker.io/library/ubuntu'],
    ['namespace/pathcomponent/image', 'index.docker.io/namespace/pathcomponent/image'],
    ['docker.io/ubuntu', 'index.docker.io/library/ubuntu'],
  ])('completes %s, but not with `strict`', (text, name) => {
    expect(newRepository(text).name()).toBe(name);
    expect(() => newRepository(text, { strict: true })).toThrow(BadNameError);
  });

  it('implies library/ on Docker Hub only', () => {
    expect(newRepository('ubuntu').repositoryStr()).toBe('library/ubuntu');
    expect(newRepository('ubuntu', { defaultRegistry: 'gcr.io' }).repositoryStr()).toBe('ubuntu');
    expect(newRepository('gcr.io/ubuntu').repositoryStr()).toBe('ubuntu');
    expect(() => newRepository('index.docker.io/foo', { strict: true })).toThrow(/library\//);
  });

  it.each([
    '',
    '/',
    'gcr.io/',
    'white space',
    'b@char/image',
    'gcr.io/app:tag',
    `gcr.io/app@${digest}`,
    'gcr.io//app',
    'https://gcr.io/x',
  ])('refuses %j', (text) => {
    expect(() => newRepository(text)).toThrow(BadNameError);
  });

  it('accepts 255 characters and no more', () => {
    expect(newRepository(`gcr.io/${'a'.repeat(255)}`).repositoryStr()).toHaveLength(255);
    expect(() => newRepository(`gcr.io/${'a'.repeat(256)}`)).toThrow(/255/);
  });

  it('has the scope for an action', () => {
    expect(newRepository('ubuntu').scope('pull,push')).toBe('repository:library/ubuntu:pull,push');
  });
});

describe('tag and digest of a repository', () => {
  const repository = newRepository('example.com/repo', { insecure: true });

  it('name a manifest in the repository', () => {
    const tag = repository.tag('foo');
    expect([tag.name(), String(tag), tag.tagStr()]).toEqual([
      'example.com/repo:foo',
      'example.com/repo:foo',
      'foo',
    ]);
    expect(tag.context()).toBe(repository);
    const child = repository.digest(digest);
    expect([child.name(), child.toJSON(), child.digestStr()]).toEqual([
      `example.com/repo@${digest}`,
      `example.com/repo@${digest}`,
      digest,
    ]);
    expect(child.context().registry.scheme()).toBe('http');
  });

  it('are refused if they are invalid', () => {
    for (const bad of ['', '.', '-a', 'a b', 'a/b', 'a:b', '../x', 'a\n', 'x'.repeat(129)]) {
      expect(() => repository.tag(bad)).toThrow(BadNameError);
    }
    for (const bad of ['', 'badf00d', 'sha256:../..', digest.toUpperCase(), `${digest}0`]) {
      expect(() => repository.digest(bad)).toThrow(BadNameError);
    }
  });
});

describe('repo of a registry', () => {
  it('returns a repository of the registry', () => {
    const registry = newRegistry('localhost:5000');
    expect(registry.repo('a', 'b/c', '', 'd').name()).toBe('localhost:5000/a/b/c/d');
    expect(registry.repo('a').registry).toBe(registry);
    expect(newRegistry('').repo('busybox').name()).toBe('index.docker.io/library/busybox');
  });

  it('refuses an invalid path', () => {
    for (const bad of [[], [''], ['..'], ['a', '../b'], ['A'], ['a//b'], ['/a'], ['a:b'], ['a@b']]) {
      expect(() => newRegistry('localhost:5000').repo(...bad)).toThrow(BadNameError);
    }
  });
});

describe('a parsed name', () => {
  it('is frozen', () => {
    const repository = newRepository('gcr.io/a');
    for (const value of [repository, repository.registry, repository.tag('b'), repository.digest(digest)]) {
      expect(Object.isFrozen(value)).toBe(true);
    }
  });
});
