import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Session, SessionRequest, SessionResponse } from '../../transport/session/session.js';
import { nextLink } from './link-header.js';
import { failureOf, hasStatus } from '../connection/not-found.js';
import { pageUrl } from '../connection/server-url.js';

/** Statuses with which registries refuse the size of a page: Amazon's sends 405 UNSUPPORTED, others send 400. */
const SIZE_REFUSED = [400, 405, 413, 416, 422];

export interface PagesOptions extends AbortOptions {
  /** Path and query of the first page. */
  readonly first: string;
  /** The first page in smaller sizes, for registries that refuse its size. Each is tried once, in order. */
  readonly smaller?: readonly string[] | undefined;
  readonly scopes: readonly string[];
  readonly accept?: string | undefined;
  /** The name of the list in error messages. */
  readonly subject: string;
  /** Cap on the number of pages; more are an error. */
  readonly maxPages: number;
  /** The list ends after this many pages, even if it has more. */
  readonly pages?: number | undefined;
  /** The limits of a page, if each page is one small document. */
  readonly document?: SessionRequest['document'];
}

/** The response with one page of a list. */
export interface Page extends SessionResponse {
  /** Asks for the same page again, for use after its body broke. */
  again(): Promise<SessionResponse>;
}

/**
 * Asks for one page after the other, following the `Link` header of each response. The caller drains or destroys each
 * body before it asks for the next page.
 *
 * @throws TransportError for a link to a page that was read before, or to another host, and if a later page fails.
 * @throws LimitExceededError after `maxPages` pages.
 */
export async function* pages(session: Session, options: PagesOptions): AsyncGenerator<Page> {
  const { subject, maxPages } = options;
  const wanted = boundedPages(options.pages);
  const seen = new Set<string>();
  let target: string | URL = options.first;
  for (let page = 0; ; page += 1) {
    if (page >= wanted) return;
    if (page >= maxPages) throw new LimitExceededError(`${subject} in pages`, maxPages, 'maxPages');
    const request: SessionRequest = {
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
        ? await requestFirstPage(session, request, options.smaller ?? [])
        : await session.request(request).catch((error: unknown) => {
            throw laterPageError(subject, page, error);
          });
    seen.add(response.url.href);
    const link = nextLink(response.headers.link);
    yield { ...response, again: async () => session.request(request) };
    if (link === undefined) return;
    target = pageUrl(subject, link, response.url);
    if (seen.has(target.href))
      throw new TransportError(`${subject}: the link to the next page leads back to one that was read`);
  }
}

function boundedPages(pages: number | undefined): number {
  if (pages === undefined) return Infinity;
  if (Number.isSafeInteger(pages) && pages >= 1) return pages;
  throw new TypeError(`pages must be an integer of at least 1, not ${pages}`);
}

async function requestFirstPage(
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
      if (!hasStatus(error, ...SIZE_REFUSED)) break;
    }
  }
  throw failure;
}

/** A missing page does not mean that the list is missing: the error for a later page has no status that could say so. */
function laterPageError(subject: string, page: number, error: unknown): unknown {
  const response = failureOf(error);
  // The failure of a token server or a ping is not the failure of the page.
  if (response === undefined || (response.step !== 'request' && response.step !== 'redirect')) return error;
  return new TransportError(
    `${subject}: page ${page + 1} failed, so the list is incomplete: ${response.message}`,
    {
      ...{ method: response.method, url: response.url, temporary: response.temporary, cause: response },
      hint: 'the names before it are right: a smaller or larger page size may reach the rest',
    },
  );
}
