import { describe, expect, it } from '@jest/globals';
import {
  challengeResponse,
  errorResponse,
  redirectResponse,
  tooManyRequests,
} from '../../../src/testing/server/responses.js';

describe('the helpers for scripted responses', () => {
  it('make the usual responses of a registry', () => {
    expect(errorResponse(404, 'NAME_UNKNOWN').body).toBe(
      '{"errors":[{"code":"NAME_UNKNOWN","message":"name unknown"}]}',
    );
    expect(tooManyRequests(3).headers).toMatchObject({ 'retry-after': '3' });
    expect(tooManyRequests(new Date(0)).headers).toMatchObject({
      'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT',
    });
    expect(tooManyRequests().headers).not.toHaveProperty('retry-after');
    expect(redirectResponse('file:///etc/passwd')).toMatchObject({
      status: 307,
      headers: { location: 'file:///etc/passwd' },
    });
    expect(challengeResponse({ realm: 'http://r/t', service: 's' }).headers).toMatchObject({
      'www-authenticate': 'Bearer realm="http://r/t",service="s"',
    });
  });
});
