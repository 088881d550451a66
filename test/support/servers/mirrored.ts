import { text } from 'node:stream/consumers';
import { parseReference } from '../../../src/name/parse-reference.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import type { RegistrySettings } from '../../../src/transport/settings/registry-settings.js';
import type { SessionOptions } from '../../../src/transport/settings/session-options.js';
import { layer } from '../../../src/remote/layer.js';
import { fakeClock } from '../tools/fake-clock.js';

export const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
});
export const blob = Buffer.from('a blob');
/** The content of a registry and its mirrors. */
export const content = { manifests: { 'app:v1': manifest }, blobs: { app: [blob] } };

/** Settings of one host in options that share nothing with other tests. */
export const mirrored = (
  host: string,
  settings: RegistrySettings,
  rest: SessionOptions = {},
): SessionOptions => ({
  client: newGotClient(),
  clock: fakeClock(),
  registries: { [host]: settings },
  ...rest,
});

export const reference = (host: string, identifier = ':v1', repository = 'app') =>
  parseReference(`${host}/${repository}${identifier}`);

/** The text of a blob of `app`, without a manifest that has its size. */
export async function blobText(digest: string, host: string, options: SessionOptions): Promise<string> {
  const found = reference(host, `@${digest}`);
  if (found.kind !== 'digest') throw new Error('want a digest');
  return text(await (await layer(found, options)).compressed());
}
