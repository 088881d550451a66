import * as containerregistry from 'containerregistry';
import { crane } from 'containerregistry';
import { digest } from 'containerregistry/crane';
import { afterEach, expect, test, vi } from 'vitest';
import exercise from './exercise.mjs';

// The namespaces of ES modules are read-only. An object with the same functions is not.
vi.mock('containerregistry', async (importOriginal) => {
  const original = await importOriginal();
  return { ...original, crane: { ...original.crane } };
});

// With `spy`, vitest makes each function of a module a spy that calls the original.
vi.mock('containerregistry/crane', { spy: true });

afterEach(() => vi.resetAllMocks());

test('the package works', () => exercise(containerregistry));

test('vi.spyOn replaces a function of a namespace', async () => {
  vi.spyOn(crane, 'digest').mockResolvedValue('sha256:0');
  expect(await crane.digest('registry.example/app:v1')).toBe('sha256:0');
});

test('a function of a subpath can be replaced', async () => {
  vi.mocked(digest).mockResolvedValue('sha256:1');
  expect(await digest('registry.example/app:v1')).toBe('sha256:1');
});

test('a function that is not replaced is the original', async () => {
  await expect(crane.digest('not a name')).rejects.toMatchObject({ code: 'BAD_NAME' });
});
