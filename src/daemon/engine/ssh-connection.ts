import { spawn } from 'node:child_process';
import http from 'node:http';
import { Duplex } from 'node:stream';
import type { Environment } from '../../authn/config/locations.js';
import { findProgram } from '../../authn/helpers/find-program.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** A daemon behind ssh. */
export interface SshTarget {
  /** What `ssh` is called with. */
  readonly args: readonly string[];
  readonly env: Environment;
}

/** What ssh says before it gives up is a line or two. */
const MAX_SAID = 4096;

/**
 * Makes connections to the daemon that the docker client of another machine has: `docker system dial-stdio` there passes on
 * what it reads and writes. Keys, known hosts and the like are ssh's own business.
 */
export function sshAgent(target: SshTarget): http.Agent {
  const agent = new http.Agent();
  // The typings leave out the method that every agent has.
  (agent as unknown as { createConnection: unknown }).createConnection = (_options: unknown, done: Done) => {
    void connect(target, done);
  };
  return agent;
}

type Done = (error: Error | null, connection?: Duplex) => void;

/** Neither the current directory nor a relative entry of PATH decides which program is started. */
async function connect(target: SshTarget, done: Done): Promise<void> {
  const file = await findProgram('ssh', target.env);
  if (file === undefined)
    done(new Error('the program `ssh` is not installed: no absolute directory of PATH has it'));
  else done(null, dial(file, target));
}

function dial(file: string, { args, env }: SshTarget): Duplex {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...env } });
  for (const stream of [child.stdin, child.stdout, child.stderr]) ignoreLateErrors(stream);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < MAX_SAID) said += chunk.toString('utf8');
  });
  const connection = new Duplex({
    read() {
      child.stdout.resume();
    },
    // Why a write fails, ssh says at its end.
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
  // The end of its output is not the end of the connection before it is known how ssh ended.
  child.once('close', (status) => {
    if (status === 0) connection.push(null);
    else connection.destroy(new Error(said.trim() === '' ? `ssh ended with status ${String(status)}` : said));
  });
  return connection;
}
