import { isSpace } from '../parts/white-space.js';

/** Collects the words of a text while it is read. */
export class Words {
  readonly #words: string[] = [];
  #word = '';

  /** Adds text in which white space separates words. */
  add(text: string): void {
    for (const character of text) {
      if (isSpace(character)) this.#finish();
      else this.#word += character;
    }
  }

  /** Adds text that was quoted or escaped. */
  addRaw(text: string): void {
    this.#word += text;
  }

  end(): readonly string[] {
    this.#finish();
    return this.#words;
  }

  #finish(): void {
    // As in BuildKit, an empty pair of quotes alone does not make a word.
    if (this.#word !== '') this.#words.push(this.#word);
    this.#word = '';
  }
}
