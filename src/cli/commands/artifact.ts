import type { Command } from 'commander';
import type { ContentFlags } from '../artifacts/definition.js';
import type { DiscoverFlags } from '../artifacts/discover.js';
import type { PullFlags } from '../artifacts/pull.js';
import { type Declare, repeatable, wholeNumber, withExample } from '../context/declare.js';

const JSON_OF_PUSHED = 'print {"reference","digest","mediaType","size"}';

export const declareArtifact: Declare = (program, open) => {
  const artifact = program
    .command('artifact')
    .description('push and pull files of any kind, and attach them to images, as oras does');
  withExample(
    withContentFlags(
      artifact
        .command('push')
        .description('push files as an artifact, and print its reference with the digest')
        .argument('<reference>', 'reference or other location to push to')
        .argument('[file...]', 'files and directories, each as PATH or PATH:MEDIA-TYPE')
        .option('--artifact-type <type>', 'artifact type, such as application/vnd.example.report'),
    ).action(async (reference: string, files: readonly string[], flags: ContentFlags) => {
      const { pushArtifact } = await import('../artifacts/push.js');
      await pushArtifact(open(), reference, files, flags);
    }),
    'gantry artifact push registry.example/report:v1 --artifact-type application/vnd.example.report report.json:application/json',
  );
  withExample(
    artifact
      .command('pull')
      .description('write the files of an artifact into a directory, and print their paths')
      .argument('<reference>', 'reference or other location of the artifact')
      .option('-o, --output <directory>', 'directory to write to; nothing is written outside it', '.')
      .option('-k, --keep-old-files', 'do not replace existing files: fail if one exists')
      .option('--json', 'print the artifact and its files as JSON')
      .action(async (reference: string, flags: PullFlags) => {
        const { pullArtifact } = await import('../artifacts/pull.js');
        await pullArtifact(open(), reference, flags);
      }),
    'gantry artifact pull registry.example/report:v1 -o downloads',
    'gantry artifact pull registry.example/charts/nginx:1.2.3',
  );
  withExample(
    withContentFlags(
      artifact
        .command('attach')
        .description('push files as an artifact that refers to an image, such as an SBOM')
        .argument('<image>', 'reference or other location of the image, index or artifact')
        .argument('[file...]', 'files and directories, each as PATH or PATH:MEDIA-TYPE')
        .requiredOption('--artifact-type <type>', 'artifact type, such as application/spdx+json'),
    ).action(
      async (
        image: string,
        files: readonly string[],
        flags: ContentFlags & { readonly artifactType: string },
      ) => {
        const { attachArtifact } = await import('../artifacts/push.js');
        await attachArtifact(open(), image, files, flags);
      },
    ),
    'gantry artifact attach registry.example/app:v1 --artifact-type application/spdx+json sbom.json',
  );
  withExample(
    artifact
      .command('discover')
      .description('print the artifacts that refer to an image, and what refers to them, as a tree')
      .argument('<image>', 'reference or other location of the image, index or artifact')
      .option('--artifact-type <type>', 'print only artifacts of this type')
      .option('--depth <n>', 'number of levels (default: all)', wholeNumber)
      .option('--json', 'print the tree as JSON')
      .action(async (image: string, flags: DiscoverFlags) => {
        const { discoverArtifacts } = await import('../artifacts/discover.js');
        await discoverArtifacts(open(), image, flags);
      }),
    'gantry artifact discover registry.example/app:v1',
  );
  return artifact;
};

function withContentFlags(command: Command): Command {
  return command
    .option('--config <file>', 'config of the artifact, as PATH or PATH:MEDIA-TYPE')
    .option('-a, --annotation <name=value>', 'annotation of the artifact; may be repeated', repeatable)
    .option(
      '--annotation-file <file>',
      'JSON file with annotations: {"$manifest": {...}, "$config": {...}, "FILE": {...}}',
    )
    .option('--json', JSON_OF_PUSHED);
}
