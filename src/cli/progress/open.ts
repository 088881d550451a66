import type { ProgressEvent } from '../../v1/progress.js';
import type { Io } from '../io.js';
import { openBars } from './bars.js';
import { describeEvent } from './describe.js';
import type { Progress } from './display.js';

export const progressStyles = ['bars', 'lines', 'json', 'none'] as const;
export type ProgressStyle = (typeof progressStyles)[number];

export function openProgress(io: Io, style: ProgressStyle): Progress {
  switch (style) {
    case 'bars':
      return openBars(io.stderr);
    case 'lines':
      return openLines(io, describeEvent);
    case 'json':
      return openLines(io, (event) => JSON.stringify(event));
    case 'none':
      return { onProgress: () => undefined, note: () => undefined, close: async () => Promise.resolve() };
  }
}

function openLines(io: Io, describe: (event: ProgressEvent) => string | undefined): Progress {
  const print = (text: string): void => {
    io.stderr.write(`${text}\n`);
  };
  return {
    onProgress: (event) => {
      const text = describe(event);
      if (text !== undefined) print(text);
    },
    note: print,
    close: async () => Promise.resolve(),
  };
}
