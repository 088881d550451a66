import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { loadHosts } from '../../../src/transport/hosts/load-hosts.js';
import { certificates } from '../../support/servers/certificates.js';
import { useServers } from '../../support/servers/http-server.js';
import { openSession, read } from '../../support/servers/session.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();

async function put(name: string, content: string): Promise<void> {
  await mkdir(path.dirname(temp.path(name)), { recursive: true });
  await writeFile(temp.path(name), content);
}
const load = async () => loadHosts({ env: {}, homeDir: temp.path('home'), etcDir: temp.path('etc') });

describe('certs.d', () => {
  it('has an authority and a client certificate for a host', async () => {
    const { ca, server, client } = await certificates();
    const { host } = await servers.http(
      ({ url, socket }, response) => {
        const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : 'nobody';
        response.end(url === '/v2/' ? '{}' : name);
      },
      { tls: { ...server, ca } },
    );
    await put(`etc/docker/certs.d/${host}/ca.crt`, ca);
    await put(`etc/docker/certs.d/${host}/client.cert`, client.cert);
    await put(`etc/docker/certs.d/${host}/client.key`, client.key);
    const { body } = await openSession(host, await load()).request(read());
    expect(await text(body)).toBe('client');
    await expect(openSession(host).request(read())).rejects.toMatchObject({ code: 'TRANSPORT' });
  });

  it('of the user replaces that of the machine for a host', async () => {
    const { ca, client } = await certificates();
    await put('etc/docker/certs.d/a.example/ca.crt', ca);
    await put('etc/containers/certs.d/a.example/client.cert', client.cert);
    await put('etc/containers/certs.d/a.example/client.key', client.key);
    await put('etc/containers/certs.d/b.example/ca.crt', ca);
    await put('home/.config/containers/certs.d/b.example/one.crt', ca);
    await put('home/.config/containers/certs.d/b.example/two.crt', ca);
    await put('home/.docker/certs.d/c.example:5000/ca.crt', ca);
    const { registries, skipped } = await load();
    expect(skipped).toEqual([]);
    expect(registries).toEqual({
      'a.example': client,
      'b.example': { ca: [ca, ca] },
      'c.example:5000': { ca: [ca] },
    });
  });

  it('that is broken for one host is used for the others', async () => {
    const { ca, client } = await certificates();
    await put('etc/docker/certs.d/good.example/ca.crt', ca);
    await put('etc/docker/certs.d/bad.example/ca.crt', 'rubbish');
    await put('etc/docker/certs.d/no host/ca.crt', ca);
    await put('etc/docker/certs.d/lonely.example/client.cert', client.cert);
    await put('etc/docker/certs.d/README', 'not a directory');
    await put('etc/docker/certs.d/private.example/ca.crt', ca);
    await chmod(temp.path('etc/docker/certs.d/private.example/ca.crt'), 0);
    const { registries, skipped } = await load();
    const names = skipped.map((file) => path.basename(file.path));
    expect(registries['good.example']).toEqual({ ca: [ca] });
    // Root can read every file.
    if (process.getuid?.() === 0) names.push('private.example');
    else expect(registries).not.toHaveProperty(['private.example']);
    expect(names.sort()).toEqual(['bad.example', 'no host', 'private.example']);
    for (const { error } of skipped) expect(error.message).not.toContain('rubbish');
  });
});
