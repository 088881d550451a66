import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as containerregistry from 'containerregistry';
import { version } from '../../src/internal/version.js';

interface PackageJson {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

// The file is the project's own.
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as PackageJson;

const namespaces = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`src/${entry.name}/index.ts`))
  .map((entry) => entry.name);

describe('the package', () => {
  it('exports every namespace as a subpath, and nothing else', () => {
    const subpaths = Object.keys(manifest.exports).filter((key) => !['.', './package.json'].includes(key));
    expect(subpaths.sort()).toEqual(namespaces.map((name) => `./${name}`).sort());
  });

  it('has the entry points of `node scripts/package-fields.mjs` in package.json', () => {
    const printed = execFileSync('node', ['scripts/package-fields.mjs', '--print'], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual(manifest);
  });

  it('exports every namespace from the root', () => {
    expect(namespaces.filter((name) => !(name in containerregistry))).toEqual([]);
  });

  it('exports its own version', () => {
    expect(version).toBe(manifest.version);
  });
});
