import { describe, expect, it } from '@jest/globals';
import { check, type CheckOptions } from '../../src/dockerfile/index.js';
import { type Case, at, found, joined, messages, onScratch } from '../support/dockerfile-checks.js';

describe('rules about the instructions of a stage', () => {
  it.each<Case>([
    [onScratch('CMD a'), at('JSONArgsRecommended', 2)],
    [onScratch('ENTRYPOINT a'), at('JSONArgsRecommended', 2)],
    [onScratch('CMD ["a"]', 'ENTRYPOINT ["a"]', 'HEALTHCHECK CMD a'), []],
    [onScratch('SHELL ["/bin/sh"]', 'CMD a', 'ENTRYPOINT a'), []],
    [
      joined('FROM scratch AS a', 'SHELL ["/bin/sh"]', 'FROM a', 'CMD a', 'FROM scratch', 'CMD a'),
      at('JSONArgsRecommended', 6),
    ],
    [onScratch('WORKDIR app/', 'WORKDIR again'), at('WorkdirRelativePath', 2)],
    [joined('FROM scratch AS a', 'WORKDIR /app', 'FROM a AS b', 'WORKDIR sub'), []],
    [joined('FROM --platform=windows/amd64 busybox AS windows', 'WORKDIR C:/a'), []],
    [onScratch('WORKDIR C:/a'), [], { predefined: { TARGETOS: 'windows' } }],
    [joined('FROM scratch', 'WORKDIR C:\\a'), at('WorkdirRelativePath', 2)],
    [
      joined('FROM busybox', 'WORKDIR $HOME/app', 'ENV X=$HOME', 'FROM busybox', 'ENV X=$HOME', 'WORKDIR $X'),
      [],
    ],
    [joined('FROM busybox', 'ENV X=a', 'WORKDIR $X'), at('WorkdirRelativePath', 3)],
    [
      onScratch(
        'CMD ["a"]',
        'ENTRYPOINT ["a"]',
        'HEALTHCHECK NONE',
        'COPY <<E /a',
        'x',
        'E',
        'HEALTHCHECK NONE',
        'ENTRYPOINT ["b"]',
        'CMD ["b"]',
      ),
      at('MultipleInstructionsDisallowed', 2, 3, 4),
    ],
    [joined('FROM scratch AS a', 'CMD ["a"]', 'FROM a', 'CMD ["b"]'), []],
    [onScratch('ENV a b', 'LABEL a b', 'ENV a=b', 'LABEL a=b c=d'), at('LegacyKeyValueFormat', 2, 3)],
    [onScratch('EXPOSE 80/TcP 8080/TCP 8080/udp'), at('ExposeProtoCasing', 2, 2)],
    [
      onScratch('EXPOSE 127.0.0.1:80:80 [::1]:8080:8080 5000:5000 8000 :81'),
      at('ExposeInvalidFormat', 2, 2, 2),
    ],
    [joined('FROM busybox', 'EXPOSE $PORT 80/TCP'), at('ExposeProtoCasing', 2)],
    [
      onScratch('ENV PORTS="1:1 2/TCP"', 'EXPOSE $PORTS $NOTHING'),
      ['3 ExposeInvalidFormat', '3 ExposeProtoCasing'],
    ],
  ])('%j', (...[text, expected, options]) => {
    expect(found(text, options)).toEqual(expected);
  });

  it('recognize names of secrets', () => {
    const text = onScratch(
      'ARG SECRET_PASSPHRASE',
      'ENV SUPER_Secret=foo',
      'ENV password=bar secret=baz',
      'ARG super_duper_secret_token=foo auth=bar',
      'ENV apikey=bar sunflower=foo',
      'ENV git_key=',
      'ENV PUBLIC_KEY= monkey= tokens=',
      'ARG public_token SECRET_PASSPHRASE_FILE AUTH_MODULE_VERSION',
      '# check=skip=SecretsUsedInArgOrEnv // the reason',
      'ENV password=bar',
      '# check=skip=all',
      'ARG password',
    );
    expect(found(text)).toEqual(at('SecretsUsedInArgOrEnv', 2, 3, 4, 4, 5, 5, 6, 7));
  });

  it('ask which files are left out of the context', () => {
    const text = joined(
      'FROM scratch AS base',
      'COPY ./Dockerfile/ ok .',
      'ADD Dockerfile https://x/Dockerfile git@host:Dockerfile /w/',
      'ENV FILE=Dockerfile',
      'COPY $FILE . / /b',
      'FROM base',
      'COPY --from=base Dockerfile /a',
      'COPY --from=busybox Dockerfile /a',
      '# check=skip=CopyIgnoredFile',
      'COPY Dockerfile /b',
      'FROM busybox',
      'COPY $UNKNOWN/Dockerfile /b',
    );
    const ignored = (path: string): boolean => path.endsWith('Dockerfile') || path === '.' || path === '/';
    expect(found(text, { ignored })).toEqual(at('CopyIgnoredFile', 2, 3, 5));
    expect(found(text)).toEqual([]);
    expect(messages('CopyIgnoredFile', text, { ignored })[0]).toBe(
      'COPY reads "Dockerfile", which .dockerignore leaves out',
    );
  });
});

describe('undefined variables', () => {
  it.each<Case>([
    [onScratch('ARG foo', 'COPY Dockerfile${foo} .'), []],
    [joined('FROM scratch AS base', 'ARG foo=a', 'FROM base', 'COPY $foo .'), []],
    [joined('FROM scratch', 'ARG foo=a', 'FROM scratch', 'COPY $foo .'), at('UndefinedVar', 4)],
    [onScratch('COPY $foo .', 'ARG foo=bar', 'RUN echo $foo $bar'), at('UndefinedVar', 2)],
    [onScratch('ENV PATH=$PATH:/b'), []],
    [onScratch('ENV A=$x B=$x/$x', 'LABEL $x=1', 'USER $1'), at('UndefinedVar', 2, 3, 4)],
    [onScratch('ENV A=1 B=$A', 'ENV C=$A'), at('UndefinedVar', 2)],
    [onScratch('ARG A=1 B=$A C=$D'), at('UndefinedVar', 2)],
    [onScratch('ARG C=$D'), [], { args: { C: '1' } }],
    [onScratch('COPY ${y:-z} /a', 'VOLUME $v', 'STOPSIGNAL $s'), at('UndefinedVar', 2, 3, 4)],
    [onScratch('COPY <<E /a', '$q', 'E', "COPY <<'E' /a", '$q', 'E'), at('UndefinedVar', 2)],
    [onScratch('RUN --mount=type=cache,target=/$q true'), at('UndefinedVar', 2)],
    [onScratch('CMD ["$a"]', 'EXPOSE $b', 'HEALTHCHECK CMD $c', 'ONBUILD USER $d'), []],
    [onScratch('USER $TARGETARCH', 'ARG TARGETARCH', 'USER $TARGETARCH'), at('UndefinedVar', 2)],
    [joined('ARG A=1', 'FROM scratch', 'USER $A', 'ARG A', 'USER $A'), at('UndefinedVar', 3)],
    [onScratch('USER $BUILDKIT_SBOM_SCAN_STAGE'), []],
    [onScratch('USER $PATH'), at('UndefinedVar', 2), { predefined: { TARGETOS: 'windows' } }],
    // The base image may define it.
    [joined('FROM busybox AS a', 'USER $X', 'FROM a', 'USER $X'), []],
  ])('%j', (...[text, expected, options]) => {
    expect(found(text, options)).toEqual(expected);
  });

  it('are reported with the variable that was probably meant', () => {
    const text = onScratch('ARG DIR_ASSETS=a/', 'COPY $DIR_ASSET .', 'ENV PATH=$PAHT:/b', 'USER $nothing');
    expect(messages('UndefinedVar', text)).toEqual([
      'the variable $DIR_ASSET is not defined; did you mean $DIR_ASSETS?',
      'the variable $PAHT is not defined; did you mean $PATH?',
      'the variable $nothing is not defined',
    ]);
  });

  it('are found below a base image whose variables are known', () => {
    const text = joined(
      'ARG B=box',
      'FROM busy$B AS a',
      'USER $HOME_DIR$Y',
      'FROM a',
      'USER $HOME_DIR$Z',
      'FROM other',
      'USER $X',
    );
    const bases: string[] = [];
    const environment: CheckOptions['environment'] = ({ index }, base) => {
      bases.push(`${index} ${base}`);
      return base === 'busybox' ? { HOME_DIR: '1' } : undefined;
    };
    expect(messages('UndefinedVar', text, { environment })).toEqual([
      'the variable $Y is not defined',
      'the variable $Z is not defined',
    ]);
    expect(bases).toEqual(['0 busybox', '2 other']);
  });

  it('can be in triggers, which the stage above runs', () => {
    const text = joined(
      'FROM scratch AS a',
      'ONBUILD ENV A=1',
      'ONBUILD USER $A$B',
      'ONBUILD WORKDIR rel',
      'FROM a',
      'USER $A',
      'FROM a AS b',
      'FROM b',
    );
    expect(found(text)).toEqual([
      ...['5 UndefinedVar', '5 WorkdirRelativePath', '7 UndefinedVar', '7 WorkdirRelativePath'],
    ]);
    const broken = check(joined('FROM scratch AS a', 'ONBUILD FROOM x', 'FROM a'));
    expect(broken.error?.message).toMatch(
      /^Dockerfile:2:1: the trigger of ONBUILD is invalid: ONBUILD:1:1: the instruction FROOM does not exist$/,
    );
  });
});
