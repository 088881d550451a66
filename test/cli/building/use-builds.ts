import { beforeEach, expect } from '@jest/globals';
import { crane } from 'containerregistry';
import type { Config } from '../../../src/v1/config-file.js';
import type { Image } from '../../../src/v1/image.js';
import { headersOf, makeFiles } from '../../support/archives/make-files.js';
import { gantry, type GantryOptions, type Outcome } from '../../support/programs/gantry.js';
import type { StartedRegistry } from '../../support/servers/start-registry.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

export const ENV = {
  HOME: '/nonexistent',
  DOCKER_CONFIG: '/nonexistent',
  CONTAINERS_REGISTRIES_CONF: '/dev/null',
};
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

export interface BuildRunOptions extends Pick<GantryOptions, 'stdin' | 'terminal'> {
  readonly env?: Readonly<Record<string, string>>;
}

export async function outcomeOf(
  args: readonly string[],
  { env = {}, ...options }: BuildRunOptions = {},
): Promise<Outcome> {
  return gantry(['build', ...args], { ...options, env: { ...ENV, ...env } });
}

/** Builds, expects success, and returns the lines of stdout. */
export async function build(args: readonly string[], options?: BuildRunOptions): Promise<readonly string[]> {
  const { code, stdout, stderr } = await outcomeOf([...args, '-q'], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').slice(0, -1);
}

/** The exit code and the error of a build that fails. */
export async function errorOf(
  args: readonly string[],
  options?: BuildRunOptions,
): Promise<readonly [code: number | null, message: string]> {
  const { code, stdout, stderr } = await outcomeOf([...args, '-q'], options);
  expect(stdout).toBe('');
  return [code, stderr.slice('Error: '.length).trim()];
}

interface BuildPlace {
  readonly temp: ReturnType<typeof useTempDir>;
  readonly registry: Pick<StartedRegistry, 'host' | 'requests'>;
  /** A repository of a registry that is empty at first. */
  readonly app: string;
  /** A directory with a Dockerfile and the file `a`. */
  readonly context: string;
  readonly imageOf: (tag: string) => Promise<Image>;
  readonly labelsOf: (tag: string) => Promise<Config['Labels']>;
  /** The names of the files in the last layer. */
  readonly namesIn: (tag: string) => Promise<readonly string[]>;
}

/** What the tests of builds need; call at the top of a file. */
export function useBuilds(): BuildPlace {
  const temp = useTempDir();
  const registry = useRegistry();
  beforeEach(async () => {
    await makeFiles(temp.path('context'), {
      Dockerfile: 'FROM scratch\nARG WHO=nobody\nCOPY a /a\nLABEL who=$WHO\n',
      a: 'from a file',
    });
  });
  const place: BuildPlace = {
    ...{ temp, registry },
    get app() {
      return `${registry.host}/app`;
    },
    get context() {
      return temp.path('context');
    },
    imageOf: async (tag) => crane.pull(`${place.app}:${tag}`),
    labelsOf: async (tag) => (await (await place.imageOf(tag)).configFile()).config.Labels,
    namesIn: async (tag) =>
      (await headersOf((await (await place.imageOf(tag)).layers()).at(-1)!)).map(({ name }) => name),
  };
  return place;
}
