import { Problem } from '../parts/problem.js';
import { isExperimental, type Rule } from './rules.js';

/** Names of rules, or all of them. A name that is not a rule has no effect. */
export type RuleSet = 'all' | ReadonlySet<string>;

/** The parts of `# check=`. */
export interface CheckDirective {
  readonly skip: RuleSet;
  readonly experimental: RuleSet;
  readonly asErrors: boolean;
}

const TRUE: readonly string[] = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE: readonly string[] = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/**
 * Reads the value of `# check=`, such as `skip=StageNameCasing,UndefinedVar;error=true`. As in BuildKit, it ends at the
 * first space.
 *
 * @throws Problem for an option that does not exist
 */
export function parseCheckDirective(value: string): CheckDirective {
  const [text = ''] = value.split(' ', 1);
  let skip: RuleSet = new Set();
  let experimental: RuleSet = new Set();
  let asErrors = false;
  for (const option of text === '' ? [] : text.split(';')) {
    const equals = option.indexOf('=');
    const name = option.slice(0, Math.max(0, equals)).trim();
    const setting = option.slice(equals + 1).trim();
    if (name === 'skip') skip = ruleSetOf(setting);
    else if (name === 'experimental') experimental = ruleSetOf(setting);
    else if (name === 'error' && [...TRUE, ...FALSE].includes(setting)) asErrors = TRUE.includes(setting);
    else {
      throw new Problem('directive', `the option ${JSON.stringify(option)} of check is invalid`, {
        hint: 'the options are skip=RULE,RULE and experimental=RULE, also with the value all, and error=true',
      });
    }
  }
  return { skip, experimental, asErrors };
}

function ruleSetOf(text: string): RuleSet {
  return text === 'all' ? 'all' : new Set(text.split(',').map((name) => name.trim()));
}

/** Rules that are skipped, and experimental rules that are checked. */
export type RuleSettings = Pick<CheckDirective, 'skip' | 'experimental'>;

/** Which rules are checked. */
export class CheckSettings {
  readonly #parts: readonly RuleSettings[];

  constructor(parts: readonly RuleSettings[]) {
    this.#parts = parts;
  }

  checks(rule: Rule): boolean {
    return isExperimental(rule)
      ? this.#parts.some(({ experimental }) => has(experimental, rule))
      : !this.#parts.some(({ skip }) => has(skip, rule));
  }

  /**
   * The settings for an instruction with these comments: the first one that begins with `check=` adds to the settings of
   * the file. As in BuildKit, it has no effect if one of its options is invalid.
   */
  within(comments: readonly string[]): CheckSettings {
    for (const comment of comments) {
      const equals = comment.indexOf('=');
      const isDirective = equals > 0 && comment.slice(0, equals).trim().toLowerCase() === 'check';
      const value = comment.slice(equals + 1).trim();
      if (!isDirective || value === '') continue;
      try {
        return new CheckSettings([...this.#parts, parseCheckDirective(value)]);
      } catch (error) {
        if (error instanceof Problem) return this;
        throw error;
      }
    }
    return this;
  }
}

function has(rules: RuleSet, rule: Rule): boolean {
  return rules === 'all' || rules.has(rule);
}
