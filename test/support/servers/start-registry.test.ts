import { expect, it } from '@jest/globals';
import { startRegistry } from './start-registry.js';

it('startRegistry starts a registry that responds, and records its requests', async () => {
  const registry = await startRegistry();
  try {
    const response = await fetch(`${registry.url}/v2/`);
    expect(response.status).toBe(200);
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    expect(registry.requests).toEqual([{ method: 'GET', url: '/v2/' }]);
  } finally {
    await registry.close();
  }
});
