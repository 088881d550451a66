import type { Resource } from './http/exchange.js';
import { page } from './store/page.js';
import { respondJson } from './http/respond.js';

/** `GET /v2/_catalog`: the names of the repositories. */
export const listRepositories: Resource = async ({ options, query, response }) => {
  const { items, headers } = page({
    all: await options.manifests.repositories(),
    key: (name) => name,
    path: '/v2/_catalog',
    query,
    maxPageSize: options.maxPageSize,
  });
  respondJson(response, 200, { repositories: items }, headers);
};
