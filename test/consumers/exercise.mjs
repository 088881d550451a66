import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * What every consumer runs: it pushes to an embedded registry, pulls, saves and loads, and meets an error. It uses the
 * network, threads with WebAssembly, temporary files, and the parts that are loaded on demand.
 */
export default async function exercise({ crane, errors, layout, name, random, registry, remote }) {
  const directory = mkdtempSync(path.join(tmpdir(), 'consumer-'));
  const server = await registry.serve();
  try {
    const reference = `${server.host}/app:v1`;
    const layer = await crane.layer({ 'noise.txt': Buffer.alloc(2 * 1024 * 1024, 'noise') });
    const image = await crane.append(random.image(1024, 1, { seed: 1 }), [layer]);
    await remote.write(name.parseReference(reference), image);
    assert.equal(await crane.digest(reference), await image.digest());

    const pulled = await crane.pull(reference);
    await crane.save(pulled, 'app:v1', path.join(directory, 'image.tar'));
    const loaded = await crane.load(path.join(directory, 'image.tar'));
    assert.equal((await loaded.layers()).length, 2);
    await crane.saveOci(pulled, path.join(directory, 'layout'));
    const index = await (await layout.fromPath(path.join(directory, 'layout'))).imageIndex();
    assert.equal((await index.indexManifest()).manifests.length, 1);

    await assert.rejects(crane.digest(`${server.host}/absent:v1`), (error) => {
      assert(errors.isContainerError(error));
      assert(error instanceof errors.NotFoundError);
      return true;
    });
  } finally {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
  console.log('exercised');
}
