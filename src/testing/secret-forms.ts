import { trimEnd } from '../internal/trim-end.js';

/** The forms in which a secret may appear in a request: plain, encoded for a URL, in hexadecimal and in base64. */
export function secretForms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ x: secret }).toString().slice(2),
      bytes.toString('hex'),
      trimEnd(bytes.toString('base64'), '='),
      bytes.toString('base64url'),
    ]),
  ];
}
