/** Query parameters that the registry protocol defines. Any other parameter may be a signature. */
const PUBLIC_PARAMETERS = new Set(['scope', 'service', 'mount', 'from', 'digest', 'n', 'last']);

/** A URL for messages: without user information and fragment, and without the values of unknown query parameters. */
export function redactUrl(url: URL): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  copy.hash = '';
  if (copy.search !== '') {
    for (const name of new Set(copy.searchParams.keys())) {
      if (!PUBLIC_PARAMETERS.has(name)) copy.searchParams.set(name, 'REDACTED');
    }
  }
  return copy.href;
}
