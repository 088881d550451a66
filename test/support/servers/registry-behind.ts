import type { IncomingMessage, ServerResponse } from 'node:http';
import { newRegistry } from '../../../src/registry/registry.js';
import { useServers } from './http-server.js';

export interface RegistryBehind {
  readonly host: string;
  readonly requests: string[];
}

type Front = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Starts the embedded registry behind a function. The function responds to some requests, and returns true for those. */
export function useRegistryBehind(): (front: Front) => Promise<RegistryBehind> {
  const servers = useServers();
  return async (front) => {
    const registry = newRegistry();
    const requests: string[] = [];
    const { host } = await servers.http((request, response) => {
      requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
      if (!front(request, response)) registry(request, response);
    });
    return { host, requests };
  };
}
