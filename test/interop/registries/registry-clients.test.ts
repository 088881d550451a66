import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newDiskStore } from '../../../src/registry/store/disk/disk-store.js';
import { tls } from '../../../src/registry/tls.js';
import { sendRequest } from '../../support/servers/send-request.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

describe.each(['in memory', 'on disk'])('the embedded registry %s', (where) => {
  let registry: StartedRegistry;
  let layer: string;
  const named = (reference: string): string => `${registry.host}/${reference}`;
  beforeEach(async () => {
    registry = await startRegistry(where === 'on disk' ? newDiskStore(temp.path('store')) : {});
    layer = temp.path('layer.tar');
    await writeFile(
      layer,
      tarOf(['data', randomBytes(100_000).toString('hex')], ['etc/name', randomBytes(8).toString('hex')]),
    );
  });
  afterEach(async () => {
    await registry.close();
  });

  describeWithPeers('with crane', ['crane'], ({ crane }) => {
    it('is pushed to, listed, validated and pulled from', async () => {
      await crane.run(['append', '-f', layer, '-t', named('app:v1')]);
      expect(await crane.run(['ls', named('app')])).toBe('v1\n');
      expect(await crane.run(['catalog', registry.host])).toBe('app\n');
      expect(await crane.run(['validate', '--remote', named('app:v1')])).toContain('PASS');
      await crane.run(['pull', named('app:v1'), temp.path('app.tar')]);
      await crane.run(['push', temp.path('app.tar'), named('pushed:v2')]);
      expect(await crane.run(['digest', named('pushed:v2')])).toMatch(/^sha256:/);
    });

    it('mounts blobs that are copied within the registry', async () => {
      await crane.run(['append', '-f', layer, '-t', named('app:v1')]);
      await crane.run(['copy', named('app:v1'), named('copies/app:v1')]);
      expect(await crane.run(['digest', named('copies/app:v1')])).toBe(
        await crane.run(['digest', named('app:v1')]),
      );
      const uploads = registry.requests.filter(
        ({ method, url }) => method === 'PUT' && url.includes('/copies/app/blobs/'),
      );
      expect(uploads).toEqual([]);
    });

    it('deletes an image by its digest', async () => {
      await crane.run(['append', '-f', layer, '-t', named('app:v1')]);
      const digest = (await crane.run(['digest', named('app:v1')])).trim();
      await crane.run(['delete', named(`app@${digest}`)]);
      expect(await crane.run(['ls', named('app')])).toBe('');
      await expect(crane.run(['digest', named('app:v1')])).rejects.toThrow(/MANIFEST_UNKNOWN|404/);
    });

    it('lists more tags than fit in a page', async () => {
      await crane.run(['append', '-f', layer, '-t', named('app:0')]);
      const manifest = await sendRequest(registry.url, '/v2/app/manifests/0');
      const { 'content-type': type, 'docker-content-digest': digest } = manifest.headers;
      const headers = { 'Content-Type': String(type) };
      const tags = Array.from({ length: 1200 }, (_, i) => String(i));
      for (let i = 0; i < tags.length; i += 200) {
        const query = tags.slice(i, i + 200).join('&tag=');
        const path = `/v2/app/manifests/${String(digest)}?tag=${query}`;
        await sendRequest(registry.url, path, { method: 'PUT', headers, body: manifest.body });
      }
      const listed = (await crane.run(['ls', named('app')])).trim().split('\n');
      expect(listed).toEqual([...tags].sort());
    });

    it('logs in with a password', async () => {
      const users = { user: 'password' };
      const guarded = await startRegistry({ auth: { basic: { users, realm: 'test' } } });
      try {
        const env = { ...process.env, DOCKER_CONFIG: temp.path('config') };
        const push = ['append', '-f', layer, '-t', `${guarded.host}/app:v1`];
        await expect(crane.run(push, { env })).rejects.toThrow(/UNAUTHORIZED|401/);
        await crane.run(['auth', 'login', guarded.host, '-u', 'user', '-p', 'password'], { env });
        await crane.run(push, { env });
        expect(await crane.run(['ls', `${guarded.host}/app`], { env })).toBe('v1\n');
      } finally {
        await guarded.close();
      }
    });

    it('is trusted by its certificate', async () => {
      const server = await tls('registry.example.com');
      try {
        await writeFile(temp.path('ca.pem'), server.ca);
        const env = { ...process.env, SSL_CERT_FILE: temp.path('ca.pem') };
        await crane.run(['append', '-f', layer, '-t', `${server.host}/app:v1`], { env });
        expect(await crane.run(['ls', `${server.host}/app`], { env })).toBe('v1\n');
        expect(await crane.run(['catalog', server.host], { env })).toBe('app\n');
      } finally {
        await server.close();
      }
    });
  });

  describeWithPeers('with crane and skopeo', ['crane', 'skopeo'], ({ crane, skopeo }) => {
    it('is copied to and from', async () => {
      await crane.run(['append', '-f', layer, '-t', named('app:v1')]);
      const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
      const [from, to] = [`docker://${named('app:v1')}`, `docker://${named('copied/app:v1')}`];
      await skopeo.run(['copy', '--preserve-digests', ...insecure, from, to]);
      expect(await crane.run(['digest', named('copied/app:v1')])).toBe(
        await crane.run(['digest', named('app:v1')]),
      );
      await skopeo.run(['copy', '--src-tls-verify=false', to, `dir:${temp.path('dir')}`]);
      await skopeo.run(['delete', '--tls-verify=false', to]);
      await expect(crane.run(['digest', named('copied/app:v1')])).rejects.toThrow(/404|MANIFEST_UNKNOWN/);
    });
  });

  describeWithPeers('with oras', ['oras'], ({ oras }) => {
    it('stores artifacts and finds their referrers', async () => {
      await writeFile(temp.path('note.txt'), 'a note');
      const options = { cwd: temp.path() };
      await oras.run(['push', '--plain-http', named('art:v1'), 'note.txt:text/plain'], options);
      const attach = ['attach', '--plain-http', '--artifact-type', 'application/vnd.example.note'];
      await oras.run(
        [...attach, '--annotation', 'org.example.kind=note', named('art:v1'), 'note.txt'],
        options,
      );
      const found = await oras.run(['discover', '--plain-http', '--format', 'json', named('art:v1')]);
      expect(JSON.parse(found)).toMatchObject({
        referrers: [
          { artifactType: 'application/vnd.example.note', annotations: { 'org.example.kind': 'note' } },
        ],
      });
      // The tag schema is used only for registries without the API.
      expect(await oras.run(['repo', 'tags', '--plain-http', named('art')])).toBe('v1\n');
      await oras.run(['pull', '--plain-http', '-o', temp.path('out'), named('art:v1')]);
    });
  });
});
