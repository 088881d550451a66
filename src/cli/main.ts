#!/usr/bin/env node
import { Interrupted } from './terminal/exit-code.js';
import { run } from './run.js';

/** Time that temp files and upload sessions get to be cleaned up after a signal. */
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
    // The second signal is from someone who does not want to wait.
    if (controller.signal.aborted) process.exit(reason.exitCode);
    interrupt(reason);
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') interrupt(new Interrupted('SIGPIPE'));
});
// Nobody reads the messages any more; the work goes on.
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
