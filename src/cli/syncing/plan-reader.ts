import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
} from 'yaml';
import { UsageError } from '../terminal/exit-code.js';

/** A value of a YAML file. */
export type Node = ParsedNode | null;

/** Reads the values of a YAML file. Each error names the file, the line and the column. */
export class PlanReader {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;

  /** @throws UsageError if the text is not one YAML document. */
  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [error] = this.#document.errors;
    if (error !== undefined) this.#failAt(error.pos[0], error.message);
  }

  get root(): Node {
    return this.#document.contents;
  }

  /** The values of a mapping by key. Without `keys`, every key is allowed. */
  map(node: Node, keys: readonly string[], subject: string): ReadonlyMap<string, Node> {
    const value = this.#resolved(node);
    if (!isMap(value)) return this.fail(node, `${subject} must be a mapping with ${keys.join(', ')}`);
    const found = new Map<string, Node>();
    for (const { key, value: item } of value.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (!keys.includes(name))
        this.fail(
          key,
          `${JSON.stringify(name)} is not a key of ${subject}`,
          `the keys are ${keys.join(', ')}`,
        );
      found.set(name, item);
    }
    return found;
  }

  list(node: Node, subject: string): readonly Node[] {
    const value = this.#resolved(node);
    if (!isSeq(value)) return this.fail(node, `${subject} must be a list`);
    return value.items;
  }

  /** A list of texts; one text stands for a list of one. */
  texts(node: Node, subject: string): readonly (readonly [text: string, node: Node])[] {
    const value = this.#resolved(node);
    const items = isSeq(value) ? (value.items as readonly Node[]) : [node];
    return items.map((item) => [this.text(item, subject), item] as const);
  }

  text(node: Node, subject: string): string {
    const value = this.#resolved(node);
    if (isScalar(value)) {
      if (typeof value.value === 'string' && value.value !== '') return value.value;
      // The source of a number has digits that its value has lost, such as the 0 of the tag 1.10.
      if (typeof value.value === 'number') return value.source;
    }
    return this.fail(node, `${subject} must be a text`);
  }

  boolean(node: Node, subject: string): boolean {
    const value = this.#resolved(node);
    if (isScalar(value) && typeof value.value === 'boolean') return value.value;
    return this.fail(node, `${subject} must be true or false`);
  }

  isScalar(node: Node): boolean {
    return isScalar(this.#resolved(node));
  }

  isList(node: Node): boolean {
    return isSeq(this.#resolved(node));
  }

  fail(node: Node, message: string, hint?: string): never {
    return this.#failAt(node?.range[0] ?? 0, message, hint);
  }

  #resolved(node: Node): Node {
    return isAlias(node) ? ((node.resolve(this.#document) as Node | undefined) ?? null) : node;
  }

  #failAt(offset: number, message: string, hint?: string): never {
    const { line, col } = this.#lines.linePos(offset);
    throw new UsageError(`${this.#file}:${line}:${col}: ${message}`, hint);
  }
}
