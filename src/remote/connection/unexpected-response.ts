import { TransportError } from '../../errors/service/transport.js';
import { readText } from '../../transport/wire/content-encoding.js';
import { discard } from '../../transport/wire/read-capped.js';
import { redactUrl } from '../../transport/wire/redact.js';
import type { SessionResponse } from '../../transport/session/session.js';

/** The most bytes of a web page that are read for an error message. */
const MAX_PAGE_BYTES = 4096;

/** The error for a response that no registry sends: a login page, the greeting of a proxy, or part of a document. */
export function unexpectedResponse(
  operation: string,
  reason: string,
  sample: Uint8Array | string = '',
): TransportError {
  const shown = excerpt(sample);
  return new TransportError(`${operation}: ${reason}${shown === '' ? '' : `: "${shown}"`}`, {
    status: 200,
    hint: 'check that the name is right and that no login page or proxy responds in place of the registry',
  });
}

/** Whether a response is a web page. Registries send only JSON. */
export function looksLikeHtml(contentType: string | undefined, bytes: Uint8Array): boolean {
  return isLabelledHtml({ 'content-type': contentType }) || beginsLikeHtml(bytes);
}

/** Whether the headers announce a web page. They are all there is to judge a response to HEAD by. */
export function isLabelledHtml(headers: SessionResponse['headers']): boolean {
  return headers['content-type']?.trim().toLowerCase().startsWith('text/html') === true;
}

function beginsLikeHtml(bytes: Uint8Array): boolean {
  return /^\s*</.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));
}

/**
 * Discards the body of a response that confirms a change. A login page or a captive portal responds with status 200 to
 * everything, and has changed nothing.
 *
 * The content type is not enough: some registries put `text/html` on responses without a body.
 *
 * @throws TransportError for a web page.
 */
export async function refuseWebPage(method: string, response: SessionResponse): Promise<void> {
  if (!isLabelledHtml(response.headers)) {
    discard(response.body);
    return;
  }
  const bytes = await readText(response, MAX_PAGE_BYTES).then(
    (read) => read.bytes,
    () => Buffer.alloc(0),
  );
  if (!beginsLikeHtml(bytes)) return;
  throw unexpectedResponse(`${method} ${redactUrl(response.url)}`, 'a web page instead of a registry', bytes);
}

/** The first characters, without anything that could control a terminal. */
function excerpt(sample: Uint8Array | string): string {
  const text = typeof sample === 'string' ? sample : Buffer.from(sample.subarray(0, 512)).toString('latin1');
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
}
