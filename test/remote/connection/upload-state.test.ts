import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DigestMismatchError } from '../../../src/errors/invalid/mismatch.js';
import { FileSystemError } from '../../../src/errors/file-system.js';
import { basic } from '../../../src/authn/config/from-config.js';
import { newRepository } from '../../../src/name/repository.js';
import { compressedToLayer } from '../../../src/partial/layers/compressed-layer.js';
import { fileUploadState } from '../../../src/remote/upload/file-upload-state.js';
import { layer as openLayer } from '../../../src/remote/layer.js';
import type { RemoteOptions } from '../../../src/remote/connection/options.js';
import { writeLayer } from '../../../src/remote/write-layer.js';
import { newLayer } from '../../../src/static/layer.js';
import { diagnosticsChannels } from '../../../src/transport/wire/diagnostics.js';
import { sha256Bytes } from '../../../src/v1/hash.js';
import { ociLayer } from '../../../src/v1/types.js';
import { useChannelMessages } from '../../support/tools/channel-messages.js';
import { outcomeOf, startProgram } from '../../support/programs/child.js';
import { useClosing } from '../../support/tools/closing.js';
import { cutAfter, type Faults, startFaultyRegistry, status } from '../../support/servers/faulty-registry.js';
import { hurriedClock } from '../../support/tools/hurried-clock.js';
import { useServers } from '../../support/servers/http-server.js';
import { eventually } from '../../support/tools/open-handles.js';
import { noise } from '../../support/tools/noise.js';
import { readAll } from '../../support/tools/read-all.js';
import { stallingProxy } from '../../support/servers/stalling-proxy.js';
import { startRegistry } from '../../support/servers/start-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const dir = useTempDir();
const servers = useServers();
const closing = useClosing();
const messagesOn = useChannelMessages();
const content = randomBytes(300_000);
const digest = sha256Bytes(content);
const blob = newLayer(content, ociLayer);
const options = (more: RemoteOptions = {}): RemoteOptions => ({
  clock: hurriedClock,
  retry: { attempts: 1 },
  uploadState: fileUploadState(dir.path('uploads')),
  ...more,
});
const repositoryAt = (host: string) => newRepository(`${host}/app`);
const stateFiles = async (): Promise<string[]> => readdir(dir.path('uploads'));
const left = '/uploads/0?_state=x%2B1';

/** A registry that holds so many bytes of an upload that is remembered. */
async function interrupted(held: number, faults: Faults = {}) {
  const registry = await startFaultyRegistry(servers, faults);
  registry.held = content.subarray(0, held);
  const store = fileUploadState(dir.path('uploads'));
  const claimed = await store.claim({ registry: registry.host, repository: 'app', digest });
  await claimed?.save({ url: `http://${registry.host}/v2/app/blobs${left}`, minChunk: 0 });
  await claimed?.release();
  return registry;
}

/** Pushes four million bytes. */
const PUSH = `
import { newRepository } from 'ROOT/src/name/repository.ts';
import { newLayer } from 'ROOT/src/static/layer.ts';
import { fileUploadState } from 'ROOT/src/remote/upload/file-upload-state.ts';
import { writeLayer } from 'ROOT/src/remote/write-layer.ts';
import { eventually } from '../../support/tools/open-handles.js';
import { noise } from 'ROOT/test/support/tools/noise.ts';
const [, , repository, directory, chunkSize] = process.argv;
await writeLayer(newRepository(repository), newLayer(noise(4_000_000), 'application/vnd.oci.image.layer.v1.tar'), {
  uploadState: fileUploadState(directory),
  chunkSize: chunkSize === undefined ? undefined : Number(chunkSize),
});
console.log('pushed');
`;

describe('an upload that is remembered', () => {
  it.each([
    ['in one request', []],
    ['in chunks', ['500000']],
  ])(
    'U5: is resumed by a later process after a kill, if sent %s',
    async (_title, chunks) => {
      const registry = await closing(startRegistry());
      const port = Number(registry.host.split(':')[1]);
      const proxy = await closing(stallingProxy({ port }, 'up', 2_600_000));
      const push = () =>
        startProgram(dir.path(), PUSH, [`${proxy.host}/app`, dir.path('uploads'), ...chunks]);
      const killed = push();
      const ended = outcomeOf(killed);
      await proxy.stalled;
      killed.kill('SIGKILL');
      await ended;
      expect((await stateFiles()).some((name) => name.endsWith('.json'))).toBe(true);

      proxy.letGo();
      const before = proxy.bytes.up;
      expect(await outcomeOf(push())).toEqual({ code: 0, stdout: 'pushed\n', stderr: '' });
      expect(proxy.bytes.up - before).toBeLessThan(2_100_000);
      expect(await stateFiles()).toEqual([]);
      const bytes = noise(4_000_000);
      const stored = await openLayer(repositoryAt(registry.host).digest(sha256Bytes(bytes)));
      expect((await readAll(await stored.compressed())).equals(bytes)).toBe(true);
    },
    60_000,
  );

  it('U5: continues at the offset of the registry, and is then forgotten', async () => {
    const resumes = messagesOn(diagnosticsChannels.resume);
    const registry = await interrupted(100_000);
    await writeLayer(repositoryAt(registry.host), blob, options());
    expect(registry.log).toEqual(['HEAD /D', `GET ${left}`, `PATCH ${left}`, `PUT ${left}&digest=D`]);
    expect(registry.received()).toBe(200_000);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
    expect(resumes).toMatchObject([{ direction: 'upload', digest, offset: 100_000 }]);
    expect(await stateFiles()).toEqual([]);
  });

  it('U8: ends at once if only the last request was missing', async () => {
    const registry = await interrupted(300_000);
    await writeLayer(repositoryAt(registry.host), blob, options());
    expect(registry.log).toEqual(['HEAD /D', `GET ${left}`, `PUT ${left}&digest=D`]);
    expect(registry.received()).toBe(0);
  });

  it.each([
    ['lost', status(404, 'BLOB_UPLOAD_UNKNOWN')],
    ['refused', status(403, 'DENIED')],
  ])('U14: starts again if the registry has %s it', async (_title, fault) => {
    const registry = await interrupted(100_000, { GET: [fault] });
    await writeLayer(repositoryAt(registry.host), blob, options());
    expect(registry.log[1]).toBe(`GET ${left}`);
    expect(registry.log[2]).toBe('POST /uploads/');
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
    expect(await stateFiles()).toEqual([]);
  });

  it('U14: starts again if another client still writes to it', async () => {
    const registry = await interrupted(100_000, { PATCH: [status(409, 'BLOB_UPLOAD_INVALID')] });
    await writeLayer(repositoryAt(registry.host), blob, options());
    expect(registry.log.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('U14: starts again if the registry holds other content', async () => {
    const registry = await interrupted(100_000);
    registry.held = Buffer.alloc(150_000);
    await writeLayer(repositoryAt(registry.host), blob, options());
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['incomplete JSON', '{'],
    ['too few members', '{"url":"x"}'],
    ['null', 'null'],
    ['too many bytes', 'x'.repeat(100_000)],
  ])('ignores a file that holds %s', async (_title, text) => {
    const registry = await interrupted(100_000);
    const [name = ''] = (await stateFiles()).filter((file) => file.endsWith('.json'));
    await writeFile(dir.path('uploads', name), text);
    await writeLayer(repositoryAt(registry.host), blob, options());
    expect(registry.log.slice(0, 2)).toEqual(['HEAD /D', 'POST /uploads/']);
  });

  it('sends no credentials to the URL in a file', async () => {
    const elsewhere: unknown[] = [];
    const other = await servers.http((request, response) => {
      elsewhere.push(request.headers.authorization);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="elsewhere"' }).end();
    });
    const auth = basic({ username: 'user', password: 'canary' });
    const registry = await interrupted(100_000);
    const [name = ''] = (await stateFiles()).filter((file) => file.endsWith('.json'));
    const saved = JSON.parse(await readFile(dir.path('uploads', name), 'utf8')) as object;
    await writeFile(dir.path('uploads', name), JSON.stringify({ ...saved, url: `${other.origin}/x` }));
    await writeLayer(repositoryAt(registry.host), blob, options({ auth }));
    expect(elsewhere.length).toBeGreaterThan(0);
    expect(elsewhere.filter((header) => header !== undefined)).toEqual([]);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('has a file that only the user can read, and that holds only the location', async () => {
    const registry = await interrupted(100_000);
    const [name = ''] = (await stateFiles()).filter((file) => file.endsWith('.json'));
    const file = dir.path('uploads', name);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      registry: registry.host,
      repository: 'app',
      digest,
      url: `http://${registry.host}/v2/app/blobs/uploads/0?_state=x%2B1`,
      minChunk: 0,
    });
  });

  it('U12: is forgotten and cancelled if the layer does not match its digest', async () => {
    const registry = await startFaultyRegistry(servers, {});
    const wrong = compressedToLayer({
      digest: async () => digest,
      size: async () => content.length,
      mediaType: async () => ociLayer,
      compressed: async () => Readable.from([Buffer.alloc(content.length)], { objectMode: false }),
    });
    await expect(writeLayer(repositoryAt(registry.host), wrong, options())).rejects.toThrow(
      DigestMismatchError,
    );
    expect(await stateFiles()).toEqual([]);
    expect(await eventually(() => registry.held === undefined)).toBe(true);
  });

  it('U18: is kept at the registry if it is aborted', async () => {
    const controller = new AbortController();
    const registry = await startFaultyRegistry(servers, {
      PATCH: [
        async (at, request) => {
          await cutAfter(100_000)(at, request, undefined as never);
          controller.abort(new Error('enough'));
          return true;
        },
      ],
    });
    const cancelled = writeLayer(repositoryAt(registry.host), blob, options({ signal: controller.signal }));
    await expect(cancelled).rejects.toThrow('enough');
    // What it holds is given back in the background.
    expect(await eventually(() => readdirSync(dir.path('uploads')).length === 1)).toBe(true);
    await writeLayer(repositoryAt(registry.host), blob, options());
    expect(registry.log.filter((line) => /DELETE|POST/.test(line))).toEqual(['POST /uploads/']);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('U16: is sent in full while another process works on it', async () => {
    const registry = await interrupted(100_000);
    const store = fileUploadState(dir.path('uploads'));
    const claimed = await store.claim({ registry: registry.host, repository: 'app', digest });
    expect(claimed?.location).toBeDefined();
    expect(await store.claim({ registry: registry.host, repository: 'app', digest })).toBeUndefined();
    await writeLayer(repositoryAt(registry.host), blob, options());
    expect(registry.log.slice(0, 2)).toEqual(['HEAD /D', 'POST /uploads/']);
    await claimed?.release();
    expect((await stateFiles()).map((name) => path.extname(name))).toEqual(['.json']);
  });

  it('is forgotten after a week', async () => {
    await interrupted(100_000);
    const [name = ''] = await stateFiles();
    const old = new Date(Date.now() - 8 * 24 * 3_600_000);
    await utimes(dir.path('uploads', name), old, old);
    const store = fileUploadState(dir.path('uploads'));
    await (await store.claim({ registry: 'r.example', repository: 'app', digest }))?.release();
    expect(await stateFiles()).toEqual([]);
  });

  it('fails before it begins if its directory cannot be created', async () => {
    const registry = await startFaultyRegistry(servers, {});
    await writeFile(dir.path('file'), '');
    const uploadState = fileUploadState(dir.path('file/uploads'));
    await expect(writeLayer(repositoryAt(registry.host), blob, options({ uploadState }))).rejects.toThrow(
      FileSystemError,
    );
    expect(registry.log).toEqual(['HEAD /D']);
  });
});
