import { Writable } from 'node:stream';

export interface Terminal {
  readonly stream: Writable & { readonly isTTY: true; readonly columns: number; readonly rows: number };
  write(text: string): void;
  /** Changes the width. Like most terminals, it wraps the lines again, and the cursor stays at its text. */
  resize(columns: number): void;
  /** The visible screen, and the lines that have scrolled off its top. */
  lines(): string[];
}

const ESCAPE = '\u001B';

/** A terminal with only the functions that progress bars use: text, newlines, cursor up, and erase to the end. */
export function openTerminal(size: { readonly columns: number; readonly rows: number }): Terminal {
  const { rows } = size;
  let { columns } = size;
  const screen: string[] = [''];
  let at = 0;
  let column = 0;

  const put = (character: string): void => {
    if (column === columns) newline();
    const line = screen[at] ?? '';
    screen[at] = line.slice(0, column) + character + line.slice(column + 1);
    column += 1;
  };
  const newline = (): void => {
    at += 1;
    column = 0;
    if (at === screen.length) screen.push('');
  };
  const write = (text: string): void => {
    for (let index = 0; index < text.length; index += 1) {
      const sequence = text[index] === ESCAPE ? /^.\[(\d*)([A-Z])/.exec(text.slice(index, index + 8)) : null;
      if (sequence === null) {
        if (text[index] === '\n') newline();
        else if (text[index] === '\r') column = 0;
        else put(text[index] ?? '');
        continue;
      }
      const [whole, count, command] = sequence;
      // The cursor cannot leave the screen.
      if (command === 'A') at = Math.max(at - Number(count), screen.length - rows, 0);
      else if (command === 'J') screen.splice(at, screen.length, (screen[at] ?? '').slice(0, column));
      else throw new Error(`the terminal does not know ${JSON.stringify(whole)}`);
      index += whole.length - 1;
    }
  };

  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      write(text);
      done();
    },
  });
  return {
    stream: Object.defineProperties(stream, {
      isTTY: { value: true },
      columns: { get: () => columns },
      rows: { value: rows },
    }) as Terminal['stream'],
    write,
    resize: (width) => {
      columns = width;
      const wrapped = screen.map((line) => line.match(new RegExp(`.{1,${width}}`, 'g')) ?? ['']);
      at = wrapped.slice(0, at).flat().length;
      screen.splice(0, screen.length, ...wrapped.flat());
    },
    lines: () => screen.filter((line, index) => line !== '' || index < screen.length - 1),
  };
}
