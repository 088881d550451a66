// Prints a software bill of materials in SPDX: the packages that `npm install` fetches, and those inside the built files.
import { execFileSync } from 'node:child_process';
import { bundledPackages } from './bundled-packages.mjs';

const read = (...args) =>
  JSON.parse(
    execFileSync('npm', ['sbom', '--sbom-format=spdx', '--sbom-type=library', ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
    }),
  );

const installed = read('--omit=dev');
const [root] = installed.documentDescribes;
const known = new Map(installed.packages.map((entry) => [`${entry.name}@${entry.versionInfo}`, entry]));
// npm lists a package that is only bundled among the development dependencies.
const everything = new Map(read().packages.map((entry) => [`${entry.name}@${entry.versionInfo}`, entry]));

for (const { name, version, bundle } of bundledPackages()) {
  const id = `${name}@${version}`;
  const entry = known.get(id) ?? everything.get(id);
  if (entry === undefined) throw new Error(`${id} is bundled into ${bundle}, but not installed: build again`);
  if (!known.has(id)) installed.packages.push(entry);
  known.set(id, entry);
  installed.relationships.push({
    spdxElementId: root,
    relatedSpdxElement: entry.SPDXID,
    relationshipType: 'CONTAINS',
    comment: `bundled into ${bundle}`,
  });
}

process.stdout.write(`${JSON.stringify(installed, undefined, 2)}\n`);
