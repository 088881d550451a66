import { afterEach, describe, expect, it } from '@jest/globals';
import { TransportError } from '../../src/errors/service/transport.js';
import { parseReference } from '../../src/name/parse-reference.js';
import type { Reference } from '../../src/name/reference.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { newRegistry } from '../../src/registry/registry.js';
import { deleteManifest } from '../../src/remote/delete.js';
import { get } from '../../src/remote/get.js';
import { push } from '../../src/remote/push.js';
import type { ScriptedResponse } from '../../src/testing/server/response.js';
import { type ScriptedRegistry, scriptedRegistry } from '../../src/testing/scripted-registry.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { storedImage } from '../support/images/stored-image.js';

const loginPage: ScriptedResponse = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!DOCTYPE html><title>Log in</title>',
};

const open: ScriptedRegistry[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (registry) => registry.close()));
});

/** A registry in front of which a login page takes the requests that match. */
async function behindLogin(on: RegExp, response: ScriptedResponse = loginPage): Promise<ScriptedRegistry> {
  const registry = await scriptedRegistry([{ on, times: Infinity, response: response }], {
    behind: newRegistry(),
  });
  open.push(registry);
  return registry;
}

const options = { clock: hurriedClock };
const tagOf = ({ host }: ScriptedRegistry): Reference => parseReference(`${host}/app:v1`);
const pushed = compressedToImage(storedImage());

describe('a login page that responds with 200 to everything', () => {
  it.each([
    ['every response except to the ping', /^(?!GET \/v2\/$)/],
    ['HEAD', /^HEAD /],
    ['the response to a blob', /^PUT .*\/uploads\//],
    ['the response to a manifest', /^PUT .*\/manifests\//],
  ])('G20: does not count as a push in place of %s', async (name, on) => {
    const registry = await behindLogin(on);
    const pushing = push(tagOf(registry), pushed, options);
    if (name === 'HEAD') {
      await pushing;
      expect((await get(tagOf(registry), options)).digest).toBe(await pushed.digest());
      return;
    }
    await expect(pushing).rejects.toThrow(TransportError);
    await expect(push(tagOf(registry), pushed, options)).rejects.toThrow('Log in');
  });

  it('G20: does not count as the response to a chunk', async () => {
    const registry = await behindLogin(/^PATCH /, { ...loginPage, status: 202 });
    await expect(push(tagOf(registry), pushed, { ...options, chunkSize: 16 })).rejects.toThrow('a web page');
  });

  it('G20: does not count as the deletion of a tag or of a manifest', async () => {
    const registry = await behindLogin(/^DELETE /);
    const tag = tagOf(registry);
    await push(tag, pushed, options);
    await expect(deleteManifest(tag, options)).rejects.toThrow('a web page');
    const digest = tag.context().digest(await pushed.digest());
    await expect(deleteManifest(digest, options)).rejects.toThrow('a web page');
  });

  it('G20: is not suspected in an empty response of type text/html, which Quay sends', async () => {
    const registry = await scriptedRegistry(
      [
        {
          on: /^(?:PUT|PATCH|POST|DELETE) /,
          times: Infinity,
          response: async (_request, { pass }) => {
            const response = await pass();
            return { ...response, headers: { ...response.headers, 'content-type': 'text/html' } };
          },
        },
      ],
      { behind: newRegistry() },
    );
    open.push(registry);
    await push(tagOf(registry), pushed, options);
    await deleteManifest(tagOf(registry), options);
  });
});

describe('HEAD of a blob', () => {
  it('G20: is not trusted if the response is about another blob', async () => {
    const registry = await behindLogin(/^HEAD .*\/blobs\//, {
      status: 200,
      headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
    });
    await push(tagOf(registry), pushed, options);
    const uploads = registry.requests.filter(({ method }) => method === 'POST');
    // Two layers and the config.
    expect(uploads).toHaveLength(3);
  });
});
