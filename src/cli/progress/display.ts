import type { ProgressEvent } from '../../v1/progress.js';

/** Shows events on stderr, in one of the styles. */
export interface Progress {
  readonly onProgress: (event: ProgressEvent) => void;
  /** Prints a line between the events. */
  note(text: string): void;
  /** Ends the display and waits until stderr has taken it. */
  close(): Promise<void>;
}
