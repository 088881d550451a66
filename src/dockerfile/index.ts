/**
 * The language of Dockerfiles: a parser, and the evaluation of variables, arguments and stages, and
 * warnings about probable mistakes. It reads no files and does not know images.
 *
 * ```ts
 * import { dockerfile } from 'containerregistry';
 *
 * const { stages } = dockerfile.parse('FROM busybox AS base\nCOPY --chown=1:1 app /app\n');
 * stages[0]?.instructions[0]?.kind; // 'copy'
 * ```
 *
 * @packageDocumentation
 */
export type { Warning } from './check/report.js';
export type { Rule } from './check/rules.js';
export { check, type CheckOptions, type CheckResult } from './checking.js';
export type { BuildArguments, DeclaredArgument } from './evaluate/arguments.js';
export { Environment } from './evaluate/environment.js';
export {
  evaluateArg,
  type EvaluateOptions,
  expandFrom,
  expandInstruction,
  findStage,
  globalEnvironment,
  type GlobalOptions,
  targetStage,
} from './evaluation.js';
export { expand, type ExpandOptions, parseMount, type TextOptions } from './expansion.js';
export type { Expansion, LexerOptions, Variables } from './expand/lexer.js';
export type {
  AddInstruction,
  ArgInstruction,
  BaseInstruction,
  CmdInstruction,
  Command,
  CopyInstruction,
  EntrypointInstruction,
  EnvInstruction,
  ExposeInstruction,
  FilesInstruction,
  FromInstruction,
  HealthcheckInstruction,
  InlineFile,
  Instruction,
  LabelInstruction,
  MaintainerInstruction,
  Mount,
  OnbuildInstruction,
  Pair,
  RunInstruction,
  ShellInstruction,
  SourceRange,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from './instructions/types.js';
export type { Dockerfile, Stage } from './instructions/dockerfile.js';
export { parse, type ParseOptions, parseTrigger } from './parse.js';
export type { Directives } from './text/directives.js';
export type { Heredoc, HeredocMark } from './text/heredoc.js';
