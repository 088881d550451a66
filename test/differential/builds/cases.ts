import type { build } from '../../../src/index.js';

/** A Dockerfile for both builders. `BASE_IMAGE` is replaced by the name of the base image. */
export interface BuildCase {
  readonly title: string;
  readonly text: string;
  /** Flags of `docker buildx build`, and the options that do the same here. */
  readonly flags?: readonly string[];
  readonly options?: build.ImageOptions;
  /** Named contexts of both. `BASE_IMAGE` and `CONTEXT` are replaced. */
  readonly contexts?: Readonly<Record<string, string>>;
  /** The number of layers of the base, which are not compared. @default 2 */
  readonly baseLayers?: number;
}

const onBase = (title: string, ...lines: readonly string[]): BuildCase => ({
  title,
  text: ['FROM BASE_IMAGE', ...lines, ''].join('\n'),
});

const withFiles = (title: string, lines: string): BuildCase => onBase(title, ...lines.split(' ; '));

/** Dockerfiles whose layers are compared. */
export const fileCases: readonly BuildCase[] = [
  withFiles('a file into a directory behind a symbolic link', 'COPY a.txt /slink/'),
  withFiles('a file to a symbolic link that leads to a directory', 'COPY a.txt /slink'),
  withFiles('a file into a new directory', 'COPY a.txt /newdir/'),
  withFiles('a file under a new name', 'COPY a.txt /newfile'),
  withFiles('a directory into an existing one with a slash', 'COPY sub /target/'),
  withFiles('a directory into an existing one without a slash', 'COPY sub /target'),
  withFiles('two files', 'COPY a.txt b.txt /multi/'),
  withFiles('two files to one name', 'COPY a.txt b.txt /single'),
  withFiles('a symbolic link to a file', 'COPY link /l1'),
  withFiles('a symbolic link to a directory', 'COPY dlink /l2'),
  withFiles('the owner of new directories by name', 'COPY --chown=app a.txt /own/x/y.txt'),
  withFiles('a user and a group by name', 'COPY --chown=app:appg sub /own2'),
  withFiles('a user and another group', 'COPY --chown=app:other sub /own3'),
  withFiles('a user by number', 'COPY --chown=77 sub /own4'),
  withFiles('a user and a group by number', 'COPY --chown=77:0 link a.txt /own5/'),
  withFiles('a user that does not exist', 'COPY --chown=nobody a.txt /own6'),
  withFiles('an octal mode', 'COPY --chmod=640 sub /cm'),
  withFiles('an octal mode with set-ID bits', 'COPY --chmod=6755 sub /deep/cm'),
  withFiles(
    'symbolic modes',
    'COPY --chmod=u+x,g-r,o=w a.txt /m1 ; COPY --chmod=a=rX sub /m2 ; COPY --chmod=go-rwx sub /m3',
  ),
  withFiles(
    'more symbolic modes',
    'COPY --chmod=u=rw,g=u,o-x a.txt /m1 ; COPY --chmod=+t sub /m2 ; COPY --chmod=g+s,u-s sub /m3',
  ),
  withFiles(
    'symbolic modes and special bits',
    'COPY --chmod=a=rX dirA /m1 ; COPY --chmod=u=rwx a.txt /m2 ; COPY --chmod=a-x,a+X a.txt /m3 ; COPY --chmod=g=u a.txt /m4 ; COPY --chmod=+rt,o+s b.txt /m5 ; COPY --chmod=u=rgw a.txt /m6 ; COPY --chmod== a.txt /m7',
  ),
  withFiles('an archive', 'ADD t.tar /t/'),
  withFiles('an archive that is compressed with gzip', 'ADD t.tgz /t2'),
  withFiles('an archive that is compressed with bzip2', 'ADD t.tar.bz2 /t3'),
  withFiles('an archive that is compressed with xz', 'ADD t.tar.xz /t4'),
  withFiles('an archive with another ending', 'ADD t.renamed /t5'),
  withFiles('an archive and an owner', 'ADD --chown=app t.tar /t6/'),
  withFiles('an archive and a mode', 'ADD --chmod=700 t.tar /t6/'),
  withFiles('an archive into an existing directory', 'ADD t.tar /target'),
  withFiles('a file that only has the name of an archive', 'ADD fake.tar /t3/'),
  withFiles('an archive that is not unpacked', 'ADD --unpack=false t.tar /nu/ ; COPY t.tar /'),
  withFiles('working directories', 'WORKDIR /slink/w ; WORKDIR rel ; COPY a.txt .'),
  withFiles(
    'the working directory of the base',
    'COPY a.txt . ; WORKDIR sub ; COPY a.txt b/c ; WORKDIR /a/../x//y/ ; WORKDIR z/ ; COPY a.txt .',
  ),
  withFiles('the owner of a working directory', 'USER app ; WORKDIR /uw ; COPY a.txt .'),
  withFiles('an existing working directory', 'WORKDIR /target'),
  withFiles('the root as the working directory', 'WORKDIR / ; COPY a.txt .'),
  withFiles('a link that leads above the root', 'COPY a.txt /up/zz'),
  withFiles('a dangling link', 'COPY a.txt /dangling'),
  withFiles('the content of a directory', 'COPY sub/ /file2/'),
  withFiles('a directory under a new name', 'COPY sub /ex'),
  withFiles('everything', 'COPY . /all/'),
  withFiles('everything into the root', 'COPY . /'),
  withFiles('a pattern', 'COPY *.txt /g/'),
  withFiles('a pattern in a directory', 'COPY sub/*/*.txt pkg/*/package.json /g/'),
  withFiles('a pattern that matches directories', 'COPY s* /g/'),
  withFiles('a pattern that matches nothing', 'COPY *.none /g/'),
  withFiles('an escaped pattern', 'COPY [[]odd].txt /odd1 ; COPY \\[odd].txt /odd2'),
  withFiles('an empty directory', 'COPY dirA /emptydir'),
  withFiles('an empty file', 'COPY empty.txt /e'),
  withFiles('names with blanks', 'COPY ["space name.txt", "/with space/"]'),
  withFiles('a file that replaces a hard link', 'COPY a.txt /hard'),
  withFiles('a file that replaces a file', 'COPY a.txt /file ; COPY b.txt /target/c.txt'),
  withFiles(
    'a file that replaces a symbolic link in a directory',
    'COPY sub/c.txt /x/ ; COPY a.txt /x/link ; COPY sub/c.txt /x/link',
  ),
  withFiles('the same file twice', 'COPY a.txt /d/ ; COPY a.txt b.txt /d/'),
  withFiles('the same directory twice', 'COPY sub /d/sub ; COPY . /d'),
  withFiles('hard links', 'COPY sub /d/'),
  withFiles('paths above the context', 'COPY ../a.txt ../../sub /d/'),
  withFiles(
    'a layer of its own',
    'COPY --link a.txt /newdir/z ; COPY --link sub /target/ ; COPY a.txt /newdir/',
  ),
  withFiles('a layer of its own with an owner by number', 'COPY --link --chown=7:8 a.txt sub /newdir/z/'),
  withFiles('heredocs', 'COPY <<EOF /here/f\nhello $BASE ${NONE:-none} \\$x\nEOF'),
  withFiles('several heredocs', 'COPY --chmod=755 --chown=app <<a <<"b" /here/\n$BASE\na\n$BASE\nb'),
  withFiles('a heredoc with tabs', 'COPY <<-EOF /f\n\t\ttabs\n\tEOF'),
  withFiles('an added heredoc', 'ADD <<EOF /f\nadded\nEOF'),
  {
    title: 'files of another stage',
    text: `FROM BASE_IMAGE AS one
COPY --chown=app sub /s
COPY a.txt /s/
FROM BASE_IMAGE
COPY --from=one /s /out
COPY --from=0 /slink /out2
COPY --from=one /slink/ /out3/
COPY --from=one /real/../up/passwd /out4
COPY --from=one /s/* /late /out5/
COPY --from=one --chown=9 --chmod=600 /s /out6
`,
  },
  {
    title: 'files of an image',
    text: 'FROM scratch\nCOPY --from=BASE_IMAGE / /\nCOPY --from=BASE_IMAGE /file /hard /both/\n',
    baseLayers: 0,
  },
  {
    title: 'an image without a base',
    text: 'FROM scratch\nCOPY a.txt /\nADD t.tar /\nWORKDIR /w\nCOPY sub .\nCOPY --link b.txt x/\n',
    baseLayers: 0,
  },
  {
    title: 'a stage on a stage',
    text: `FROM BASE_IMAGE AS one
WORKDIR /one
COPY a.txt .
FROM one AS unused
COPY none /
FROM one
COPY b.txt .
`,
  },
];

/** Dockerfiles whose config and history are compared. */
export const languageCases: readonly BuildCase[] = [
  withFiles(
    'instructions of the config',
    'ENV A=1 B="two words" C=$BASE ; LABEL x="1 $A" y=2 base=changed ; EXPOSE 80 53/udp 100-102 ; VOLUME /v /w ; USER app:appg ; STOPSIGNAL SIGTERM ; CMD echo "hi" ; ENTRYPOINT ["/e", "a b"] ; MAINTAINER someone <x@y>',
  ),
  withFiles('JSON and shell forms', 'SHELL ["/bin/x", "-o"] ; CMD a b ; ENTRYPOINT c "d"'),
  withFiles('CMD after ENTRYPOINT', 'ENTRYPOINT ["a"] ; CMD ["\\u0001", "é", "\\"", "\\n"]'),
  withFiles('ENTRYPOINT clears the command of the base', 'ENTRYPOINT a'),
  withFiles(
    'health checks',
    'HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 --start-period=1h CMD curl x ; HEALTHCHECK CMD ["a", "b"]',
  ),
  withFiles('no health check', 'HEALTHCHECK NONE'),
  withFiles('ONBUILD in the config', 'ONBUILD COPY a.txt /x ; ONBUILD ENV A=$B'),
  withFiles('volumes in JSON form', 'VOLUME ["/a", "/b"] ; VOLUME /c /d'),
  withFiles('ENV without an equals sign', 'ENV KEY some value'),
  withFiles('ENV that refers to itself', 'ENV A=1 ; ENV A=2 B=$A ; ENV PATH=/x:$PATH'),
  withFiles(
    'operators of variables',
    'ENV V=a.b.c ; ENV A=${V%.*} B=${V##*.} C=${V/./-} D=${V//./-} E=${V:+set} F=${N:-none}',
  ),
  withFiles('quotes and escapes', `ENV A="a\\"b" B='c $A' C=d\\ e ; LABEL a="\\$A" b='\\$A'`),
  {
    title: 'build arguments',
    text: 'ARG G=global\nARG T\nFROM BASE_IMAGE\nARG G\nARG A=default B=$A-x\nARG T=own\nARG NONE\nARG TARGETARCH\nENV X=$G-$A-$B-$T-$TARGETARCH\nLABEL a=$A\nWORKDIR /$A\n',
    flags: ['--build-arg', 'A=given', '--build-arg', 'T=1'],
    options: { args: { A: 'given', T: '1' } },
  },
  {
    title: 'arguments of FROM',
    text: 'ARG IMAGE=BASE_IMAGE\nFROM --platform=$TARGETPLATFORM ${IMAGE} AS x\nENV A=1\n',
  },
  {
    title: 'triggers of a base stage',
    text: `FROM BASE_IMAGE AS parent
ENV P=1
ONBUILD COPY a.txt /triggered-$P
ONBUILD ENV CHILD=$P
ONBUILD LABEL l=1
FROM parent AS child
COPY b.txt /b
`,
  },
  {
    title: 'a target by name, labels and an empty stage',
    text: 'FROM BASE_IMAGE AS one\nENV A=1\nFROM BASE_IMAGE AS Two\nENV A=2\nFROM scratch\nCOPY none /\n',
    flags: ['--target', 'two', '--label', 'x=y', '--label', 'base=z'],
    options: { target: 'two', labels: { x: 'y', base: 'z' } },
  },
  {
    title: 'only a base',
    text: 'FROM BASE_IMAGE\n',
  },
  {
    title: 'directives, continuations and comments',
    text: '# escape=`\nFROM BASE_IMAGE\n# comment\nENV A=1 `\n  # inside\n\n  B=2\nCOPY a.txt `\n /x`\n',
  },
  {
    title: 'a stage from scratch with metadata only',
    text: 'FROM scratch\nENV A=1\nCMD ["/x"]\n',
    baseLayers: 0,
  },
  {
    title: 'another platform',
    text: 'FROM scratch\nARG TARGETPLATFORM TARGETVARIANT BUILDPLATFORM\nENV T=$TARGETPLATFORM V=$TARGETVARIANT\nCOPY a.txt /\n',
    flags: ['--platform', 'linux/arm/v6'],
    options: { platform: 'linux/arm/v6' },
    baseLayers: 0,
  },
  {
    title: 'an image and a directory as named contexts',
    text: 'FROM other\nCOPY --from=dir c.txt /d\nCOPY --from=other /file /f\nCOPY --from=dir . /all/\n',
    contexts: { other: 'docker-image://BASE_IMAGE', dir: 'CONTEXT/sub' },
  },
  {
    title: 'a named context in place of a stage',
    text: 'FROM none.invalid/x AS one\nCOPY none /\nFROM one\nCOPY a.txt /\nCOPY --from=one /late /l\n',
    contexts: { one: 'docker-image://BASE_IMAGE' },
  },
];

/** Dockerfiles that fail, and the message of this builder. */
export const failingCases: readonly (BuildCase & { readonly message: RegExp })[] = [
  { ...withFiles('a file into a file', 'COPY a.txt /file/'), message: /:2: .*\/file/ },
  { ...withFiles('a directory onto a file', 'COPY sub /file'), message: /:2: .*\/file/ },
  {
    ...withFiles(
      'a file onto a directory',
      'COPY sub/ /d ; COPY a.txt /x/sub/y ; COPY sub /x ; COPY b.txt /r/deep ; COPY sub /r',
    ),
    message: /:6: .*\/r\/deep/,
  },
  { ...withFiles('a file that does not exist', 'COPY none.txt /'), message: /:2: .*none\.txt/ },
  { ...withFiles('a file that is left out', 'COPY ignored/lost.txt /'), message: /:2: .*lost\.txt/ },
  { ...withFiles('a link that leads out of the context', 'COPY outside /x'), message: /:2: .*outside/ },
  { ...withFiles('a link that climbs out of the context', 'COPY climbing /x'), message: /:2: .*climbing/ },
  { ...withFiles('a loop of links', 'COPY a.txt /loop/x'), message: /:2: .*links/ },
  { ...withFiles('an invalid mode', 'COPY --chmod=9 a.txt /x'), message: /:2: .*mode/ },
  { ...withFiles('a mode that is too large', 'COPY --chmod=77777 a.txt /x'), message: /:2: .*mode/ },
  {
    ...withFiles('a required path that does not exist', 'COPY --parents x/none.txt /'),
    message: /:2: .*none\.txt/,
  },
  { ...withFiles('a variable as the source stage', 'COPY --from=$X a /x'), message: /:2:/ },
  { ...withFiles('a stage number that does not exist', 'COPY --from=5 a /x'), message: /:2:/ },
  { ...withFiles('an invalid port', 'EXPOSE 99999'), message: /:2:/ },
  { ...withFiles('an unknown signal', 'STOPSIGNAL SIGNOTHING'), message: /:2:/ },
  {
    ...withFiles(
      'a checksum of a local file',
      'ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 a.txt /x',
    ),
    message: /:2:/,
  },
  { ...withFiles('COPY of a URL', 'COPY http://localhost:1/x /x'), message: /:2:/ },
];
