/**
 * A backtracking matcher of regular expressions that counts its steps, as the matcher of V8 would take them. It knows
 * the syntax that this project uses, and refuses the rest.
 */
export interface Expression {
  /** Steps that it takes to find all matches in the text; Infinity for more than a hundred thousand. */
  steps(text: string): number;
  /** Beginnings of texts, each with a piece that the expression takes any number of times after it. */
  readonly loops: readonly { readonly before: string; readonly piece: string }[];
}

type Node =
  | { readonly kind: 'one'; readonly test: (char: string) => boolean; readonly samples: readonly string[] }
  | { readonly kind: 'edge'; readonly holds: (text: string, at: number) => boolean }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly choices: readonly Node[] }
  | { readonly kind: 'look'; readonly node: Node; readonly behind: boolean; readonly negative: boolean }
  | {
      readonly kind: 'loop';
      readonly node: Node;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    };

const ALPHABET = [
  ...Array.from(' \t\r\n\0a0fZ/%-"\\=+,:.@!<>{}[]()?*_~;#\'é\x85'),
  '\u2028',
  '\ud800',
  '\udc80',
];

export function parseExpression(source: string, flags: string): Expression {
  const root = new Parser(source, flags).parse();
  const loops: { before: string; piece: string }[] = [];
  collect(root, '', loops);
  return { loops, steps: (text) => countSteps(root, text, flags.includes('y')) };
}

const MAX_STEPS = 100_000;

function countSteps(root: Node, text: string, sticky: boolean): number {
  let steps = 0;
  const run = (node: Node, at: number, next: (at: number) => boolean): boolean => {
    steps += 1;
    if (steps > MAX_STEPS) return true;
    switch (node.kind) {
      case 'one':
        return at < text.length && node.test(text[at] ?? '') && next(at + 1);
      case 'edge':
        return node.holds(text, at) && next(at);
      case 'any':
        return node.choices.some((choice) => run(choice, at, next));
      case 'all': {
        const from = (part: number, place: number): boolean => {
          const child = node.parts[part];
          return child === undefined ? next(place) : run(child, place, (end) => from(part + 1, end));
        };
        return from(0, at);
      }
      case 'look': {
        // Nothing here looks back further than one character.
        const found = node.behind
          ? [at, at - 1].some((start) => start >= 0 && run(node.node, start, (end) => end === at))
          : run(node.node, at, () => true);
        return found !== node.negative && next(at);
      }
      case 'loop': {
        const again = (count: number, place: number): boolean => {
          const more = (): boolean =>
            count < node.max && run(node.node, place, (end) => end > place && again(count + 1, end));
          const enough = (): boolean => count >= node.min && next(place);
          return node.lazy ? enough() || more() : more() || enough();
        };
        return again(0, at);
      }
    }
  };
  for (let start = 0; start <= text.length;) {
    let end = -1;
    run(root, start, (at) => {
      end = at;
      return true;
    });
    if (sticky) break;
    start = Math.max(end, start + 1);
  }
  return steps > MAX_STEPS ? Infinity : steps;
}

/** Collects the loops of a node, and gives the shortest text that it matches. */
function collect(node: Node, before: string, loops: { before: string; piece: string }[]): string {
  switch (node.kind) {
    case 'one':
      return node.samples[0] ?? '';
    case 'edge':
    case 'look':
      return '';
    case 'any':
      return node.choices.map((choice) => collect(choice, before, loops))[0] ?? '';
    case 'all':
      return node.parts.reduce((text, part) => text + collect(part, before + text, loops), '');
    case 'loop': {
      const sample = collect(node.node, before, loops);
      const pieces = node.node.kind === 'one' ? node.node.samples : [sample];
      if (node.max === Infinity) {
        loops.push(...pieces.map((piece) => ({ before, piece })));
        // What stands before the loop may come again inside it.
        loops.push(...pieces.slice(0, 1).map((piece) => ({ before: '', piece: before + piece })));
      }
      return sample.repeat(node.min);
    }
  }
}

class Parser {
  #at = 0;
  readonly #source: string;
  readonly #flags: string;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags.replaceAll(/[gyd]/g, '');
  }

  parse(): Node {
    const node = this.#choices();
    if (this.#at < this.#source.length) throw new Error(`unknown syntax in ${this.#source}`);
    return node;
  }

  #choices(): Node {
    const choices = [this.#sequence()];
    while (this.#take(/\|/y)) choices.push(this.#sequence());
    return { kind: 'any', choices };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at] ?? '')) {
      parts.push(this.#quantified(this.#atom()));
    }
    return { kind: 'all', parts };
  }

  #quantified(node: Node): Node {
    const found = this.#take(/(?:([*+?])|\{(\d+)(,)?(\d+)?\})(\?)?/y);
    if (found === undefined) return node;
    const [, sign, low = '', comma, high, lazy] = found;
    const min = sign === undefined ? Number(low) : sign === '+' ? 1 : 0;
    const open = sign === '?' ? 1 : Infinity;
    const closed = high === undefined ? (comma === undefined ? min : Infinity) : Number(high);
    return { kind: 'loop', node, min, max: sign === undefined ? closed : open, lazy: lazy !== undefined };
  }

  #atom(): Node {
    const look = this.#take(/\(\?(<?)([=!])/y);
    if (look !== undefined) {
      return { kind: 'look', behind: look[1] === '<', negative: look[2] === '!', node: this.#closed() };
    }
    if (this.#take(/\((?:\?:|\?<\w+>)?/y)) return this.#closed();
    if (this.#take(/\^/y)) return { kind: 'edge', holds: (_, at) => at === 0 };
    if (this.#take(/\$/y)) return { kind: 'edge', holds: (text, at) => at === text.length };
    if (this.#take(/\\b/y)) {
      const isWord = (char = ''): boolean => /\w/.test(char);
      return { kind: 'edge', holds: (text, at) => isWord(text[at - 1]) !== isWord(text[at]) };
    }
    const one = this.#take(
      /\[(?:[^\]\\]|\\.)*\]|\\(?:p\{[^}]*\}|u[\da-f]{4}|x[\da-f]{2}|[^1-9])|[^\\()[\]*+?{}|^$]|[{}\]]/isy,
    );
    if (one === undefined) throw new Error(`unknown syntax in ${this.#source} at ${this.#at}`);
    const expression = new RegExp(`^${one[0]}$`, this.#flags);
    const known = new Map<string, boolean>();
    const test = (char: string): boolean => {
      const result = known.get(char) ?? expression.test(char);
      known.set(char, result);
      return result;
    };
    const literal = one[0].replace(/^\\(?=[^a-z])/i, '');
    const samples = [...(literal.length === 1 ? [literal] : []), ...ALPHABET].filter(test);
    return { kind: 'one', test, samples };
  }

  #closed(): Node {
    const node = this.#choices();
    if (this.#take(/\)/y) === undefined) throw new Error(`unknown syntax in ${this.#source}`);
    return node;
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#source) ?? undefined;
    this.#at += found?.[0].length ?? 0;
    return found;
  }
}
