import { asObject, compareUtf8, goJson, nilSlice, quote, wrongType } from './go-json.js';

/**
 * Writes JSON as Go's `encoding/json` does, so that both give the same bytes and digests.
 *
 * A {@link GoType} stands for a Go type; undefined stands for that type's zero value.
 */
export interface GoType {
  /** @throws TypeError if the value does not have the type; the message names `path`. */
  encode(value: unknown, path: string): string;
  /** Whether `omitempty` omits a field with this value. */
  isEmpty(value: unknown): boolean;
}

export const goString: GoType = {
  encode: (value, path) => {
    if (value === undefined || value === null) return '""';
    if (typeof value !== 'string') throw wrongType(path, 'a string');
    return quote(value);
  },
  isEmpty: (value) => value === '',
};

export const goInt: GoType = {
  encode: (value, path) => {
    if (value === undefined || value === null) return '0';
    const isInt64 = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 63;
    if (!isInt64) throw wrongType(path, 'an integer of 64 bits');
    // A BigInt is never written with an exponent.
    return BigInt(value).toString();
  },
  isEmpty: (value) => value === 0,
};

export const goBool: GoType = {
  encode: (value, path) => {
    if (value === undefined || value === null) return 'false';
    if (typeof value !== 'boolean') throw wrongType(path, 'true or false');
    return String(value);
  },
  isEmpty: (value) => value === false,
};

export function goSlice(element: GoType): GoType {
  return {
    encode: (value, path) => {
      if (value === undefined || value === null || value === nilSlice) return 'null';
      if (!Array.isArray(value)) throw wrongType(path, 'a list');
      return `[${value.map((item, index) => element.encode(item, `${path}[${index}]`)).join(',')}]`;
    },
    isEmpty: (value) => Array.isArray(value) && value.length === 0,
  };
}

/** A map with string keys, which Go sorts by their UTF-8 bytes. */
export function goMap(element: GoType): GoType {
  return {
    encode: (value, path) => {
      if (value === undefined || value === null) return 'null';
      const members = Object.entries(asObject(value, path)).filter(([, entry]) => entry !== undefined);
      members.sort(([a], [b]) => compareUtf8(a, b));
      return `{${members.map(([key, entry]) => `${quote(key)}:${element.encode(entry, `${path}.${key}`)}`).join(',')}}`;
    },
    isEmpty: (value) => typeof value === 'object' && value !== null && Object.keys(value).length === 0,
  };
}

/** `struct{}`: an empty object for any value. */
export const goEmptyStruct: GoType = { encode: () => '{}', isEmpty: () => false };

export interface GoField {
  readonly name: string;
  readonly type: GoType;
  readonly omitEmpty?: boolean | undefined;
}

/** A struct: its declared fields in their order, then the other members of the value in theirs. */
export function goStruct(fields: readonly GoField[]): GoType {
  const declared = new Set(fields.map(({ name }) => name));
  return {
    encode: (value, path) => {
      const struct = value === undefined || value === null ? {} : asObject(value, path);
      const prefix = path === '' ? '' : `${path}.`;
      const members: string[] = [];
      for (const { name, type, omitEmpty = false } of fields) {
        const member = Object.hasOwn(struct, name) ? struct[name] : undefined;
        if (omitEmpty && (member === undefined || member === null || type.isEmpty(member))) continue;
        members.push(`${quote(name)}:${type.encode(member, prefix + name)}`);
      }
      for (const [name, member] of Object.entries(struct)) {
        if (declared.has(name) || member === undefined) continue;
        members.push(`${quote(name)}:${goJson(member, prefix + name)}`);
      }
      return `{${members.join(',')}}`;
    },
    isEmpty: () => false,
  };
}
