/** Words and patterns that make a sentence hard to understand, and the plain ones. See docs/style.md. */
export interface AvoidedWords {
  readonly pattern: RegExp;
  /** What to write. */
  readonly write: string;
}

export const avoided: readonly AvoidedWords[] = [
  { pattern: /\bfolders?\b/i, write: 'directory' },
  { pattern: /\banswer(?:s|ed|ing)?\b/i, write: 'response, respond, result' },
  { pattern: /\btold\b/i, write: 'the word for what happens: reported, passed to, called with' },
  { pattern: /\btells?\b(?! apart)/i, write: 'reports, says, has, returns' },
  { pattern: /\b(?:go|goes|going|gone|went) on\b/i, write: 'resume, continue' },
  {
    pattern: /(?<!\bthere )\b(?:is|are|was|were) none\b/i,
    write: 'is not a ..., is invalid, does not exist',
  },
  {
    pattern: /\b(?:that|which|who|it|this) (?:is|are|was|were) no\b(?! (?:longer|more)\b)/i,
    write: 'is not a ...',
  },
  { pattern: /\b(?:what|that|which|who) (?:is|are|was|were) there\b/i, write: 'exists, the existing ...' },
  { pattern: /\b(?:what|as) there (?:is|are|was|were)\b/i, write: 'exists, the existing ...' },
  {
    pattern: /\bthat there (?:is|are|was|were)\b(?! (?:an?|any|no|none|nothing)\b)/i,
    write: 'exists, the existing ...',
  },
  { pattern: /\bby (?:itself|themselves)\b/i, write: 'automatically, alone, separately' },
  { pattern: /\bwhoever\b/i, write: 'anyone who, a program that' },
  { pattern: /\banew\b/i, write: 'again' },
  { pattern: /\b(?:held|holds? (?:it|them|this|these)) to\b/i, write: 'checked against, compared with' },
  { pattern: /\bheed(?:s|ed)?\b/i, write: 'follow, apply, respect' },
  { pattern: /\bbe had\b/i, write: 'is available' },
  { pattern: /\bfor lack of\b/i, write: 'because ... is missing' },
  {
    pattern: /\b(?:as|unless|where) (?:asked|wanted) for\b/i,
    write: 'if it is requested, if the option is set',
  },
  // A sentence that begins with its verb, as in "Kept are also referrers".
  {
    pattern:
      /(?:^|[.:;] )(?:Asked|Found|Kept|Left out|Listed|Looked at|Read|Refused|Sent|Taken|Written) (?:is|are)\b/,
    write: 'the subject first',
  },
];
