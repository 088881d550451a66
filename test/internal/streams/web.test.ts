import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, name, partial, stream, tarball, type v1 } from 'containerregistry';
import { intoSink, toReadable } from '../../../src/internal/streams/web.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';
import { useClosing } from '../../support/tools/closing.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const closing = useClosing();
const temp = useTempDir();
const image = crane.image({ a: 'a' });
const reference = name.newTag('registry.example/app:v1');

/** A web stream that collects its bytes, and records how it ends. */
function collecting(failure?: Error) {
  const chunks: Uint8Array[] = [];
  const ended: string[] = [];
  const sink = new WritableStream<Uint8Array>({
    write: (chunk) => {
      if (failure !== undefined) throw failure;
      chunks.push(Buffer.from(chunk));
    },
    close: () => void ended.push('closed'),
    abort: () => void ended.push('aborted'),
  });
  return { sink, ended, bytes: () => Buffer.concat(chunks) };
}

async function archive(): Promise<Buffer> {
  const { sink, bytes } = collecting();
  await tarball.write(reference, image, sink);
  return bytes();
}

describe('a web stream to read', () => {
  let registry: StartedRegistry;
  beforeEach(async () => {
    registry = await closing(startRegistry());
  });

  const forms: readonly (readonly [string, (bytes: Buffer) => v1.ByteSource])[] = [
    ['a ReadableStream', (bytes) => Readable.toWeb(Readable.from([bytes])) as ReadableStream],
    ['a Blob', (bytes) => new Blob([new Uint8Array(bytes)])],
    ['the body of a Response', (bytes) => new Response(new Uint8Array(bytes)).body!],
  ];

  it.each(forms)('is an archive or a layer as %s', async (_form, make) => {
    const saved = await archive();
    await using opened = await crane.open(make(saved));
    expect(await (await opened.image()).digest()).toBe(await image.digest());
    const target = `${registry.host}/app:v1`;
    expect((await crane.pushFrom(make(saved), target)).digest).toBe(await image.digest());

    const tar = await readAll(await (await image.layers())[0]!.uncompressed());
    const appended = await crane.append(image, [make(tar)]);
    await crane.push(appended, `${registry.host}/app:v2`);
    const [, layer] = await (await crane.pull(`${registry.host}/app:v2`)).layers();
    expect(await readAll(await layer!.uncompressed())).toEqual(tar);

    const opener = tarball.layerFromOpener(() => make(tar));
    expect(await opener.diffId()).toBe(await layer!.diffId());
    const streamed = stream.newLayer(make(tar));
    expect(gunzipSync(await readAll(await streamed.compressed()))).toEqual(tar);
  });

  it('is canceled when its reader is destroyed, also while it is silent', async () => {
    const canceled = new Promise((resolve) => {
      const silent = new ReadableStream({ cancel: resolve });
      const readable = toReadable(silent);
      readable.read();
      readable.destroy(new Error('enough'));
    });
    expect(await canceled).toMatchObject({ message: 'enough' });
  });

  it('passes on its failure, and refuses chunks that are not bytes', async () => {
    const failing = new ReadableStream({
      pull: (controller) => {
        controller.error(new Error('broken'));
      },
    });
    await expect(readAll(toReadable(failing))).rejects.toThrow('broken');
    const objects = new ReadableStream({
      start: (controller) => {
        controller.enqueue({ not: 'bytes' });
      },
    });
    await expect(readAll(toReadable(objects))).rejects.toThrow(TypeError);
  });

  it('comes from a layer by Readable.toWeb', async () => {
    const [layer] = await image.layers();
    const web = Readable.toWeb(await layer!.compressed()) as ReadableStream<Uint8Array>;
    const { byteLength } = await new Response(web).arrayBuffer();
    expect(byteLength).toBe(await layer!.size());
  });
});

describe('a web stream to write', () => {
  it('gets an archive or a filesystem, and is not closed', async () => {
    const exported = collecting();
    await crane.export(image, exported.sink);
    expect(exported.bytes()).toEqual(await readAll(await (await image.layers())[0]!.uncompressed()));
    expect(exported.ended).toEqual([]);
    await exported.sink.close();
    expect(exported.ended).toEqual(['closed']);

    const { reference: source } = await crane.saveOci(image, temp.path('images'));
    const pulled = collecting();
    await crane.pullTo(
      [{ ...crane.parseLocation(source), kind: 'oci' } as crane.LayoutLocation],
      pulled.sink,
      {
        format: 'oci-archive',
      },
    );
    await using opened = await crane.open(new Blob([new Uint8Array(pulled.bytes())]));
    expect(await (await opened.image()).digest()).toBe(await image.digest());
  });

  it('is aborted after a failure of the source', async () => {
    const { sink, ended } = collecting();
    const failing = partial.uncompressedToImage({
      mediaType: async () => image.mediaType(),
      rawConfigFile: async () => image.rawConfigFile(),
      layerByDiffId: async () => Promise.reject(new Error('no such layer')),
    });
    await expect(crane.export(failing, sink)).rejects.toThrow('no such layer');
    expect(ended).toEqual(['aborted']);
  });

  it('fails the operation with its own failure', async () => {
    const { sink } = collecting(new Error('disk full'));
    await expect(crane.export(image, sink)).rejects.toThrow('disk full');
  });

  it('waits until the sink has taken everything', async () => {
    const taken: number[] = [];
    const slow = new WritableStream<Uint8Array>({
      write: async ({ byteLength }) => {
        await new Promise(setImmediate);
        taken.push(byteLength);
      },
    });
    await intoSink(slow, async (writable) => {
      writable.write(Buffer.alloc(3));
      writable.write(Buffer.alloc(4));
    });
    expect(taken).toEqual([3, 4]);
  });
});
