import { spawn } from 'node:child_process';
import http from 'node:http';
import { Duplex } from 'node:stream';
import type { Environment } from '../../authn/config/locations.js';
import { findProgram } from '../../authn/helpers/find-program.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** A daemon that is reached through the program `ssh`. */
export interface SshTarget {
  /** The arguments of `ssh`. */
  readonly args: readonly string[];
  /** The environment of `ssh`. */
  readonly env: Environment;
}

/** The maximum number of characters kept of the error output of ssh, which is a line or two before it gives up. */
const MAX_ERROR_OUTPUT = 4096;

/**
 * Makes connections to the daemon that the docker client of another machine uses. The command `docker system dial-stdio` on
 * that machine forwards its standard input and output to the daemon. ssh itself handles keys and known hosts.
 */
export function sshAgent(target: SshTarget): http.Agent {
  const agent = new http.Agent();
  // Node's types lack the method `createConnection`, which every agent has.
  (agent as unknown as { createConnection: unknown }).createConnection = (_options: unknown, done: Done) => {
    void connect(target, done);
  };
  return agent;
}

type Done = (error: Error | null, connection?: Duplex) => void;

/** Finds `ssh` in the absolute directories of PATH only: a file in the current directory must not be started. */
async function connect(target: SshTarget, done: Done): Promise<void> {
  const file = await findProgram('ssh', target.env);
  if (file === undefined)
    done(new Error('the program `ssh` is not installed: it is in no absolute directory of PATH'));
  else done(null, startSsh(file, target));
}

function startSsh(file: string, { args, env }: SshTarget): Duplex {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...env } });
  for (const stream of [child.stdin, child.stdout, child.stderr]) ignoreLateErrors(stream);
  let errorOutput = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (errorOutput.length < MAX_ERROR_OUTPUT) errorOutput += chunk.toString('utf8');
  });
  const connection = new Duplex({
    read() {
      child.stdout.resume();
    },
    // Errors are ignored here: ssh reports the reason of a failed write when it ends.
    write(chunk: Uint8Array, _encoding, callback) {
      child.stdin.write(chunk, () => {
        callback();
      });
    },
    final(callback) {
      child.stdin.end(() => {
        callback();
      });
    },
    destroy(error, callback) {
      child.kill();
      callback(error);
    },
  });
  ignoreLateErrors(connection);
  child.stdout.on('data', (chunk: Buffer) => {
    if (!connection.push(chunk)) child.stdout.pause();
  });
  child.once('error', (error: Error) => {
    connection.destroy(error);
  });
  // The end of the output does not end the connection yet: the exit status of ssh decides between end and error.
  child.once('close', (status) => {
    if (status === 0) connection.push(null);
    else
      connection.destroy(
        new Error(errorOutput.trim() === '' ? `ssh ended with status ${String(status)}` : errorOutput),
      );
  });
  return connection;
}
