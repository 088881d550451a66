/**
 * Collects a flag of `name=value` pairs as crane's flags do: a text with one equals sign is one pair, whatever commas it
 * has; one with more of them, or one that begins with a quote, is a line of comma-separated pairs. Where crane gives up
 * on such a line, because a part of it is no pair or has a stray quote, the value has commas and equals signs of its
 * own, and the text is one pair.
 */
export function nameValues(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...(pairsOf(text) ?? [text])];
}

function pairsOf(text: string): readonly string[] | undefined {
  if (text.split('=').length <= 2 && !text.startsWith('"')) return undefined;
  // Blank lines around the line are not part of it.
  const fields = fieldsOf(text.replace(/^[\r\n]+|[\r\n]+$/g, ''));
  // A comma at the end separates nothing.
  const pairs = fields?.filter((field, at) => field !== '' || at < fields.length - 1);
  const all = pairs?.every((field) => /^[^=]+=/.test(field)) === true;
  return all && pairs.length > 0 ? pairs : undefined;
}

/** The fields of a comma-separated line; undefined if quotes are not where they may be, or there are several lines. */
function fieldsOf(line: string): readonly string[] | undefined {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|$)/gy;
  for (;;) {
    const [, quoted, plain = '', end] = field.exec(line) ?? [];
    if (end === undefined) return undefined;
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '') return fields;
  }
}
