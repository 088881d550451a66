import { afterEach } from '@jest/globals';

/** Closes after each test everything that was opened in it, in reverse order. */
export function useClosing(): <T extends { close(): Promise<void> }>(opened: T | Promise<T>) => Promise<T> {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  return async (opened) => {
    const one = await opened;
    open.push(one);
    return one;
  };
}
