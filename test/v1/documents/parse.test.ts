import { expect, it } from '@jest/globals';
import { parseConfigFile, parseIndexManifest, parseManifest } from '../../../src/v1/index.js';
import { failure } from '../documents.js';

const empty = { digest: `sha256:${'0'.repeat(64)}`, size: 2, mediaType: 'application/json' };

it.each([
  ['parseManifest', parseManifest, { config: empty }],
  ['parseIndexManifest', parseIndexManifest, { manifests: [] }],
  ['parseConfigFile', parseConfigFile, {}],
])('%s fails with an error that names the option that raises the exceeded cap', (_name, parse, document) => {
  const limits = { maxDepth: 9, maxValues: 99, maxBytes: 999 };
  const failureOf = (hostile: unknown): Error =>
    failure(() => parse(JSON.stringify({ schemaVersion: 2, ...document, hostile }), limits));
  expect(failureOf([[[[[[[[[]]]]]]]]])).toMatchObject({ option: 'maxDepth', limit: 9 });
  expect(failureOf(new Array(99).fill(0))).toMatchObject({ option: 'maxValues', limit: 99 });
  expect(failureOf('x'.repeat(999))).toMatchObject({ option: 'maxBytes', limit: 999 });
});
