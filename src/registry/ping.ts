import { type Resource } from './http/exchange.js';
import { respondJson } from './http/respond.js';

/** `GET /v2/`: this is a registry, and the credentials are good. */
export const ping: Resource = async ({ response }) => {
  respondJson(response, 200, {});
  return Promise.resolve();
};
