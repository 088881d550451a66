import { describe, expect, it } from '@jest/globals';
import * as crane from '../../src/crane/index.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import * as files from '../../src/files/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import type { LayerEntry } from '../support/archives/layer-tar.js';
import { estargz, type EstargzOptions } from '../support/archives/estargz.js';
import { directory, file, link, symlink } from '../support/images/layered-image.js';
import { storedImage } from '../support/images/stored-image.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { noise } from '../support/tools/noise.js';

const MIB = 1024 * 1024;

const entries: readonly LayerEntry[] = [
  directory('etc', { mode: 0o755 }),
  { name: 'data/before', body: noise(3 * MIB) },
  symlink('etc/os-release', '../usr/lib/os-release'),
  file('etc/passwd', 'root:x:0:0\n', { mode: 0o644, uid: 1, mtime: 1_700_000_000 }),
  link('etc/passwd-', 'etc/passwd'),
  file('usr/lib/os-release', 'ID=test\n'),
  file('usr/lib/empty', ''),
  { name: 'data/after', body: noise(3 * MIB) },
];

describe('a layer with a table of contents', () => {
  const registry = useRegistry();

  /** Pushes an image of one such layer. */
  async function push(options: EstargzOptions = {}, content = entries): Promise<string> {
    const { blob, tar, annotations } = await estargz(content, options);
    const core = storedImage({
      tars: [tar],
      blobs: [blob],
      manifest: (manifest) => ({
        ...manifest,
        layers: manifest.layers.map((layer) => ({ ...layer, annotations })),
      }),
    });
    const reference = `${registry.host}/app:1`;
    await crane.push(compressedToImage(core), reference, {});
    return reference;
  }

  const blobRequests = (): readonly string[] =>
    registry.requests
      .filter(({ method, url, range }) => method === 'GET' && url.includes('/blobs/') && range !== undefined)
      .map(({ range = '' }) => range);

  it('costs less than 100 KB for a small file of a large image', async () => {
    const reference = await push();
    const before = registry.bytesSent;
    expect(await files.readText(reference, '/etc/os-release')).toBe('ID=test\n');
    expect(registry.bytesSent - before).toBeLessThan(100_000);
    expect(blobRequests()).toHaveLength(2);
  });

  it('gives the same list as the whole layer', async () => {
    const reference = await push();
    const list = async (useToc: boolean): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const { digest: _digest, ...entry } of files.list(reference, { useToc })) found.push(entry);
      return found;
    };
    const before = registry.bytesSent;
    const fromToc = await list(true);
    expect(registry.bytesSent - before).toBeLessThan(100_000);
    expect(fromToc).toEqual(await list(false));
    expect(registry.bytesSent - before).toBeGreaterThan(3 * MIB);
  });

  it('reads a file of several chunks with one request', async () => {
    const reference = await push({ chunkSize: 100_000 });
    const before = blobRequests().length;
    const [wanted] = entries.filter(({ name }) => name === 'data/after');
    expect(Buffer.from(await files.read(reference, 'data/after')).equals(wanted?.body as Buffer)).toBe(true);
    expect(blobRequests().length - before).toBe(2);
    expect(await files.readText(reference, '/etc/passwd-')).toBe('root:x:0:0\n');
    expect(await files.readText(reference, '/usr/lib/empty')).toBe('');
    expect(JSON.parse(await files.readText(reference, '/stargz.index.json'))).toMatchObject({ version: 1 });
  });

  it('is read as a whole if the manifest has another digest for its table of contents', async () => {
    const reference = await push({ digest: `sha256:${'0'.repeat(64)}` });
    const before = registry.bytesSent;
    expect(await files.readText(reference, '/etc/passwd')).toBe('root:x:0:0\n');
    expect(registry.bytesSent - before).toBeGreaterThan(2 * MIB);
  });

  const hostile: readonly (readonly [string, NonNullable<EstargzOptions['change']>])[] = [
    ['an offset outside of the layer', (toc) => changed(toc, { offset: 1e12 })],
    ['a negative offset', (toc) => changed(toc, { offset: -5 })],
    ['a size that the chunks do not have', (toc) => changed(toc, { size: 1e15 })],
    ['a chunk that is larger than the file', (toc) => changed(toc, { chunkSize: 1e6 })],
    ['a chunk without a digest', (toc) => changed(toc, { chunkDigest: '', digest: '' })],
    ['an invalid digest', (toc) => changed(toc, { chunkDigest: 'sha256:zz' })],
    ['an unknown type', (toc) => changed(toc, { type: 'door' })],
    ['an entry that is not an object', (toc) => [...toc, 5 as never]],
  ];

  it.each(hostile)('is read as a whole if its table of contents has %s', async (_title, change) => {
    const reference = await push({ change });
    expect(await files.readText(reference, '/etc/passwd')).toBe('root:x:0:0\n');
  });

  it('fails if a chunk does not have its digest', async () => {
    const reference = await push({
      change: (toc) => changed(toc, { chunkDigest: sha256Bytes(Buffer.from('other')) }),
    });
    await expect(files.read(reference, '/etc/passwd')).rejects.toBeInstanceOf(DigestMismatchError);
  });

  function changed(
    toc: readonly Record<string, unknown>[],
    facts: Record<string, unknown>,
  ): Record<string, unknown>[] {
    return toc.map((entry) => (entry.name === 'etc/passwd' ? { ...entry, ...facts } : entry));
  }
});
