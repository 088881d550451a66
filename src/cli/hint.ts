import { AuthError } from '../errors/auth.js';
import type { ContainerError } from '../errors/base.js';
import { LimitExceededError } from '../errors/limit-exceeded.js';
import { NotFoundError } from '../errors/not-found.js';
import { PartialFailureError } from '../errors/partial-failure.js';
import { SettingsInvalidError } from '../errors/settings-invalid.js';
import { TagExistsError } from '../errors/tag-exists.js';
import { TransportError } from '../errors/transport.js';

/** What a person at a command line can do. The hints of errors speak to programs, and name options of functions. */
export function hintFor(error: ContainerError): string | undefined {
  if (error instanceof PartialFailureError) {
    // The parts tell for themselves, unless all have one reason.
    return error.failures.length === 1 ? innerHint(error.failures[0]?.error) : undefined;
  }
  if (error instanceof TagExistsError) return 'choose another tag, or leave out --no-clobber';
  if (error instanceof SettingsInvalidError) return 'correct the file, or do without it by --no-hosts';
  if (error instanceof LimitExceededError) return 'only programs can raise this limit';
  const answer = answerOf(error);
  if (answer !== undefined) {
    const hint = error instanceof TransportError ? networkHint(error) : answerHint(error, answer);
    if (hint !== undefined) return hint;
  }
  return error.hint
    ?.replaceAll('`allowSymlinks`', '--allow-symlinks')
    .replaceAll(/`(index|insecure|platform|jobs|tag|digest)`/g, '--$1');
}

function innerHint(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? hintFor(error as ContainerError) : undefined;
}

function answerOf(error: Error): TransportError | undefined {
  if (error instanceof TransportError) return error;
  return error.cause instanceof TransportError ? error.cause : undefined;
}

function networkHint(error: TransportError): string | undefined {
  const code = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : '';
  if (code === 'EPROTO') return 'give --insecure if the registry speaks plain http';
  if (code.includes('ALTNAME')) return error.hint;
  if (/CERT|SELF_SIGNED|VERIFY/.test(code)) {
    return 'name its authority in NODE_EXTRA_CA_CERTS, or give --insecure to accept any certificate';
  }
  return undefined;
}

function answerHint(error: ContainerError, answer: TransportError): string | undefined {
  const place = placeOf(answer.url);
  if (error instanceof AuthError && answer.status === 401) {
    return `log in with \`gantry auth login ${place?.host ?? 'REGISTRY'}\`, or check user name and password`;
  }
  if (error instanceof NotFoundError && place?.repository !== undefined) {
    const repository = `${place.host}/${place.repository}`;
    return place.kind === 'tags'
      ? 'check the name of the repository'
      : `\`gantry ls ${repository}\` lists its tags`;
  }
  return undefined;
}

interface Place {
  readonly host: string;
  readonly repository: string | undefined;
  readonly kind: string | undefined;
}

/** What a request of the distribution API was about; undefined for others, such as a token server's. */
function placeOf(url: string | undefined): Place | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { host, pathname } = new URL(url);
  const match = /^\/v2\/(?:(.+)\/(manifests|blobs|tags|referrers)\/|$|_catalog)/.exec(pathname);
  return match === null
    ? undefined
    : { host: hubNames.get(host) ?? host, repository: match[1], kind: match[2] };
}

/** The hub is called by another name than it answers to. */
const hubNames: ReadonlyMap<string, string> = new Map([
  ['index.docker.io', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
]);
