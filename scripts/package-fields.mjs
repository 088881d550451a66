// Writes the fields of package.json that follow from the list of namespaces: run it after a namespace was added or renamed.
// `--print` prints the file instead.
import { readFileSync, writeFileSync } from 'node:fs';
import { packageFields } from './build/entries.mjs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { exports, ...others } = packageFields();
const entries = Object.entries(manifest).filter(([key]) => !(key in others));
const after = entries.findIndex(([key]) => key === 'sideEffects') + 1;
entries.splice(after, 0, ...Object.entries(others));
const text = `${JSON.stringify({ ...Object.fromEntries(entries), exports }, undefined, 2)}\n`;
if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync('package.json', text);
