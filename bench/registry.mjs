import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from './tools.mjs';

/** Starts the registry of Distribution in a new process with its own directory, and counts the requests to it. */
export async function startRegistry(dir, log) {
  const host = `127.0.0.1:${await freePort()}`;
  const config = `${log}.yml`;
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: false } },
      storage: { filesystem: { rootdirectory: path.resolve(dir) }, delete: { enabled: true } },
      http: { addr: host },
    }),
  );
  const output = openSync(log, 'w');
  const child = spawn(need('docker-registry'), ['serve', config], { stdio: ['ignore', output, output] });
  closeSync(output);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  for (let waited = 0; !(await answers(host)); waited += 1) {
    if (waited > 200 || child.exitCode !== null) throw new Error(`the registry did not start, see ${log}`);
    await sleep(50);
  }
  const requests = () =>
    readFileSync(log, 'utf8').match(/"(?:GET|HEAD|POST|PUT|PATCH|DELETE) \/v2/g)?.length ?? 0;
  const before = requests();
  return {
    host,
    requests: () => requests() - before,
    close: async () => {
      child.kill();
      await exited;
    },
  };
}

async function answers(host) {
  try {
    return (await globalThis.fetch(`http://${host}/v2/`)).ok;
  } catch {
    return false;
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
