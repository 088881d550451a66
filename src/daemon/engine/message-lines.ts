import { isJsonObject, type JsonObject } from '../../internal/json/json-object.js';
import { printable } from '../../internal/printable.js';

/** The messages that a daemon writes one after the other; text that is none of them is left out. */
export function messagesIn(text: string): readonly JsonObject[] {
  return text.split(/\r?\n/).flatMap((line) => {
    try {
      const message: unknown = JSON.parse(line);
      return isJsonObject(message) ? [message] : [];
    } catch {
      return [];
    }
  });
}

/** What a daemon says went wrong, in an answer that otherwise says yes. */
export function errorIn(text: string): string | undefined {
  for (const { error, errorDetail } of messagesIn(text)) {
    const detail = isJsonObject(errorDetail) ? errorDetail.message : undefined;
    const said = typeof detail === 'string' && detail !== '' ? detail : error;
    if (typeof said === 'string' && said !== '') return printable(said, 500);
    if (errorDetail !== undefined || error !== undefined) return 'it gives no reason';
  }
  return undefined;
}
