import { readFileSync } from 'node:fs';

/** One export of go-containerregistry and its name here. */
export interface GoName {
  readonly namespace: string;
  readonly goPackage: string;
  readonly goName: string;
  readonly name: string;
}

/** Namespaces of this package that are not directories, and the export that holds each. */
const nested: Readonly<Record<string, readonly [parent: string, member: string]>> = {
  github: ['authn', 'github'],
  google: ['authn', 'google'],
  kubernetes: ['authn', 'kubernetes'],
  legacy: ['legacy', 'tarball'],
};

type Namespace = Readonly<Record<string, unknown>>;

export function readGoNames(file = 'test/parity/go-names.tsv'): readonly GoName[] {
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const [namespace = '', goPackage = '', goName = '', name = ''] = row.split('\t');
    return { namespace, goPackage, goName, name };
  });
}

/** The namespace as this package exports it, and how a program spells it. */
export function findNamespace(
  root: Namespace,
  namespace: string,
): { spelling: string; exports: Namespace } | undefined {
  const place = nested[namespace];
  const direct = root[namespace] as Namespace | undefined;
  if (place === undefined) return direct === undefined ? undefined : { spelling: namespace, exports: direct };
  const [parent, member] = place;
  const inner = (root[parent] as Namespace | undefined)?.[member] as Namespace | undefined;
  if (inner !== undefined) return { spelling: `${parent}.${member}`, exports: inner };
  return direct === undefined ? undefined : { spelling: namespace, exports: direct };
}

/** Renders docs/from-go.md, the page for users of go-containerregistry. */
export function renderFromGo(root: Namespace, names: readonly GoName[]): string {
  const sections = [...new Set(names.map(({ namespace }) => namespace))].map((namespace) => {
    const found = findNamespace(root, namespace);
    if (found === undefined) return '';
    const rows = names.filter((row) => row.namespace === namespace);
    const table = rows
      .filter(({ name }) => Object.hasOwn(found.exports, name))
      .map(
        ({ goPackage, goName, name }) =>
          `| \`pkg/${goPackage}\` | \`${goName}\` | \`${found.spelling}.${name}\` |`,
      );
    const known = new Set(rows.map(({ name }) => name));
    const extra = Object.keys(found.exports)
      .filter((name) => !known.has(name))
      .sort()
      .map((name) => `\`${name}\``);
    return [
      `## ${found.spelling}`,
      '',
      '| Go package | Go | here |',
      '|---|---|---|',
      ...table,
      '',
      ...(extra.length > 0 ? [`Only here: ${extra.join(', ')}.`, ''] : []),
    ].join('\n');
  });
  return [preamble, ...sections.filter((section) => section !== '')].join('\n');
}

const preamble = `# From Go

Generated from the exports by \`npm run docs\`; do not edit.

A go-containerregistry export keeps its name, first letter in lower case, in a namespace called like its Go package.
Acronyms are words: \`NewMultiKeychain\` is \`newMultiKeychain\`, \`DiffIDToBlob\` is \`diffIdToBlob\`.

| Go | here |
|---|---|
| \`img, err := remote.Image(ref)\` | \`const img = await remote.image(ref)\` |
| \`remote.WithAuth(a)\`, \`remote.WithAuthFromKeychain(k)\` | \`{ auth: a }\`, \`{ auth: k }\` |
| \`remote.WithPlatform(p)\`, \`WithJobs(8)\`, \`WithContext(ctx)\` | \`{ platform: p, jobs: 8, signal }\` |
| \`remote.WithTransport(t)\`, \`WithProgress(ch)\` | \`{ client }\`, \`{ onProgress: (event) => ... }\` |
| \`name.Insecure\`, \`name.StrictValidation\` | \`{ insecure: true }\`, \`{ strict: true }\` |
| \`io.ReadCloser\` | a Node \`Readable\`; the receiver drains or destroys it |
| \`tarball.Opener\` | \`(offset?: number) => Readable\` or a promise of one |
| \`v1.Hash{Algorithm, Hex}\` | the string \`sha256:...\`, made by \`v1.newHash(text)\`; compare with \`===\` |
| \`manifest.Config.MediaType\`, \`cfg.RootFS.DiffIDs\` | the JSON's names: \`manifest.config.mediaType\`, \`cfg.rootfs.diff_ids\` |
| \`errors.As(err, &transport.Error{})\` | \`error instanceof TransportError\`, or \`error.code === 'TRANSPORT'\` |
| \`stream.ErrNotComputed\` | \`NotComputedError\` |

Views (\`mutate\`, \`partial\`, \`cache\`) and pure functions (\`name\`, \`match\`, \`v1.parse...\`) are synchronous; everything
that may wait returns a promise and takes \`signal\`.
`;
