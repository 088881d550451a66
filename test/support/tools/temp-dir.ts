import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';

/** A new directory for each test, removed after it; call at the top of a `describe` or a file. */
export function useTempDir(): { path(...parts: readonly string[]): string } {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });
  return { path: (...parts) => path.join(root, ...parts) };
}
