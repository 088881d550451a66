import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { registry, testing } from '../../src/index.js';
import { dockerLayer, ociLayerZstd } from '../../src/v1/types.js';
import { useClosing } from '../support/tools/closing.js';
import { gantry } from '../support/programs/gantry.js';
import { noise } from '../support/tools/noise.js';
import { sha256Of } from '../support/tools/read-all.js';
import { tarOf } from '../support/archives/tar-of.js';
import { zstdOf } from '../support/archives/zstd-of.js';

const closing = useClosing();

const tar = tarOf(['noise', noise(6_000_000).toString('latin1')]);

/** A stream like standard input from a pipe: it comes in chunks and can be read once. */
const piped = (bytes: Buffer): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
    })(),
    { objectMode: false },
  );

/** A registry that requires tokens. Its first uploads follow the steps of `script`. */
async function startRegistry(script: (tokens: testing.TokenServer) => readonly testing.Step[]) {
  const tokens = await closing(testing.tokenServer());
  const stored = registry.new({ auth: { token: tokens.auth } });
  return closing(testing.scriptedRegistry(script(tokens), { behind: stored }));
}

/** Lets the token expire after part of the body was read. */
const expired = (tokens: testing.TokenServer): testing.Step => ({
  on: 'PATCH',
  response: async (_request, { received }) => {
    await received(1_000_000);
    tokens.expireAll();
    return testing.challengeResponse({ realm: tokens.realm, service: tokens.auth.service });
  },
});
const cut: testing.Step = {
  on: /^P(ATCH|UT) .*uploads/,
  response: { readRequest: 1_000_000, hangUp: 'reset' },
};

describe('gantry append -f -', () => {
  it.each([
    { input: 'a plain tar', bytes: tar, type: dockerLayer },
    { input: 'gzip', bytes: gzipSync(tar, { level: 1 }), type: dockerLayer },
    { input: 'zstd', bytes: zstdOf(tar), type: ociLayerZstd },
  ])(
    'A9: pushes all of $input even if the token expires and the connection breaks during the upload',
    async ({ bytes, type }) => {
      const scripted = await startRegistry((tokens) => [expired(tokens), cut]);
      const pushed = await gantry(['append', '-f', '-', '-t', `${scripted.host}/app:v1`], {
        stdin: piped(bytes),
      });
      expect(pushed).toMatchObject({ code: 0 });
      scripted.expectDone();
      const { code, stdout } = await gantry(['manifest', `${scripted.host}/app:v1`]);
      expect(code).toBe(0);
      const [layer] = (JSON.parse(stdout) as { layers: { digest: string; mediaType: string }[] }).layers;
      expect(layer!.mediaType).toBe(type);
      if (bytes !== tar) expect(layer!.digest).toBe(sha256Of(bytes));
      const config = JSON.parse((await gantry(['config', `${scripted.host}/app:v1`])).stdout) as {
        readonly rootfs: { readonly diff_ids: readonly string[] };
      };
      expect(config.rootfs.diff_ids).toEqual([sha256Of(tar)]);
      expect((await gantry(['validate', '--remote', `${scripted.host}/app:v1`])).code).toBe(0);
    },
  );
});
