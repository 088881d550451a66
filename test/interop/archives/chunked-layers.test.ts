import { expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import * as files from '../../../src/files/index.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { directory, file, layeredImage, link, symlink } from '../../support/images/layered-image.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';
import { noise } from '../../support/tools/noise.js';

const MIB = 1024 * 1024;

describeWithPeers('layers in the format zstd:chunked', ['skopeo'], ({ skopeo }) => {
  const registry = useRegistry();
  const temp = useTempDir();

  const large = noise(3 * MIB);

  /** Pushes an image whose layers skopeo has converted. */
  async function push(): Promise<string> {
    const image = await layeredImage([
      [
        directory('etc', { mode: 0o755 }),
        symlink('etc/os-release', '../usr/lib/os-release'),
        file('etc/passwd', 'root:x:0:0\n', { uid: 1, mtime: 1_700_000_000 }),
        link('etc/passwd-', 'etc/passwd'),
        { name: 'data/large', body: large },
        { name: 'data/zeros', body: Buffer.alloc(2 * MIB) },
        file('usr/lib/os-release', 'ID=test\n'),
      ],
      [file('.wh.old', ''), file('app/run', 'echo\n', { mode: 0o755 })],
    ]);
    await crane.saveOci(image, temp.path('layout'));
    const reference = `${registry.host}/app:1`;
    const plain = `dir:${temp.path('plain')}`;
    const source = `oci:${temp.path('layout')}`;
    // skopeo keeps layers that are compressed already.
    await skopeo.run(['copy', '--dest-decompress', source, plain]);
    const chunked = `dir:${temp.path('chunked')}`;
    await skopeo.run(['copy', '--dest-compress', '--dest-compress-format', 'zstd:chunked', plain, chunked]);
    await skopeo.run(['copy', '--dest-tls-verify=false', chunked, `docker://${reference}`]);
    return reference;
  }

  it('are read by ranges', async () => {
    const reference = await push();
    const before = registry.bytesSent;
    expect(await files.readText(reference, '/etc/os-release')).toBe('ID=test\n');
    expect(await files.readText(reference, '/etc/passwd-')).toBe('root:x:0:0\n');
    expect(registry.bytesSent - before).toBeLessThan(100_000);
    expect(Buffer.from(await files.read(reference, '/data/large')).equals(large)).toBe(true);
    expect(Buffer.from(await files.read(reference, '/data/zeros')).equals(Buffer.alloc(2 * MIB))).toBe(true);
    const entries = async (useToc: boolean): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const { digest: _digest, ...entry } of files.list(reference, { useToc })) found.push(entry);
      return found;
    };
    expect(await entries(true)).toEqual(await entries(false));
  });
});
