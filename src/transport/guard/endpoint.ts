/** The host of a URL in the form that sockets take: an IPv6 address has no brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** The port of a URL, or the default port of its scheme. */
export const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');
