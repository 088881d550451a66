import type { ProgressEvent } from '../../v1/progress.js';

/** What a line between the events is: a registry's warning, an exchange with it, or a word of a command. */
export type NoteKind = 'warning' | 'trace' | 'note';

/** Shows events on stderr, in one of the styles. */
export interface Progress {
  readonly onProgress: (event: ProgressEvent) => void;
  /** Prints a line between the events. */
  note(kind: NoteKind, text: string): void;
  /** Ends the display and waits until stderr has taken it. */
  close(): Promise<void>;
}

/** A note as a person reads it. */
export function noteText(kind: NoteKind, text: string): string {
  return kind === 'warning' ? `Warning: ${text}` : text;
}
