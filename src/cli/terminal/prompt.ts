import type { Readable } from 'node:stream';
import { Interrupted } from './exit-code.js';
import type { Input } from './io.js';
import type { Messages } from './output.js';

/** How a line is typed. */
export interface PromptOptions {
  /** Does not show what is typed, for a password. @default false */
  readonly secret?: boolean;
}

/** Asks a person for lines. Only for a terminal; see {@link canPrompt}. */
export interface Prompter {
  /**
   * Prints a question on stderr and reads one line from stdin, without the end of the line.
   *
   * @returns undefined if the person ends the input with Ctrl-D.
   * @throws Interrupted if the person presses Ctrl-C.
   */
  ask(question: string, options?: PromptOptions): Promise<string | undefined>;
}

/** Cap on the characters of a line. */
const MAX_LINE = 64 * 1024;

/** Whether a person can be asked: stdin and stderr are terminals. */
export function canPrompt({ stdin }: Input, messages: Pick<Messages, 'size'>): boolean {
  return stdin.isTTY === true && messages.size() !== undefined;
}

export function newPrompter({ stdin, signal }: Input, messages: Messages): Prompter {
  /** What was typed, or pasted, after the end of the last line. */
  let typed = '';
  return {
    async ask(question, { secret = false } = {}) {
      // First, because a person may type as soon as the question appears.
      if (secret) stdin.setRawMode?.(true);
      try {
        await messages.raw(question);
        const { line, rest } = await readLine(stdin, typed, { signal, edits: secret });
        typed = rest;
        if (secret) await messages.raw('\n');
        return line;
      } finally {
        // The terminal must show again what is typed, whatever has happened.
        if (secret) stdin.setRawMode?.(false);
        stdin.pause();
      }
    },
  };
}

interface TypedLine {
  readonly line: string | undefined;
  readonly rest: string;
}

interface ReadLineOptions {
  readonly signal: AbortSignal;
  /** The terminal passes every key on, so the keys that edit the line, end the input and interrupt are handled here. */
  readonly edits: boolean;
}

async function readLine(
  stdin: Readable,
  typed: string,
  { signal, edits }: ReadLineOptions,
): Promise<TypedLine> {
  signal.throwIfAborted();
  const decoder = new TextDecoder();
  const editor = newLineEditor(edits);
  const early = editor.type(typed);
  if (early !== undefined) return early;
  return new Promise<TypedLine>((resolve, reject) => {
    const settle = (end: () => void): void => {
      stdin.off('data', onData).off('end', onEnd).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      end();
    };
    const onData = (chunk: Buffer): void => {
      try {
        const typed = editor.type(decoder.decode(chunk, { stream: true }));
        if (typed !== undefined)
          settle(() => {
            resolve(typed);
          });
      } catch (error) {
        settle(() => {
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      }
    };
    const onEnd = (): void => {
      settle(() => {
        resolve({ line: undefined, rest: '' });
      });
    };
    const onError = (error: Error): void => {
      settle(() => {
        reject(error);
      });
    };
    const onAbort = (): void => {
      settle(() => {
        reject(signal.reason as Error);
      });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    stdin.on('data', onData).on('end', onEnd).on('error', onError);
    stdin.resume();
  });
}

/** Collects what is typed, until a line is complete. */
function newLineEditor(edits: boolean): { type(text: string): TypedLine | undefined } {
  let line: string[] = [];
  return {
    type(text) {
      const characters = Array.from(text);
      for (const [at, character] of characters.entries()) {
        const rest = (): string =>
          characters
            .slice(at + 1)
            .join('')
            .replace(/^\n/, character === '\r' ? '' : '\n');
        if (character === '\n' || character === '\r') return { line: line.join(''), rest: rest() };
        if (!edits || (character >= ' ' && character !== DELETE)) line.push(character);
        else if (character === CTRL_C) throw new Interrupted('SIGINT');
        else if (character === CTRL_D && line.length === 0) return { line: undefined, rest: rest() };
        else if (character === CTRL_U) line = [];
        else if (character === DELETE || character === '\b') line.pop();
        if (line.length > MAX_LINE) throw new RangeError('the line is too long');
      }
      return undefined;
    },
  };
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const DELETE = '\u007F';
