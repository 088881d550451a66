// Copies images through proxies that damage the transfers at random: `npm run soak [copies [seed]]`. The test suite makes
// fewer copies.
import { spawnSync } from 'node:child_process';

const [copies = '500', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
console.log(`${copies} copies, seed ${seed}`);
const { status } = spawnSync('npx', ['jest', 'test/faults/soak', '--silent=false'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
    SOAK_COPIES: copies,
    SOAK_SEED: seed,
  },
});
process.exitCode = status ?? 1;
