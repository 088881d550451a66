import { describe, expect, it } from '@jest/globals';
import { get } from '../../src/crane/get.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { useServers } from '../support/servers/http-server.js';

const servers = useServers();
const manifest = JSON.stringify({ schemaVersion: 2, manifests: [] });

describe('the option verifyTagDigest of crane', () => {
  it('refuses a tag whose digest header does not match the bytes', async () => {
    const { host } = await servers.http((request, response) => {
      if (request.url === '/v2/') {
        response.end();
        return;
      }
      response.writeHead(200, {
        'content-type': 'application/vnd.oci.image.index.v1+json',
        'docker-content-digest': `sha256:${'0'.repeat(64)}`,
      });
      response.end(manifest);
    });
    const reference = `${host}/app:v1`;
    expect((await get(reference)).manifest.byteLength).toBe(manifest.length);
    await expect(get(reference, { verifyTagDigest: true })).rejects.toThrow(DigestMismatchError);
  });
});
