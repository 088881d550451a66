import type { Descriptor } from '../v1/descriptor.js';
import { type Resource, requireDigest } from './http/exchange.js';
import { page } from './store/page.js';
import { ProtocolError } from './store/protocol-error.js';
import { respondJson } from './http/respond.js';

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** `GET /v2/<name>/referrers/<digest>`: an index of the manifests whose subject is that digest. The subject itself need not exist. */
export const listReferrers: Resource = async ({ options, query, reference, repository, response }) => {
  if (!options.referrers) throw new ProtocolError(404, 'UNSUPPORTED', 'the list of referrers is disabled');
  const subject = requireDigest(reference);
  const referrers = await options.manifests.referrers(repository, subject);
  // A plus sign that the client did not encode reads as a space, which no media type contains.
  const artifactType = query.get('artifactType')?.replaceAll(' ', '+') ?? null;
  const all =
    artifactType === null ? referrers : referrers.filter((one) => one.artifactType === artifactType);
  const { items, headers } = page<Descriptor>({
    all,
    key: ({ digest }) => digest,
    path: `/v2/${repository}/referrers/${subject}`,
    query,
    maxPageSize: Math.min(
      options.maxPageSize,
      countFitting(all, query.get('last'), options.maxManifestBytes),
    ),
  });
  respondJson(
    response,
    200,
    { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: items },
    {
      ...headers,
      'Content-Type': INDEX_TYPE,
      ...(artifactType === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
    },
  );
};

/** The number of descriptors after `last` that fit into a manifest of the maximum size; at least one. */
function countFitting(all: readonly Descriptor[], last: string | null, maxBytes: number): number {
  let count = 0;
  let room = maxBytes - 256;
  for (const descriptor of all) {
    if (last !== null && descriptor.digest <= last) continue;
    room -= Buffer.byteLength(JSON.stringify(descriptor)) + 1;
    if (room < 0) break;
    count += 1;
  }
  return Math.max(count, 1);
}
