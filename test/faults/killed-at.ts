/**
 * Source of a script for `node --require` that kills its process with SIGKILL at a call to the file system.
 *
 * `KILL_AT` is the number of the call, counted from 1, `KILL_HOW` says `before`, `after` or, for half of what a write
 * was given, `amid`. Without them it writes a list of the calls, each with what it was given as text, to the
 * file `CALLS_FILE` when the process ends.
 */
export const KILLED_AT = `
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { KILL_AT, KILL_HOW, CALLS_FILE } = process.env;
let calls = 0;
const die = () => process.kill(process.pid, 'SIGKILL');
const known = [];
const mine = (args) => {
  known.push(args.filter((arg) => typeof arg === 'string').join(' '));
  return ++calls === Number(KILL_AT);
};

for (const name of ['open', 'close', 'write', 'writev', 'fsync', 'ftruncate', 'rename', 'unlink', 'lutimes']) {
  const real = fs[name];
  fs[name] = (...args) => {
    if (mine(args)) {
      if (KILL_HOW === 'amid' && name === 'writev') {
        const bytes = Buffer.concat(args[1]);
        fs.writeSync(args[0], bytes, 0, bytes.length >> 1, args[2]);
      }
      if (KILL_HOW === 'after') args[args.length - 1] = die;
      else die();
    }
    return real(...args);
  };
}
for (const name of ['open', 'mkdir', 'rename', 'unlink', 'symlink', 'readlink', 'lstat', 'readdir', 'writeFile']) {
  const real = fs.promises[name];
  fs.promises[name] = async (...args) => {
    const hit = mine(args);
    if (hit && KILL_HOW === 'amid' && name === 'writeFile') fs.writeFileSync(args[0], args[1].subarray(0, args[1].length >> 1));
    if (hit && KILL_HOW !== 'after') die();
    try {
      return await real(...args);
    } finally {
      if (hit) die();
    }
  };
}
syncBuiltinESMExports();
if (CALLS_FILE !== undefined) process.on('exit', () => fs.writeFileSync(CALLS_FILE, JSON.stringify(known)));
`;
