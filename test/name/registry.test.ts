import { describe, expect, it } from '@jest/globals';
import { BadNameError } from '../../src/errors/invalid/name.js';
import { defaultRegistry, newRegistry } from '../../src/name/index.js';

describe('newRegistry', () => {
  it.each([
    'gcr.io',
    'gcr.io:9001',
    'index.docker.io',
    'us.gcr.io',
    'example.text',
    'localhost',
    'localhost:9090',
    'host',
  ])('keeps %s as it is, with `strict` too', (text) => {
    const registry = newRegistry(text, { strict: true });
    expect(registry.name()).toBe(text);
    expect(registry.registryStr()).toBe(text);
    expect(String(registry)).toBe(text);
    expect(JSON.stringify(registry)).toBe(JSON.stringify(text));
  });

  it('treats an empty name as the default registry, but not with `strict`', () => {
    expect(newRegistry('').name()).toBe(defaultRegistry);
    expect(newRegistry('', { defaultRegistry: 'gcr.io' }).name()).toBe('gcr.io');
    expect(newRegistry('', { defaultRegistry: 'docker.io' }).name()).toBe('index.docker.io');
    expect(() => newRegistry('', { strict: true })).toThrow(BadNameError);
  });

  it('renames docker.io to index.docker.io, whatever the default registry is', () => {
    expect(newRegistry('docker.io').name()).toBe('index.docker.io');
    expect(newRegistry('docker.io', { defaultRegistry: 'gcr.io' }).name()).toBe('index.docker.io');
    expect(newRegistry('DOCKER.io').name()).toBe('index.docker.io');
    expect(newRegistry('registry-1.docker.io').name()).toBe('registry-1.docker.io');
  });

  it.each([
    ['GCR.IO:443', 'gcr.io:443'],
    ['[2001:0DB8::0:1]:5000', '[2001:db8::1]:5000'],
    ['[0:0:0:0:0:0:0:1]', '[::1]'],
    ['::1', '[::1]'],
  ])('normalises %s', (text, name) => {
    expect(newRegistry(text).name()).toBe(name);
    expect(newRegistry(name).name()).toBe(name);
  });

  it.each([
    'white space',
    'gcr?com',
    'gcr.io/',
    'gcr.io/app',
    'gcr.io#x',
    'user@gcr.io',
    '@gcr.io',
    'gcr.io\n',
    'gcr.io\0',
    'gcr.io:99999',
    'gcr.io:5000:1',
    '\u0261cr.io',
    'gcr\u3002io',
    '[::1]:x',
    '[]',
    '[',
    ']',
    '.',
    ':5000',
    '2130706433',
    '0x7f000001',
    '127.1',
  ])('refuses %j', (text) => {
    expect(() => newRegistry(text)).toThrow(BadNameError);
    expect(() => newRegistry('', { defaultRegistry: text })).toThrow(BadNameError);
  });

  it('has the scope of the catalog for every action', () => {
    expect(newRegistry('gcr.io').scope('whatever')).toBe('registry:catalog:*');
  });
});

describe('the scheme of a registry', () => {
  it.each([
    ['localhost', 'http'],
    ['localhost:8080', 'http'],
    ['LocalHost:8080', 'http'],
    ['foo.svc.localhost:1234', 'http'],
    ['127.0.0.1', 'http'],
    ['127.0.0.1:1234', 'http'],
    ['127.8.9.10:1234', 'http'],
    ['::1', 'http'],
    ['[::1]:5000', 'http'],
    ['[0:0::1]:5000', 'http'],
    ['foo.svc.local:1234', 'https'],
    ['registry.local', 'https'],
    ['localhost.evil.com', 'https'],
    ['notlocalhost', 'https'],
    ['127.0.0.1.evil.com', 'https'],
    ['my127.0.0.1registry.io', 'https'],
    ['gcr.io', 'https'],
    ['gcr.io:80', 'https'],
    ['index.docker.io', 'https'],
    ['[2001:db8::1]:5000', 'https'],
    ['[::ffff:127.0.0.1]:5000', 'https'],
    ['10.2.3.4:5000', 'https'],
    ['172.16.3.4:3000', 'https'],
    ['192.168.3.4', 'https'],
    ['8.8.8.8', 'https'],
  ])('for %s is %s', (text, scheme) => {
    expect(newRegistry(text).scheme()).toBe(scheme);
  });

  it('is http for a registry that is marked insecure, and for its repositories', () => {
    const registry = newRegistry('gcr.io', { insecure: true });
    expect(registry.scheme()).toBe('http');
    expect(registry.repo('a').tag('b').context().registry.scheme()).toBe('http');
    expect(newRegistry('', { insecure: true, defaultRegistry: '' }).scheme()).toBe('http');
  });
});
