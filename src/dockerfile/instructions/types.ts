import type { Heredoc } from '../text/heredoc.js';

/** The position of an instruction. Lines and columns are counted from 1, columns in UTF-16 code units. */
export interface SourceRange {
  /** The first line. */
  readonly line: number;
  /** The first column. */
  readonly column: number;
  /** The last line; if the instruction has heredocs, it is the end of the last one. */
  readonly endLine: number;
}

/** The members of every instruction. Variables in texts are not expanded. */
export interface BaseInstruction {
  /** The position in the file. */
  readonly range: SourceRange;
  /** The line of the instruction, with its continuation lines, but without heredocs. */
  readonly source: string;
  /** The name of the instruction as it is written, such as `COPY` or `copy`. */
  readonly keyword: string;
  /**
   * The comments above the instruction, without `#` and the white space around them. An empty comment separates the
   * comments before it from the instruction; an empty line does not.
   */
  readonly comments: readonly string[];
  /** The last line of the instruction without its heredocs; undefined unless one of its continuation lines is empty. */
  readonly emptyContinuation?: number | undefined;
}

/** A command: words that are executed, or text for the shell of the stage. */
export type Command =
  | { readonly form: 'exec'; readonly words: readonly string[] }
  | { readonly form: 'shell'; readonly text: string };

/** A name with a value, as in ENV and LABEL. */
export interface Pair {
  /** The name; variables are not expanded. */
  readonly name: string;
  /** The value; variables, quotes and escapes are kept. */
  readonly value: string;
  /** Whether it is written as `NAME VALUE`, the old form without `=`. */
  readonly legacy: boolean;
}

/** A file whose content is a heredoc of COPY or ADD. */
export interface InlineFile {
  /** The name; variables are not expanded. */
  readonly name: string;
  /** The content. If the heredoc is written with `<<-`, the tabs at the start of each line are removed. */
  readonly content: string;
  /** Whether variables in the content are expanded. */
  readonly expand: boolean;
}

/** A parsed `--mount` of RUN. Variables in it are expanded. */
export interface Mount {
  /** The kind of mount. */
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  /** A stage, image or named context. */
  readonly from?: string | undefined;
  /** The path in the source, or the secret. */
  readonly source?: string | undefined;
  /** The path in the container. */
  readonly target?: string | undefined;
  /** @default true for bind, secret and ssh */
  readonly readonly: boolean;
  /** The identity of a cache, a secret or an SSH agent. */
  readonly id?: string | undefined;
  /** How builds that run at the same time share a cache. */
  readonly sharing?: 'shared' | 'private' | 'locked' | undefined;
  /** Whether a secret or an SSH agent must exist. */
  readonly required: boolean;
  /** The maximum size of a tmpfs in bytes. */
  readonly size?: number | undefined;
  /** The mode of the files. */
  readonly mode?: number | undefined;
  /** The numeric user ID. */
  readonly uid?: number | undefined;
  /** The numeric group ID. */
  readonly gid?: number | undefined;
  /** The environment variable that gets the secret. If it is empty, the name of the secret is used. */
  readonly env?: string | undefined;
}

/** The members that ADD and COPY share. */
export interface FilesInstruction extends BaseInstruction {
  /** The sources without heredocs: paths, and URLs in the case of ADD. */
  readonly sources: readonly string[];
  /** The heredocs among the sources. */
  readonly inline: readonly InlineFile[];
  /** The path to copy to; it may end with a slash. */
  readonly destination: string;
  /** The owner: a user and a group, by name or number. */
  readonly chown?: string | undefined;
  /** The mode: octal or symbolic. */
  readonly chmod?: string | undefined;
  /** Whether the files are a layer that does not depend on the layers below. */
  readonly link: boolean;
  /** Patterns of paths that are left out. */
  readonly exclude: readonly string[];
}

export interface AddInstruction extends FilesInstruction {
  /** Which instruction it is. */
  readonly kind: 'add';
  /** Whether the `.git` directory of a repository is kept. */
  readonly keepGitDir?: boolean | undefined;
  /** The digest that the file must have. */
  readonly checksum?: string | undefined;
  /** Whether archives are unpacked. @default only local ones */
  readonly unpack?: boolean | undefined;
}

export interface ArgInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'arg';
  /** The variables; a value is undefined if there is no default. */
  readonly variables: readonly { readonly name: string; readonly value: string | undefined }[];
}

export interface CmdInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'cmd';
  /** What is executed. */
  readonly command: Command;
}

export interface CopyInstruction extends FilesInstruction {
  /** Which instruction it is. */
  readonly kind: 'copy';
  /** A stage by name or number, an image, or a named context. Variables in it are not expanded. */
  readonly from?: string | undefined;
  /** Whether the directories of the sources are kept below the destination. */
  readonly parents: boolean;
}

export interface EntrypointInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'entrypoint';
  /** What is executed. */
  readonly command: Command;
}

export interface EnvInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'env';
  /** The pairs in their order. */
  readonly pairs: readonly Pair[];
}

export interface ExposeInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'expose';
  /** Sorted by their text, as BuildKit does. */
  readonly ports: readonly string[];
}

export interface HealthcheckInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'healthcheck';
  /** `['NONE']`, `['CMD', ...]` or `['CMD-SHELL', text]`, as in the config of an image. */
  readonly test: readonly string[];
  /** The time between checks. All durations here are in nanoseconds, and 0 if they are not given. */
  readonly interval: number;
  /** How long one check may take. */
  readonly timeout: number;
  /** How long the container may take to start. */
  readonly startPeriod: number;
  /** The time between checks while it starts. */
  readonly startInterval: number;
  /** The number of failed checks after which the container is unhealthy; 0 if it is not given. */
  readonly retries: number;
}

export interface LabelInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'label';
  /** The pairs in their order. */
  readonly pairs: readonly Pair[];
}

export interface MaintainerInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'maintainer';
  /** The text after MAINTAINER. */
  readonly maintainer: string;
}

export interface OnbuildInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'onbuild';
  /** The instruction as text, with its heredocs, as the config of an image keeps it. */
  readonly trigger: string;
}

export interface RunInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'run';
  /** What is executed. */
  readonly command: Command;
  /** The heredocs in the order of the line. */
  readonly heredocs: readonly Heredoc[];
  /** The values of `--mount`. `parseMount` parses them. */
  readonly mounts: readonly string[];
  /** @default default */
  readonly network?: 'default' | 'none' | 'host' | undefined;
  /** @default sandbox */
  readonly security?: 'sandbox' | 'insecure' | undefined;
}

export interface ShellInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'shell';
  /** The program and its arguments. */
  readonly shell: readonly string[];
}

export interface StopsignalInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'stopsignal';
  /** The name or number of the signal. */
  readonly signal: string;
}

export interface UserInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'user';
  /** A user, perhaps with a group: `user:group`. */
  readonly user: string;
}

export interface VolumeInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'volume';
  /** The paths. */
  readonly volumes: readonly string[];
}

export interface WorkdirInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'workdir';
  /** The path. A relative path is resolved against the working directory before it. */
  readonly path: string;
}

/** An instruction of a stage. */
export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;

/** FROM, which begins a stage. */
export interface FromInstruction extends BaseInstruction {
  /** Which instruction it is. */
  readonly kind: 'from';
  /** An image, a stage or `scratch`; variables of ARG before the first FROM are not expanded yet. */
  readonly base: string;
  /** The name of the stage in lower case; undefined if it has none. */
  readonly name?: string | undefined;
  /** The name of the stage as it is written in the file. */
  readonly writtenName?: string | undefined;
  /** The keyword before the name as it is written: `AS` or `as`. */
  readonly writtenAs?: string | undefined;
  /** The platform of the image; variables are not expanded. */
  readonly platform?: string | undefined;
}
