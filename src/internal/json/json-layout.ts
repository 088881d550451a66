/** A text, a mark, or a number or word. Blanks between them mean nothing. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** Removes the blanks between the parts of a JSON document. Everything else keeps its exact text, numbers too. */
export function compactJson(text: string): string {
  return (text.match(TOKEN) ?? []).join('');
}

/** Writes each member of a JSON document on a line of its own. {@link compactJson} takes it back. */
export function indentJson(text: string): string {
  let depth = 0;
  let before = '';
  let result = '';
  for (const token of text.match(TOKEN) ?? []) {
    const opens = token === '{' || token === '[';
    const closes = token === '}' || token === ']';
    if (closes) depth -= 1;
    const isEmpty = closes && (before === '{' || before === '[');
    const isFirst = before === '{' || before === '[';
    if (!isEmpty && (closes || isFirst || before === ',')) result += `\n${'  '.repeat(Math.max(depth, 0))}`;
    result += token === ':' ? ': ' : token;
    if (opens) depth += 1;
    before = token;
  }
  return `${result}\n`;
}
