import { UsageError } from '../terminal/exit-code.js';

/**
 * Collects a flag of `name=value` pairs as crane does. A text with one equals sign is one pair, even if it has commas. A text
 * with more equals signs, or one that begins with a quote, is a line of comma-separated pairs. If a part of such a line is
 * not a pair, or has a stray quote, crane fails. Here, the text is then one pair whose value has commas and equals signs.
 */
export function nameValues(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...(pairsOf(text) ?? [text])];
}

function pairsOf(text: string): readonly string[] | undefined {
  if (text.split('=').length <= 2 && !text.startsWith('"')) return undefined;
  // Line breaks before and after the line are ignored.
  const fields = fieldsOf(text.replace(/^[\r\n]+|[\r\n]+$/g, ''));
  // A comma at the end adds no field.
  const pairs = fields?.filter((field, at) => field !== '' || at < fields.length - 1);
  const all = pairs?.every((field) => /^[^=]+=/.test(field)) === true;
  return all && pairs.length > 0 ? pairs : undefined;
}

/** The fields of a comma-separated line; undefined if a quote is misplaced, or the text has several lines. */
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

/**
 * The pairs of a flag as an object. The value may be empty.
 *
 * @throws UsageError for a text that is not `name=value`
 */
export function pairs(flag: string, given: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) throw notPair(flag, text);
      return [name, value];
    }),
  );
}

export function notPair(flag: string, text: string): UsageError {
  return new UsageError(`--${flag} ${JSON.stringify(text)} is not name=value`);
}
