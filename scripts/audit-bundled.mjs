// Reads the report of `npm audit --json` on stdin, and fails if it has an advisory for a package whose code is inside
// the built files. `npm update` does not give users the repaired version: only a release of this package does.
import { readFileSync } from 'node:fs';
import { bundledPackages } from './bundled-packages.mjs';

const report = JSON.parse(readFileSync(0, 'utf8'));
if (report.vulnerabilities === undefined) {
  throw new Error(`npm audit gave no report: ${JSON.stringify(report.error ?? report)}`);
}

const found = bundledPackages().flatMap(({ name, version, bundle }) => {
  const entry = Object.hasOwn(report.vulnerabilities, name) ? report.vulnerabilities[name] : undefined;
  const advisories = (entry?.via ?? []).filter((cause) => typeof cause === 'object');
  return advisories.map(({ title, severity, range, url }) => {
    return `${name} ${version} in ${bundle}: ${severity}: ${title} (${range}) ${url}`;
  });
});

console.log(found.length === 0 ? 'no advisory for a bundled package' : found.join('\n'));
process.exitCode = found.length === 0 ? 0 : 1;
