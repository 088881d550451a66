/** The host of a URL as sockets know it: IPv6 without brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** The port that a URL leads to, written out. */
export const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');
