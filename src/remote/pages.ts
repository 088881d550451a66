import { LimitExceededError } from '../errors/limit-exceeded.js';
import { TransportError } from '../errors/transport.js';
import type { AbortOptions } from '../internal/abort.js';
import type { Session, SessionRequest, SessionResponse } from '../transport/session.js';
import { nextLink } from './link-header.js';
import { sameHostUrl } from './server-url.js';

export interface PagesOptions extends AbortOptions {
  /** Path and query of the first page. */
  readonly first: string;
  readonly scopes: readonly string[];
  readonly accept?: string | undefined;
  /** What is paged through, for errors. */
  readonly subject: string;
  readonly maxPages: number;
  /** Set if each page is one small document. */
  readonly document?: SessionRequest['document'];
}

/** One answer of a list. */
export interface Page extends SessionResponse {
  /** Asks for the same page once more, should its body break. */
  again(): Promise<SessionResponse>;
}

/**
 * Asks for page after page, as each answer's `Link` header says. The caller takes care of each body
 * before it asks for the next page.
 *
 * @throws {@link TransportError} for a link to a page that was seen already, or to another host.
 * @throws {@link LimitExceededError} after `maxPages`.
 */
export async function* pages(session: Session, options: PagesOptions): AsyncGenerator<Page> {
  const { subject, maxPages } = options;
  const seen = new Set<string>();
  let target: string | URL = options.first;
  for (let page = 0; ; page += 1) {
    if (page >= maxPages) throw new LimitExceededError(`${subject} in pages`, maxPages, 'maxPages');
    const asked: SessionRequest = {
      method: 'GET',
      target,
      scopes: options.scopes,
      ...(options.accept !== undefined && { headers: { accept: options.accept } }),
      expect: [200],
      document: options.document,
      signal: options.signal,
    };
    const response = await session.request(asked);
    seen.add(response.url.href);
    const link = nextLink(response.headers.link);
    yield { ...response, again: async () => session.request(asked) };
    if (link === undefined) return;
    target = sameHostUrl(subject, link, response.url);
    if (seen.has(target.href))
      throw new TransportError(`${subject}: the link to the next page leads back to one that was read`);
  }
}
