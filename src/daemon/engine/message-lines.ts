import { isJsonObject, type JsonObject } from '../../internal/json/json-object.js';
import { printable } from '../../internal/printable.js';

/** Parses the messages of a daemon, one JSON object per line. Other lines are skipped. */
export function parseMessages(text: string): readonly JsonObject[] {
  return text.split(/\r?\n/).flatMap((line) => {
    try {
      const message: unknown = JSON.parse(line);
      return isJsonObject(message) ? [message] : [];
    } catch {
      return [];
    }
  });
}

/** The daemon's error message in a response whose status reported success; undefined if there is none. */
export function findErrorMessage(text: string): string | undefined {
  for (const { error, errorDetail } of parseMessages(text)) {
    const detail = isJsonObject(errorDetail) ? errorDetail.message : undefined;
    const reason = typeof detail === 'string' && detail !== '' ? detail : error;
    if (typeof reason === 'string' && reason !== '') return printable(reason, 500);
    if (errorDetail !== undefined || error !== undefined) return 'the daemon gives no reason';
  }
  return undefined;
}
