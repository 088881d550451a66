#!/usr/bin/env node
import { Interrupted } from './terminal/exit-code.js';
import { run } from './run.js';

/** Time after a signal in which temporary files and upload sessions are cleaned up. */
const GRACE_MS = 1500;

const controller = new AbortController();

function interrupt(reason: Interrupted): void {
  process.exitCode = reason.exitCode;
  controller.abort(reason);
  setTimeout(() => process.exit(reason.exitCode), GRACE_MS).unref();
}

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const reason = new Interrupted(signal);
    // A second signal ends the process at once.
    if (controller.signal.aborted) process.exit(reason.exitCode);
    interrupt(reason);
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') interrupt(new Interrupted('SIGPIPE'));
});
// If the reader of the messages has closed the stream, the command still completes its work.
process.stderr.on('error', () => undefined);

void run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: controller.signal,
}).then((code) => {
  process.exitCode = code;
});
