/** Scripts are told by their URLs, and files are shown by their paths. */

/** The path of a file: URL; any other URL as it is. A query, as loaders add it, is no part of the path. */
export function pathOf(url: string): string {
  if (!url.startsWith('file://')) return url;
  try {
    const path = decodeURIComponent(new URL(url).pathname);
    return /^\/[a-z]:\//i.test(path) ? path.slice(1) : path;
  } catch {
    return url;
  }
}
