const RULES_URL = 'https://docs.docker.com/go/dockerfile/rule/';

/** The name of a rule, as in `# check=skip=NAME`. */
export type Rule =
  | 'ConsistentInstructionCasing'
  | 'CopyIgnoredFile'
  | 'DuplicateStageName'
  | 'ExposeInvalidFormat'
  | 'ExposeProtoCasing'
  | 'FromAsCasing'
  | 'FromPlatformFlagConstDisallowed'
  | 'InvalidDefaultArgInFrom'
  | 'InvalidDefinitionDescription'
  | 'JSONArgsRecommended'
  | 'LegacyKeyValueFormat'
  | 'MaintainerDeprecated'
  | 'MultipleInstructionsDisallowed'
  | 'NoEmptyContinuation'
  | 'RedundantTargetPlatform'
  | 'ReservedStageName'
  | 'SecretsUsedInArgOrEnv'
  | 'StageNameCasing'
  | 'UndefinedArgInFrom'
  | 'UndefinedVar'
  | 'WorkdirRelativePath';

/** The last part of the URL of each rule's documentation. */
const pages: Readonly<Record<Rule, string>> = {
  ConsistentInstructionCasing: 'consistent-instruction-casing',
  CopyIgnoredFile: 'copy-ignored-file',
  DuplicateStageName: 'duplicate-stage-name',
  ExposeInvalidFormat: 'expose-invalid-format',
  ExposeProtoCasing: 'expose-proto-casing',
  FromAsCasing: 'from-as-casing',
  FromPlatformFlagConstDisallowed: 'from-platform-flag-const-disallowed',
  InvalidDefaultArgInFrom: 'invalid-default-arg-in-from',
  InvalidDefinitionDescription: 'invalid-definition-description',
  JSONArgsRecommended: 'json-args-recommended',
  LegacyKeyValueFormat: 'legacy-key-value-format',
  MaintainerDeprecated: 'maintainer-deprecated',
  MultipleInstructionsDisallowed: 'multiple-instructions-disallowed',
  NoEmptyContinuation: 'no-empty-continuation',
  RedundantTargetPlatform: 'redundant-target-platform',
  ReservedStageName: 'reserved-stage-name',
  SecretsUsedInArgOrEnv: 'secrets-used-in-arg-or-env',
  StageNameCasing: 'stage-name-casing',
  UndefinedArgInFrom: 'undefined-arg-in-from',
  UndefinedVar: 'undefined-var',
  WorkdirRelativePath: 'workdir-relative-path',
};

/** Rules that are checked only if the settings name them. They cannot be skipped. */
const experimental: ReadonlySet<Rule> = new Set(['InvalidDefinitionDescription']);

/** The address of the documentation of a rule. */
export function urlOf(rule: Rule): string {
  return `${RULES_URL}${pages[rule]}/`;
}

export function isExperimental(rule: Rule): boolean {
  return experimental.has(rule);
}
