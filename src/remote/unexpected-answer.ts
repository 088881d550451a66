import { TransportError } from '../errors/transport.js';

/** An answer that no registry gives: a login page, a proxy's greeting, something cut off. */
export function unexpectedAnswer(
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
  if (contentType?.trim().toLowerCase().startsWith('text/html') === true) return true;
  return /^\s*</.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));
}

/** The first characters, without anything that could steer a terminal. */
function printable(sample: Uint8Array | string): string {
  const text = typeof sample === 'string' ? sample : Buffer.from(sample.subarray(0, 512)).toString('latin1');
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
}
