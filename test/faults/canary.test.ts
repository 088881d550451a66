import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { basic, bearer, fromConfig } from '../../src/authn/config/from-config.js';
import type { Authenticator } from '../../src/authn/config/authenticator.js';
import { parseReference } from '../../src/name/parse-reference.js';
import type { Digest } from '../../src/name/reference.js';
import { layer as randomLayer } from '../../src/random/layer.js';
import { newRegistry } from '../../src/registry/registry.js';
import { get } from '../../src/remote/get.js';
import { image } from '../../src/remote/image.js';
import { layer as remoteLayer } from '../../src/remote/layer.js';
import { list } from '../../src/remote/list.js';
import { newPuller } from '../../src/remote/puller.js';
import type { RemoteOptions } from '../../src/remote/connection/options.js';
import { newPusher } from '../../src/remote/pusher.js';
import { writeLayer } from '../../src/remote/write-layer.js';
import { challengeResponse, jsonResponse, redirectResponse } from '../../src/testing/server/responses.js';
import { type RecordingOrigins, recordingOrigins } from '../../src/testing/recording-origins.js';
import { scriptedRegistry } from '../../src/testing/scripted-registry.js';
import { secretForms } from '../../src/testing/secret-forms.js';
import type { Responder } from '../../src/testing/server/step.js';
import { tokenServer } from '../../src/testing/token-server.js';
import { diagnosticsChannels } from '../../src/transport/wire/diagnostics.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { useClosing } from '../support/tools/closing.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { readAll } from '../support/tools/read-all.js';

const CANARY = 'tweety+canary/42';
const closing = useClosing();
const digest = `sha256:${'0'.repeat(64)}`;

/** Requests credentials, as a hostile host would, and then responds with 404. */
const lure: Responder = ({ url, headers }) => {
  if (url.startsWith('/token')) return jsonResponse({ token: 'for-strangers' });
  const realm = `http://${headers.host ?? ''}/token`;
  return headers.authorization === undefined ? challengeResponse({ realm }) : { status: 404 };
};

let strangers: RecordingOrigins;
const reported: string[] = [];
const note = (message: unknown): void =>
  void reported.push(inspect(message, { depth: 12, showHidden: true, getters: true }));

beforeEach(async () => {
  reported.length = 0;
  strangers = await closing(recordingOrigins(6, { response: lure }));
  for (const channel of Object.values(diagnosticsChannels)) subscribe(channel, note);
});
afterEach(() => {
  for (const channel of Object.values(diagnosticsChannels)) unsubscribe(channel, note);
});

/** A registry that sends its clients to six strangers, each by another way. */
async function seducer(auth: Parameters<typeof newRegistry>[0]) {
  const [cdn, mirror, foreign, , store, pager] = strangers.origins;
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
        digest,
        size: 10,
        urls: [`${foreign!.url}/layer`],
      },
    ],
  };
  const guarded: Responder = async ({ method, url, headers }, { pass }) => {
    const authorization = headers.authorization ?? '';
    const refused = await pass();
    if (refused.status === 401 || authorization === '') return refused;
    if (url.includes('/cdn/')) return redirectResponse(`${cdn!.url}/blob?sig=1`);
    if (url.includes('/mirror/')) return redirectResponse(`${mirror!.url}/manifest`, 302);
    if (url.includes('/store/blobs/uploads/'))
      return { status: 202, headers: { location: `${store!.url}/put` } };
    if (url.includes('/tags/list')) {
      return jsonResponse({ tags: ['v1'] }, { headers: { link: `<${pager!.url}/v2/next>; rel="next"` } });
    }
    if (method === 'GET' && url.includes('/manifests/')) {
      return jsonResponse(manifest, { headers: { 'content-type': manifest.mediaType } });
    }
    return refused;
  };
  return closing(
    scriptedRegistry([{ on: /^(GET|HEAD) |cdn|store/, times: Infinity, response: guarded }], {
      behind: newRegistry(auth),
    }),
  );
}

/** Goes every way on which somebody else is met; gives all that failed. */
async function temptations(host: string, options: RemoteOptions): Promise<unknown[]> {
  const reference = (text: string) => parseReference(`${host}/${text}`);
  const failures: unknown[] = [];
  const attempt = async (run: () => Promise<unknown>): Promise<void> => {
    await run().catch((error: unknown) => failures.push(error));
  };
  await attempt(async () =>
    readAll(await (await remoteLayer(reference(`cdn/a@${digest}`) as Digest, options)).compressed()),
  );
  await attempt(async () => get(reference('mirror/a:v1'), options));
  await attempt(async () => {
    const [layer] = await (await image(reference('foreign:v1'), options)).layers();
    return readAll(await layer!.compressed());
  });
  await attempt(async () => writeLayer(reference('store').context(), randomLayer(1000), options));
  await attempt(async () => list(reference('paged').context(), options));
  return failures;
}

async function expectSilence(secrets: readonly string[], objects: readonly unknown[]): Promise<void> {
  for (const object of objects) note(object);
  const forms = secrets.flatMap(secretForms);
  expect(strangers.sightings(secrets)).toEqual([]);
  expect(reported.filter((text) => forms.some((form) => text.includes(form)))).toEqual([]);
  expect(reported.length).toBeGreaterThan(10);
}

describe('a canary credential', () => {
  it.each<[string, Authenticator]>([
    ['A21: by token', basic({ username: 'ann', password: CANARY })],
    ['A21: by identity token', fromConfig({ identityToken: CANARY })],
  ])('%s reaches no other party, and is in nothing that is reported', async (_title, auth) => {
    const tokens = await closing(tokenServer({ users: { ann: CANARY }, refreshTokens: { [CANARY]: 'ann' } }));
    const registry = await seducer({ auth: { token: tokens.auth } });
    const client = newGotClient();
    const options: RemoteOptions = {
      auth,
      client,
      clock: hurriedClock,
      trustedRealms: [tokens.host],
      registries: { [registry.host]: { headers: { 'x-key': `header ${CANARY}` } } },
      onProgress: note,
      onWarning: note,
    };
    const failures = await temptations(registry.host, options);
    expect(failures).toHaveLength(5);
    const reached = strangers.origins.map(({ requests }) => requests.length > 0);
    expect(reached).toEqual([true, true, true, false, true, false]);
    expect(tokens.issued.length).toBeGreaterThan(0);
    // They do see what is theirs.
    expect(strangers.sightings('for-strangers').length).toBeGreaterThan(0);
    const secrets = [CANARY, ...tokens.issued.map(({ token }) => token)];
    await expectSilence(secrets, [...failures, auth, newPuller(options), newPusher(options), client]);
    await client.close();
  });

  it('A21: by user name and password reaches no other party, and is in nothing that is reported', async () => {
    const auth = basic({ username: 'ann', password: CANARY });
    const registry = await seducer({ auth: { basic: { users: { ann: CANARY } } } });
    const options: RemoteOptions = { auth, client: newGotClient(), clock: hurriedClock, onProgress: note };
    const failures = await temptations(registry.host, options);
    expect(failures).toHaveLength(5);
    await expectSilence([CANARY, `ann:${CANARY}`], [...failures, auth]);
  });

  it.each<[string, Authenticator]>([
    ['a password', basic({ username: 'ann', password: CANARY })],
    ['an identity token', fromConfig({ identityToken: CANARY })],
    ['a registry token', bearer({ token: CANARY })],
  ])('A1: as %s is not sent to a token server on another host', async (_title, auth) => {
    const registry = await closing(
      scriptedRegistry(() =>
        challengeResponse({ realm: `${strangers.origins[3]!.url}/token`, service: 'x' }),
      ),
    );
    const options: RemoteOptions = { auth, client: newGotClient(), clock: hurriedClock };
    const failure: unknown = await get(parseReference(`${registry.host}/app:v1`), options).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Error);
    reported.push(...Array<string>(10).fill(''));
    await expectSilence([CANARY], [failure, auth]);
  });
});
