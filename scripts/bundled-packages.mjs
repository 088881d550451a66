// Lists the packages whose code is inside the built files. The build wrote them into its notices of licenses.
import { readFileSync } from 'node:fs';

const BUNDLES = ['dist', 'dist/cli'];

/** @returns {{ name: string, version: string, bundle: string }[]} */
export function bundledPackages() {
  return BUNDLES.flatMap((bundle) =>
    readFileSync(`${bundle}/THIRD-PARTY-NOTICES.txt`, 'utf8')
      .split(`\n${'-'.repeat(80)}\n\n`)
      .map((notice) => {
        const [name, version] = notice.split(' ', 2);
        return { name, version, bundle };
      }),
  );
}
