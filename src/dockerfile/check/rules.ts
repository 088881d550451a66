const RULES_URL = 'https://docs.docker.com/go/dockerfile/rule/';

/** The names of the rules, which are those of BuildKit, and the last part of the URL of each one's documentation. */
const pages = {
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
} as const;

/** The name of a rule, as in `# check=skip=NAME`. */
export type Rule = keyof typeof pages;

/** Rules that are checked only if the settings name them. They cannot be skipped. */
const experimental: ReadonlySet<Rule> = new Set(['InvalidDefinitionDescription']);

/** The address of the documentation of a rule. */
export function urlOf(rule: Rule): string {
  return `${RULES_URL}${pages[rule]}/`;
}

export function isExperimental(rule: Rule): boolean {
  return experimental.has(rule);
}
