import { connect } from '../../remote/connection/connection.js';
import type { Reusable } from '../../remote/connection/options.js';
import { newPusher } from '../../remote/pusher.js';
import type { ImageLocation } from './location.js';
import { type CraneOptions, referenceOf, remoteOptions } from './options.js';
import { registryReference } from './target.js';

/**
 * A connection for all requests of a verb, so that they share pings, tokens and uploads.
 *
 * @param locations - the locations that the verb reads and writes.
 * @throws TypeError if `auth` has the credentials of one registry, and the locations are in several.
 */
export function sharedConnection(
  locations: readonly (ImageLocation | undefined)[],
  options: CraneOptions,
): Reusable {
  const reuse = options.reuse ?? newPusher(remoteOptions(options));
  const references = locations.flatMap((location) =>
    location === undefined ? [] : (registryReference(location) ?? []),
  );
  connect({ reuse }).reserve(references.map((text) => referenceOf(text, options).context().registry));
  return reuse;
}
