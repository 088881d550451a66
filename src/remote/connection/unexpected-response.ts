import { TransportError } from '../../errors/service/transport.js';
import { readText } from '../../transport/wire/content-encoding.js';
import { discard } from '../../transport/wire/read-capped.js';
import { redactUrl } from '../../transport/wire/redact.js';
import type { SessionResponse } from '../../transport/session/session.js';

/** An answer that no registry gives: a login page, a proxy's greeting, something cut off. */
export function unexpectedResponse(
  operation: string,
  reason: string,
  sample: Uint8Array | string = '',
): TransportError {
  const shown = printable(sample);
  return new TransportError(`${operation}: ${reason}${shown === '' ? '' : `: "${shown}"`}`, {
    status: 200,
    hint: 'check that the name is right and that no login page or proxy answers in place of the registry',
  });
}

/** Whether bytes begin like a web page; registries only speak JSON. */
export function looksLikeHtml(contentType: string | undefined, bytes: Uint8Array): boolean {
  return isLabelledHtml({ 'content-type': contentType }) || beginsLikeHtml(bytes);
}

const beginsLikeHtml = (bytes: Uint8Array): boolean =>
  /^\s*</.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));

/**
 * Lets go of the body of a response that says that something was done. A login page or a captive portal says 200 to
 * everything, and has done nothing.
 *
 * The label is not enough: some registries put `text/html` on responses without a body.
 *
 * @throws {@link TransportError} for a web page.
 */
export async function refuseWebPage(method: string, response: SessionResponse): Promise<void> {
  if (!isLabelledHtml(response.headers)) {
    discard(response.body);
    return;
  }
  const bytes = await readText(response, PAGE_CAP).then(
    (read) => read.bytes,
    () => Buffer.alloc(0),
  );
  if (!beginsLikeHtml(bytes)) return;
  throw unexpectedResponse(`${method} ${redactUrl(response.url)}`, 'a web page instead of a registry', bytes);
}

/** Whether headers say of themselves that a web page follows, as a response to HEAD may be judged by nothing else. */
export function isLabelledHtml(headers: SessionResponse['headers']): boolean {
  return headers['content-type']?.trim().toLowerCase().startsWith('text/html') === true;
}

const PAGE_CAP = 4096;

/** The first characters, without anything that could steer a terminal. */
function printable(sample: Uint8Array | string): string {
  const text = typeof sample === 'string' ? sample : Buffer.from(sample.subarray(0, 512)).toString('latin1');
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
}
