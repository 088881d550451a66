import { ContainerError } from '../base.js';

/** A text is not a valid reference, repository, registry, tag or digest. */
export class BadNameError extends ContainerError<'BAD_NAME'> {
  static {
    this.prototype.name = 'BadNameError';
  }

  /** The refused text, cut to 256 characters. A part that may be a user name and password is replaced by `***`. */
  readonly input: string;

  constructor(input: string, reason: string, hint?: string) {
    const shown = withoutUserInfo(input).slice(0, 256);
    super('BAD_NAME', `cannot parse ${JSON.stringify(shown)}: ${reason}`, { hint });
    this.input = shown;
  }
}

/** Hides the text before the last `@`, if it may be `user:password` rather than `repository:tag`. */
function withoutUserInfo(text: string): string {
  const at = text.lastIndexOf('@');
  if (at === -1 || /^sha(256|512):[^/]*$/.test(text.slice(at + 1))) return text;
  const slashes = text.indexOf('://');
  const start = slashes === -1 || slashes > at ? 0 : slashes + 3;
  const before = text.slice(start, at);
  const mayBeSecret = text.includes('/', at) || (before.includes(':') && !before.includes('/'));
  return mayBeSecret ? `${text.slice(0, start)}***${text.slice(at)}` : text;
}
