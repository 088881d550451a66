import { afterEach } from '@jest/globals';

/** Closes after each test what was opened in it, the last first. */
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
