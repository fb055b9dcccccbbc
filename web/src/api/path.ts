/** An address whose parts are escaped: at`/jobs/${id}`. */
export const at = (text: TemplateStringsArray, ...parts: (string | number)[]): string =>
  String.raw({ raw: text }, ...parts.map((part) => encodeURIComponent(part)));

/** With a query of what is there; what is absent or null is not said. */
export function asked(path: string, query: Record<string, unknown> = {}): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  if (said.length === 0) return path;
  return `${path}?${new URLSearchParams(said.map(([name, value]) => [name, String(value)]))}`;
}
