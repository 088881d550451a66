import type { Resource } from './http/exchange.js';
import { page } from './store/page.js';
import { ProtocolError } from './store/protocol-error.js';
import { respondJson } from './http/respond.js';

/** `GET /v2/<name>/tags/list`. */
export const listTags: Resource = async ({ options, query, repository, response }) => {
  const all = await options.manifests.tags(repository);
  if (all === undefined)
    throw new ProtocolError(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  const { items, headers } = page({
    all,
    key: (tag) => tag,
    path: `/v2/${repository}/tags/list`,
    query,
    maxPageSize: options.maxPageSize,
  });
  respondJson(response, 200, { name: repository, tags: items }, headers);
};
