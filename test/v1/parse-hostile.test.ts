import { describe, expect, it } from '@jest/globals';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { parseManifest } from '../../src/v1/index.js';
import { config, descriptor, digest, failure, manifest, withLayer } from './documents.js';

describe('parseManifest of a document that readers could understand differently', () => {
  it.each([
    ['a duplicate key', manifest({}).replace('"layers"', '"config":{},"layers"'), /key "config" twice/],
    [
      'a duplicate key in escapes',
      manifest({}).replace('"layers"', '"c\\u006fnfig":{},"layers"'),
      /key "config" twice/,
    ],
    [
      'a duplicate key deep inside',
      manifest({ x: [{ y: {} }] }).replace('"y":{}', '"y":1,"y":1'),
      /key "y" twice/,
    ],
    [
      'a duplicate __proto__',
      manifest({}).replace('"layers"', '"__proto__":1,"__proto__":2,"layers"'),
      /twice/,
    ],
    ['trailing data', `${manifest({})}{}`, /not valid JSON/],
    ['trailing NUL', `${manifest({})}\0`, /not valid JSON/],
    ['a byte order mark', `\ufeff${manifest({})}`, /byte order mark/],
    ['a field in another case', manifest({ Layers: [] }), /layers is spelled in another case/],
    ['a field of a layer in another case', withLayer({ Digest: digest }), /layers\[1\]\.digest is spelled/],
    [
      'a field of a platform in another case',
      withLayer({ platform: { OS: 'x' } }),
      /platform\.os is spelled/,
    ],
    ['a field with a long s', manifest({ 'layer\u017f': [] }), /layers is spelled/],
  ])('L14: refuses %s', (_title, text, reason) => {
    const error = failure(() => parseManifest(Buffer.from(text)));
    expect(error).toBeInstanceOf(ManifestInvalidError);
    expect(error.message).toMatch(reason);
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut character', [0xe2, 0x82]],
  ])('L14: refuses %s, which is not UTF-8', (_title, bytes) => {
    const [before = '', after = ''] = manifest({ annotations: { a: 'HERE' } }).split('HERE');
    const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
    expect(failure(() => parseManifest(body)).message).toBe('parse manifest: document is not valid UTF-8');
  });

  it('accepts a key that also occurs in another object or in a string', () => {
    const layers = [
      { ...descriptor, annotations: { a: '","a":"', b: '{"a":1,"a":2}', '\\"a': 'a' } },
      descriptor,
    ];
    expect(parseManifest(manifest({ layers })).layers).toEqual(layers);
  });

  it('L18: refuses a manifest of more than 8 MiB unless `maxBytes` allows it', () => {
    const text = manifest({ annotations: { a: 'x'.repeat(8 * 1024 * 1024) } });
    const error = failure(() => parseManifest(text));
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ option: 'maxBytes', limit: 8 * 1024 * 1024 });
    expect(parseManifest(text, { maxBytes: 9 * 1024 * 1024 }).layers).toHaveLength(1);
    expect(failure(() => parseManifest(Buffer.from(manifest({})), { maxBytes: 10 }))).toBeInstanceOf(
      LimitExceededError,
    );
  });

  it('counts the bytes of a text for `maxBytes`, not its characters', () => {
    const text = manifest({ annotations: { a: '\u20ac'.repeat(100) } });
    expect(failure(() => parseManifest(text, { maxBytes: text.length + 10 }))).toMatchObject({
      option: 'maxBytes',
    });
  });
});

describe('parseManifest of a hostile document', () => {
  it.each([
    ['is deeper than the cap', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'maxDepth'],
    ['is deep and unclosed', '['.repeat(4_000_000), 'maxDepth'],
    [
      'has 700 000 keys',
      `{${Array.from({ length: 700_000 }, (_, i) => `"${i.toString(36)}":0`).join(',')}}`,
      'maxValues',
    ],
    ['has a million elements', `{"layers":[${'0,'.repeat(999_999)}0]}`, 'maxValues'],
    ['has a million empty lists', `{"layers":[${'[],'.repeat(999_999)}[]]}`, 'maxValues'],
  ])('C5: fails with the option that raises the cap if the document %s', (_title, text, option) => {
    const error = failure(() => parseManifest(text));
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ option });
    expect(error.message.length).toBeLessThan(2048);
  });

  it('C5: throws a short error however many fields are wrong', () => {
    const text = manifest({
      annotations: Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, i])),
    });
    expect(failure(() => parseManifest(text)).message).toBe(
      'parse manifest: annotations must be an object with string values',
    );
    const layers = manifest({ layers: new Array<number>(200_000).fill(0) });
    expect(failure(() => parseManifest(layers)).message).toBe('parse manifest: layers[0] must be an object');
  });

  it.each([
    ['a wrong value', manifest({ mediaType: { password: 's3cret' } })],
    ['a wrong digest', manifest({ config: { ...config, digest: 's3cret' } })],
    ['broken JSON', '{"password": "s3cret", s3cret'],
    ['another document', JSON.stringify({ password: 's3cret', config: 's3cret' })],
    ['annotations', manifest({ annotations: { s3cret: 1, a: 's3cret' } })],
  ])('C5: throws an error that does not repeat %s', (_title, text) => {
    const error = failure(() => parseManifest(text));
    expect(error).toBeInstanceOf(ManifestInvalidError);
    expect(`${error.message} ${JSON.stringify(error.cause ?? '')}`).not.toMatch(/s3cret/);
  });

  it('C5: throws a short error for a very long duplicate key', () => {
    const key = `"${'k'.repeat(100_000)}"`;
    expect(failure(() => parseManifest(`{${key}:1,${key}:2}`)).message.length).toBeLessThan(256);
  });

  it('raises and lowers its caps by options', () => {
    const text = manifest({ x: JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) as unknown });
    expect(failure(() => parseManifest(text))).toMatchObject({ option: 'maxDepth' });
    expect(parseManifest(text, { maxDepth: 300 }).layers).toHaveLength(1);
    expect(failure(() => parseManifest(manifest({}), { maxValues: 3 }))).toMatchObject({
      option: 'maxValues',
    });
  });
});
