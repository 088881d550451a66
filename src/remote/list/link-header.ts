/**
 * Finds the target of the `rel="next"` link in a `Link` header (RFC 8288), and skips links with other relations.
 *
 * A link without a relation counts as the next page, and a link without angle brackets is read, too: it is worse to miss
 * a page than to ask for a page that does not exist.
 */
export function nextLink(header: string | undefined): string | undefined {
  let rest = header ?? '';
  const open = rest.indexOf('<');
  const isBracketed = open !== -1 && rest.includes('>', open);
  if (rest.trim() !== '' && !isBracketed) return bareLink(rest);
  let unrelated: string | undefined;
  for (;;) {
    const start = rest.indexOf('<');
    const end = rest.indexOf('>', start);
    if (start === -1 || end === -1) return unrelated;
    const target = rest.slice(start + 1, end);
    const { relations, after } = parameters(rest, end + 1);
    if (relations?.includes('next') === true) return target;
    if (relations === undefined) unrelated ??= target;
    rest = rest.slice(after);
  }
}

/** Reads `/path?query; rel=next`, perhaps with one of the brackets, or with quotes. */
function bareLink(text: string): string | undefined {
  const end = text.indexOf(';');
  const target = (end === -1 ? text : text.slice(0, end)).replaceAll(/[<>"']/g, '').trim();
  const { relations } = end === -1 ? { relations: undefined } : parameters(text, end);
  // Without a relation, it is a link only if it looks like a URL.
  const isNext = relations === undefined ? /[/?]/.test(target) : relations.includes('next');
  return isNext ? target : undefined;
}

/** Reads the parameters `; name=value` up to the comma that ends the link. */
function parameters(
  text: string,
  start: number,
): { relations: readonly string[] | undefined; after: number } {
  let relations: readonly string[] | undefined;
  let at = start;
  while (at < text.length && text[at] !== ',') {
    if (text[at] !== ';') {
      at += 1;
      continue;
    }
    const name = tokenAt(text, at + 1);
    at = name.after;
    if (text[at] !== '=') continue;
    const value = valueAt(text, at + 1);
    at = value.after;
    // If there are several `rel` parameters, the first one counts.
    if (name.text.toLowerCase() === 'rel') relations ??= value.text.toLowerCase().split(/\s+/);
  }
  return { relations, after: at };
}

function tokenAt(text: string, start: number): { text: string; after: number } {
  let at = start;
  while (at < text.length && !';,="'.includes(text.charAt(at))) at += 1;
  return { text: text.slice(start, at).trim(), after: at };
}

function valueAt(text: string, start: number): { text: string; after: number } {
  let at = start;
  while (text[at] === ' ') at += 1;
  if (text[at] !== '"') return tokenAt(text, at);
  const end = text.indexOf('"', at + 1);
  if (end === -1) return { text: text.slice(at + 1), after: text.length };
  return { text: text.slice(at + 1, end), after: end + 1 };
}
