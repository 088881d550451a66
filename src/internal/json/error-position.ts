/**
 * The position at which a text stops being JSON, counted from 1; undefined if the text is JSON.
 *
 * Messages about files with secrets need it: they must not quote the content, as the engine's own message does.
 */
export function findJsonError(text: string): { line: number; column: number } | undefined {
  const offset = scan(text);
  if (offset === undefined) return undefined;
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

const TOKEN =
  /(?<mark>[{}[\]:,])|(?<string>"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(?<other>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/uy;

const BLANKS = /[ \t\r\n]*/y;

/** What may come next: a value, a value or `]`, a key, a key or `}`, `:`, or the token after a value. */
type Expected = 'value' | 'first element' | 'key' | 'first key' | 'colon' | 'separator';

/** Offset of the first token that the grammar does not allow. */
function scan(text: string): number | undefined {
  const open: string[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    BLANKS.lastIndex = at;
    BLANKS.exec(text);
    const start = BLANKS.lastIndex;
    if (expected === 'separator' && open.length === 0) return start === text.length ? undefined : start;
    TOKEN.lastIndex = start;
    const token = TOKEN.exec(text)?.groups;
    const next: Expected | undefined = token && follow(token, expected, open);
    if (next === undefined) return start;
    expected = next;
    at = TOKEN.lastIndex;
  }
}

function follow(
  token: Readonly<Record<string, string | undefined>>,
  expected: Expected,
  open: string[],
): Expected | undefined {
  const isKey = expected === 'key' || expected === 'first key';
  const isValue = expected === 'value' || expected === 'first element';
  if (token.string !== undefined) return isKey ? 'colon' : isValue ? 'separator' : undefined;
  if (token.other !== undefined) return isValue ? 'separator' : undefined;
  switch (token.mark) {
    case '{':
    case '[':
      if (!isValue) return undefined;
      open.push(token.mark);
      return token.mark === '{' ? 'first key' : 'first element';
    case '}':
      if (expected !== 'first key' && expected !== 'separator') return undefined;
      return open.pop() === '{' ? 'separator' : undefined;
    case ']':
      if (expected !== 'first element' && expected !== 'separator') return undefined;
      return open.pop() === '[' ? 'separator' : undefined;
    case ':':
      return expected === 'colon' ? 'value' : undefined;
    default:
      if (expected !== 'separator') return undefined;
      return open.at(-1) === '{' ? 'key' : 'value';
  }
}
