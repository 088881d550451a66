import type { Messages } from '../terminal/output.js';
import { openBars } from './bars.js';
import { describeEvent } from './describe.js';
import { noteText, type Progress, type ShownEvent } from './display.js';

export const progressStyles = ['bars', 'lines', 'json', 'none'] as const;
export type ProgressStyle = (typeof progressStyles)[number];

export function openProgress(messages: Messages, style: ProgressStyle): Progress {
  switch (style) {
    case 'bars':
      return openBars(messages);
    case 'lines':
      return openLines(messages, describeEvent, noteText);
    case 'json':
      return openLines(
        messages,
        (event) => JSON.stringify(event),
        (kind, text) => JSON.stringify({ kind, text }),
        true,
      );
    case 'none':
      return openLines(messages, () => undefined, noteText);
  }
}

function openLines(
  messages: Messages,
  describe: (event: ShownEvent) => string | undefined,
  describeNote: typeof noteText,
  showsReads = false,
): Progress {
  const print = (text: string | undefined): void => {
    if (text !== undefined) void messages.print([text]);
  };
  return {
    showsReads,
    onProgress: (event) => {
      print(describe(event));
    },
    note: (kind, text) => {
      print(describeNote(kind, text));
    },
    close: async () => false,
  };
}
