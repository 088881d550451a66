/** Indents compact JSON as Go's `MarshalIndent` does. Strings and the order of members do not change. */
export function indentJson(compact: string, indent = '   '): string {
  let depth = 0;
  let out = '';
  const newLine = (): string => `\n${indent.repeat(depth)}`;
  for (let at = 0; at < compact.length; at += 1) {
    const character = compact.charAt(at);
    switch (character) {
      case '"': {
        const end = endOfString(compact, at);
        out += compact.slice(at, end);
        at = end - 1;
        break;
      }
      case '{':
      case '[':
        if (compact.charAt(at + 1) === closing[character]) {
          out += compact.slice(at, at + 2);
          at += 1;
          break;
        }
        depth += 1;
        out += character + newLine();
        break;
      case '}':
      case ']':
        depth -= 1;
        out += newLine() + character;
        break;
      case ',':
        out += character + newLine();
        break;
      case ':':
        out += ': ';
        break;
      default:
        out += character;
    }
  }
  return out;
}

const closing = { '{': '}', '[': ']' } as const;

/** Index after the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}
