/**
 * A file's link as the page loads it: our own server's by its path alone, because the page may stand under another
 * of the server's names than the links do; a store's own as it is.
 */
export function ownPath(url: string): string {
  const { pathname, search } = new URL(url, location.href);
  return pathname.startsWith('/files/') && !search ? pathname : url;
}
