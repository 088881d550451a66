import type { ProgressEvent } from '../../v1/progress.js';
import type { Io } from '../io.js';
import { openBars } from './bars.js';
import { describeEvent } from './describe.js';
import { noteText, type Progress } from './display.js';

export const progressStyles = ['bars', 'lines', 'json', 'none'] as const;
export type ProgressStyle = (typeof progressStyles)[number];

export function openProgress(io: Io, style: ProgressStyle): Progress {
  switch (style) {
    case 'bars':
      return openBars(io.stderr);
    case 'lines':
      return openLines(io, describeEvent, noteText);
    case 'json':
      return openLines(
        io,
        (event) => JSON.stringify(event),
        (kind, text) => JSON.stringify({ kind, text }),
      );
    case 'none':
      return openLines(io, () => undefined, noteText);
  }
}

function openLines(
  io: Io,
  describe: (event: ProgressEvent) => string | undefined,
  describeNote: typeof noteText,
): Progress {
  const print = (text: string | undefined): void => {
    if (text !== undefined) io.stderr.write(`${text}\n`);
  };
  return {
    onProgress: (event) => {
      print(describe(event));
    },
    note: (kind, text) => {
      print(describeNote(kind, text));
    },
    close: async () => Promise.resolve(),
  };
}
