import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Session, SessionRequest, SessionResponse } from '../../transport/session/session.js';
import { nextLink } from './link-header.js';
import { failureOf, hasStatus } from '../connection/not-found.js';
import { pageUrl } from '../connection/server-url.js';

export interface PagesOptions extends AbortOptions {
  /** Path and query of the first page. */
  readonly first: string;
  /** The same page with smaller sizes, for registries that refuse the first one's; each is tried once, in turn. */
  readonly smaller?: readonly string[] | undefined;
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
 * @throws {@link TransportError} for a link to a page that was seen already, or to another host, and for a later page that fails.
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
    const response =
      page === 0
        ? await firstPageOf(session, asked, options.smaller ?? [])
        : await session.request(asked).catch((error: unknown) => {
            throw later(subject, page, error);
          });
    seen.add(response.url.href);
    const link = nextLink(response.headers.link);
    yield { ...response, again: async () => session.request(asked) };
    if (link === undefined) return;
    target = pageUrl(subject, link, response.url);
    if (seen.has(target.href))
      throw new TransportError(`${subject}: the link to the next page leads back to one that was read`);
  }
}

/** Statuses by which registries refuse the size of a page: Amazon's says 405 UNSUPPORTED, others 400. */
const TOO_LARGE = [400, 405, 413, 416, 422];

async function firstPageOf(
  session: Session,
  request: SessionRequest,
  smaller: readonly string[],
): Promise<SessionResponse> {
  let failure: unknown;
  for (const target of [request.target, ...smaller]) {
    try {
      return await session.request({ ...request, target });
    } catch (error) {
      failure ??= error;
      if (!hasStatus(error, ...TOO_LARGE)) break;
    }
  }
  throw failure;
}

/** A later page that is missing does not say that the list is: the error has no status that could be read so. */
function later(subject: string, page: number, error: unknown): unknown {
  const response = failureOf(error);
  // What a token server or a ping said is no failure of the page.
  if (response === undefined || (response.step !== 'request' && response.step !== 'redirect')) return error;
  return new TransportError(
    `${subject}: page ${page + 1} failed, so the list is not complete: ${response.message}`,
    {
      ...{ method: response.method, url: response.url, temporary: response.temporary, cause: response },
      hint: 'what came before is right: a smaller or larger page size may reach the rest',
    },
  );
}
