'use strict';
// Jest in its default mode, which loads CommonJS only.
const containerregistry = require('containerregistry');
const exercise = require('./exercise.cjs').default;

const { crane } = containerregistry;

afterEach(() => jest.restoreAllMocks());

test('the package works', () => exercise(containerregistry));

test('jest.spyOn replaces a function of a namespace', async () => {
  jest.spyOn(crane, 'digest').mockResolvedValue('sha256:0');
  expect(await crane.digest('registry.example/app:v1')).toBe('sha256:0');
  expect(await require('containerregistry/crane').digest('registry.example/app:v1')).toBe('sha256:0');
});

test('restoreAllMocks brings the function back', async () => {
  await expect(crane.digest('not a name')).rejects.toMatchObject({ code: 'BAD_NAME' });
});

test('jest.mock replaces a namespace', async () => {
  jest.resetModules();
  jest.doMock('containerregistry/crane');
  const mocked = require('containerregistry/crane');
  mocked.digest.mockResolvedValue('sha256:1');
  expect(await mocked.digest('registry.example/app:v1')).toBe('sha256:1');
});
