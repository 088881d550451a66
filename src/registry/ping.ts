import { type Resource } from './http/exchange.js';
import { respondJson } from './http/respond.js';

/** `GET /v2/`: confirms that this is a registry, and that the credentials are valid. */
export const ping: Resource = async ({ response }) => {
  respondJson(response, 200, {});
};
