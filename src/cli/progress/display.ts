import type { BuildEvent } from '../../build/options/build-options.js';
import type { ProgressEvent } from '../../v1/progress.js';

/** An event of a transfer or of a build. */
export type ShownEvent = ProgressEvent | BuildEvent;

/** A line between the events: a warning of a registry, a traced request, or a message of a command. */
export type NoteKind = 'warning' | 'trace' | 'note';

/** Shows events on stderr, in one of the styles. */
export interface Progress {
  readonly onProgress: (event: ShownEvent) => void;
  /** Whether events of the sink `reader` are shown. */
  readonly showsReads: boolean;
  /** Prints a line between the events. */
  note(kind: NoteKind, text: string): void;
  /**
   * Ends the display and waits until everything is written to stderr.
   *
   * @returns whether bars were erased, now or by an earlier call.
   */
  close(): Promise<boolean>;
}

/** The text of a note for a person. */
export function noteText(kind: NoteKind, text: string): string {
  return kind === 'warning' ? `Warning: ${text}` : text;
}
