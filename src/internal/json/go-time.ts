import { goString, type GoType } from './go-types.js';
import { trimEnd } from '../trim-end.js';

/** What Go writes for a zero `time.Time`. `omitempty` does not omit it. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** `time.Time`: RFC 3339 with the shortest fraction, and Z for an offset of zero. */
export const goTime: GoType = {
  encode: (value, path) => {
    if (value === undefined || value === null || value === '') return `"${ZERO_TIME}"`;
    return goString.encode(typeof value === 'string' ? shortest(value) : value, path);
  },
  isEmpty: () => false,
};

/** Spells a time as Go does after parsing it. Text that is not an RFC 3339 time stays unchanged. */
function shortest(text: string): string {
  const parts = RFC3339.exec(text);
  if (parts === null) return text;
  const [, seconds = '', digits = '', offset = ''] = parts;
  const fraction = trimEnd(digits.slice(0, 9), '0');
  const zone = offset === 'Z' || /^[+-]00:00$/.test(offset) ? 'Z' : offset;
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}${zone}`;
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,64}))?(Z|[+-]\d\d:\d\d)$/;
