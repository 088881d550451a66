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

/** What of a list's answers is wanted. */
export interface NamesOptions extends Omit<PagesOptions, 'maxPages' | 'accept'> {
  /** The array member that holds the names. */
  readonly member: string;
}

/** Yields the names of a paged list while its answers arrive. */
export async function* names(
  session: Session,
  settings: Settings,
  options: NamesOptions,
): AsyncGenerator<string> {
  const responses = pages(session, { ...options, maxPages: settings.maxPages });
  for (;;) {
    const response = await orNotFound(options.subject, responses.next());
    if (response.done === true) return;
    yield* wholePage(response.value, settings, options);
  }
}

/** The names of one page. If it breaks off it is asked for again, and what was given already is passed over. */
async function* wholePage(page: Page, settings: Settings, options: NamesOptions): AsyncGenerator<string> {
  let response: SessionResponse = page;
  let given = 0;
  for (let attempt = 1; ; attempt += 1) {
    let seen = 0;
    try {
      for await (const name of namesOf(response, settings, options)) {
        seen += 1;
        if (seen <= given) continue;
        given = seen;
        yield name;
      }
      return;
    } catch (error) {
      const broken = error instanceof TransportError && error.temporary;
      if (!broken || attempt >= MOST_ATTEMPTS) throw error;
    }
    response = await page.again();
  }
}

const MOST_ATTEMPTS = 5;

/** The names of one answer; its body is destroyed on every path. */
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

/** Path and query of a first page; a page size of 0 leaves it to the registry. */
export function firstPage(path: string, pageSize: number, last = ''): string {
  const query = new URLSearchParams();
  if (pageSize > 0) query.set('n', String(pageSize));
  if (last !== '') query.set('last', last);
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** The first page, and the same in sizes that a registry may allow where it refuses this one. */
export function firstPages(path: string, pageSize: number): Pick<PagesOptions, 'first' | 'smaller'> {
  const sizes = pageSize > MOST_NAMES ? [MOST_NAMES, 0] : pageSize > 0 ? [0] : [];
  return { first: firstPage(path, pageSize), smaller: sizes.map((size) => firstPage(path, size)) };
}

/** The most that well-known registries allow. */
const MOST_NAMES = 1000;

/** Options of a call that goes through a list. */
export interface ListOptions extends AbortOptions {
  /** Names to ask for at a time; 0 leaves it to the registry. @default 1000 */
  readonly pageSize?: number | undefined;
}

/** An iterable that starts anew each time. */
export function iterable<T>(start: () => AsyncIterator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: start };
}

/**
 * All names of a list at once.
 *
 * @throws {@link LimitExceededError} if they take more than `maxListBytes`.
 * @throws {@link IncompleteListError} if the list fails after some of them.
 */
export async function toArray(
  names: AsyncIterable<string>,
  { maxListBytes }: Pick<Settings, 'maxListBytes'>,
): Promise<string[]> {
  const array: string[] = [];
  let bytes = 0;
  try {
    for await (const name of names) {
      bytes += name.length + STRING_BYTES;
      if (bytes > maxListBytes)
        throw new LimitExceededError('the list in bytes', maxListBytes, 'maxListBytes');
      array.push(name);
    }
  } catch (error) {
    // Of a limit the caller has to know which one it is.
    const failed = isContainerError(error) && !(error instanceof LimitExceededError);
    throw failed && array.length > 0 ? new IncompleteListError(error, array) : error;
  }
  return array;
}

/** What a string takes beside its characters. */
const STRING_BYTES = 24;
