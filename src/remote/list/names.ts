import { isContainerError } from '../../errors/base.js';
import { IncompleteListError } from '../../errors/service/incomplete-list.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { destroyOnAbort } from '../../internal/streams/consume.js';
import { documentBody } from '../../transport/wire/content-encoding.js';
import type { Session, SessionResponse } from '../../transport/session/session.js';
import { jsonStrings } from './json-strings.js';
import { orNotFound } from '../connection/not-found.js';
import type { Settings } from '../connection/options.js';
import { type Page, pages, type PagesOptions } from './pages.js';

/** How often a page is asked for if its body breaks. */
const MAX_ATTEMPTS = 5;
/** The largest page that well-known registries allow, in names. */
const MAX_PAGE_SIZE = 1000;
/** The memory of a string besides its characters, in bytes. */
const STRING_OVERHEAD = 24;

/** The options of a call that lists names. */
export interface ListOptions extends AbortOptions {
  /** How many names a request asks for; 0 leaves that to the registry. @default 1000 */
  readonly pageSize?: number | undefined;
  /** The list ends after this many pages, even if it has more. @default all pages */
  readonly pages?: number | undefined;
}

export interface NamesOptions extends Omit<PagesOptions, 'maxPages' | 'accept'> {
  /** The array member of each page that holds the names. */
  readonly member: string;
}

/** Yields the names of a paged list while its responses arrive. */
export async function* names(
  session: Session,
  settings: Settings,
  options: NamesOptions,
): AsyncGenerator<string> {
  const responses = pages(session, { ...options, maxPages: settings.maxPages });
  for (;;) {
    const response = await orNotFound(options.subject, responses.next());
    if (response.done === true) return;
    yield* namesOfPage(response.value, settings, options);
  }
}

/** The names of one page. If its body breaks, the page is asked for again, and names that were yielded are skipped. */
async function* namesOfPage(page: Page, settings: Settings, options: NamesOptions): AsyncGenerator<string> {
  let response: SessionResponse = page;
  let yielded = 0;
  for (let attempt = 1; ; attempt += 1) {
    let position = 0;
    try {
      for await (const name of namesOf(response, settings, options)) {
        position += 1;
        if (position <= yielded) continue;
        yielded = position;
        yield name;
      }
      return;
    } catch (error) {
      const isBroken = error instanceof TransportError && error.temporary;
      if (!isBroken || attempt >= MAX_ATTEMPTS) throw error;
    }
    response = await page.again();
  }
}

/** The names of one response. Its body is destroyed on every path. */
export async function* namesOf(
  response: SessionResponse,
  settings: Settings,
  { member, subject, signal }: Pick<NamesOptions, 'member' | 'subject' | 'signal'>,
): AsyncGenerator<string> {
  const limits = { subject, maxBytes: settings.maxPageBytes, option: 'maxPageBytes' };
  const body = documentBody(response, limits);
  const unbind = destroyOnAbort(body, signal);
  try {
    for await (const found of jsonStrings(body, member, limits)) yield* found;
  } finally {
    unbind();
    body.destroy();
  }
}

/** The path and query of a first page. A page size of 0 leaves the size to the registry. */
export function firstPage(path: string, pageSize: number, last = ''): string {
  const query = new URLSearchParams();
  if (pageSize > 0) query.set('n', String(pageSize));
  if (last !== '') query.set('last', last);
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** The first page, and the same page in sizes that a registry may allow if it refuses this one. */
export function firstPages(path: string, pageSize: number): Pick<PagesOptions, 'first' | 'smaller'> {
  const sizes = pageSize > MAX_PAGE_SIZE ? [MAX_PAGE_SIZE, 0] : pageSize > 0 ? [0] : [];
  return { first: firstPage(path, pageSize), smaller: sizes.map((size) => firstPage(path, size)) };
}

/** An iterable that starts again for each iteration. */
export function iterable<T>(start: () => AsyncIterator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: start };
}

/**
 * Collects all names of a list.
 *
 * @throws LimitExceededError if they take more than `maxListBytes`.
 * @throws IncompleteListError if the list fails after some of its names.
 */
export async function toArray(
  names: AsyncIterable<string>,
  { maxListBytes }: Pick<Settings, 'maxListBytes'>,
): Promise<string[]> {
  const array: string[] = [];
  let bytes = 0;
  try {
    for await (const name of names) {
      bytes += name.length + STRING_OVERHEAD;
      if (bytes > maxListBytes)
        throw new LimitExceededError('the list in bytes', maxListBytes, 'maxListBytes');
      array.push(name);
    }
  } catch (error) {
    // An exceeded limit is thrown as it is, because the caller has to see which option raises it.
    const isIncomplete = isContainerError(error) && !(error instanceof LimitExceededError);
    throw isIncomplete && array.length > 0 ? new IncompleteListError(error, array) : error;
  }
  return array;
}
