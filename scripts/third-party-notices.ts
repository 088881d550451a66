import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Writes the licenses of the packages that a bundle carries into its folder, as these licenses ask. */
export function thirdPartyNotices(folder: string): Plugin {
  return {
    name: 'third-party-notices',
    setup(build) {
      build.initialOptions.metafile = true;
      build.onEnd(({ metafile }) => {
        const packages = new Set(
          Object.keys(metafile?.inputs ?? {}).flatMap((input) => packageOf(input) ?? []),
        );
        const notices = [...packages].sort().map(noticeOf);
        mkdirSync(folder, { recursive: true });
        writeFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
      });
    },
  };
}

/** The folder of the package that a bundled file came from; undefined for our own files. */
function packageOf(input: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
}

function noticeOf(folder: string): string {
  // Every installed package has one.
  const {
    name,
    version,
    license = 'see below',
  } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as PackageJson;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : readFileSync(path.join(folder, file), 'utf8');
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}
