import type { SettingsPosition } from '../../errors/invalid/settings.js';
import type { FieldPath } from './field.js';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gy;
const BLANKS = /\s*/y;

/**
 * The position where a value of a JSON text begins, or where its key begins if it has one. The text must be valid JSON
 * without duplicate keys, and must have a value at the path.
 */
export function locateJson(text: string, path: FieldPath): SettingsPosition {
  return positionAt(text, offsetOf(text, path));
}

/** An object or array that is being read. */
interface Level {
  /** Index of the current element; -1 in an object. */
  index: number;
  key: string;
  keyAt: number;
  /** Whether the path leads through all levels above. */
  readonly onPath: boolean;
}

function offsetOf(text: string, path: FieldPath): number {
  const levels: Level[] = [];
  const isHere = (): boolean => {
    const level = levels.at(-1);
    if (level === undefined) return true;
    const wanted = path[levels.length - 1];
    return level.onPath && (level.index < 0 ? level.key : level.index) === wanted;
  };
  for (let at = skip(text, 0); at < text.length;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) break;
    const after = skip(text, at + token.length);
    const level = levels.at(-1);
    if (token.startsWith('"') && text[after] === ':' && level !== undefined) {
      level.key = JSON.parse(token) as string;
      level.keyAt = at;
    } else if (token === ',') {
      if (level !== undefined && level.index >= 0) level.index += 1;
    } else if (token === '}' || token === ']') {
      levels.pop();
    } else if (token !== ':') {
      const here = isHere();
      if (here && levels.length === path.length)
        return level === undefined || level.index >= 0 ? at : level.keyAt;
      if (token === '{' || token === '[')
        levels.push({ index: token === '[' ? 0 : -1, key: '', keyAt: at, onPath: here });
    }
    at = after;
  }
  return 0;
}

function skip(text: string, at: number): number {
  BLANKS.lastIndex = at;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

function positionAt(text: string, offset: number): SettingsPosition {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
