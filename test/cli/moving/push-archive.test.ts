import type { ChildProcess } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { newTag } from '../../../src/name/tag.js';
import { newRegistry } from '../../../src/registry/registry.js';
import * as tarball from '../../../src/tarball/index.js';
import { original } from '../../contract/originals.js';
import { outcomeOf } from '../../support/programs/child.js';
import { startGantry } from '../../support/programs/gantry.js';
import { useServers } from '../../support/servers/http-server.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();
let archives: readonly string[];
beforeEach(async () => {
  const tag = newTag('app:v1');
  archives = [temp.path('docker.tar'), temp.path('oci.tar')];
  await tarball.writeToFile(temp.path('docker.tar'), tag, original());
  await tarball.writeOciToFile(temp.path('oci.tar'), tag, original());
});

/** A registry that calls back for each request. The callback gives the status of a refusal, or no response at all. */
async function startRegistry(
  onRequest: (request: IncomingMessage) => number | 'silent' | undefined,
): Promise<string> {
  const inner = newRegistry();
  const { host } = await servers.http((request, response) => {
    const status = onRequest(request);
    if (status === 'silent') return;
    if (status === undefined) {
      inner(request, response);
      return;
    }
    const errors = [{ code: 'DENIED', message: 'no pushing today' }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
  });
  return host;
}

describe('gantry push of an archive', () => {
  it('K3: exits with 130 if it is interrupted, whichever request is running', async () => {
    for (const archive of archives) {
      for (let at = 1, more = true; more; at += 1) {
        const children: ChildProcess[] = [];
        let requests = 0;
        const host = await startRegistry(() => {
          requests += 1;
          if (requests !== at) return undefined;
          children[0]?.kill('SIGINT');
          return 'silent';
        });
        children.push(startGantry(['push', archive, `${host}/app:v1`]));
        const { code, stderr } = await outcomeOf(children[0]!);
        // The last run is not interrupted.
        more = requests >= at;
        expect({ at, code }).toEqual({ at, code: more ? 130 : 0 });
        expect(stderr).not.toMatch(/Unhandled|node:internal/);
        expect(at).toBeLessThan(100);
      }
    }
  }, 300_000);

  it.each([403, 405, 400])(
    'K4: says what the registry says when it refuses the upload with %i',
    async (status) => {
      const host = await startRegistry(({ method = '', url = '' }) =>
        ['PUT', 'PATCH'].includes(method) && url.includes('/blobs/uploads/') ? status : undefined,
      );
      for (const archive of archives) {
        for (let run = 0; run < 3; run += 1) {
          const { code, stderr } = await outcomeOf(startGantry(['push', archive, `${host}/app:v1`]));
          expect(stderr).toMatch(/^Error: .*no pushing today/m);
          expect(stderr).not.toMatch(/Unhandled|node:internal/);
          expect([1, 4, 5]).toContain(code);
        }
      }
    },
  );
});
