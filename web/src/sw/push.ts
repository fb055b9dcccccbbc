// What the worker does with a message of a push service. Imported by the worker alone.

/** What is shown, and where a tap leads. */
export interface Shown {
  title: string;
  options: { body: string; tag?: string; lang?: string; icon: string; badge: string; data: { path: string } };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads a message; whatever came, something is shown, or the browser takes the leave back. */
export function shown(payload: string | null): Shown {
  let form: { notification?: Record<string, unknown>; path?: unknown } = {};
  try {
    form = JSON.parse(payload ?? '') ?? {};
  } catch {
    // Not ours, or cut: the person still learns that there is something.
  }
  const notification = form.notification ?? {};
  const path = text(form.path);
  return {
    title: text(notification.title) || 'CampoTech',
    options: {
      body: text(notification.body),
      tag: text(notification.tag) || undefined,
      lang: text(notification.lang) || undefined,
      icon: '/icons/icon-192.png',
      badge: '/icons/icon-192.png',
      // Nothing outside of this origin is opened by a message.
      data: { path: /^\/(?![/\\])/.test(path) ? path : '/' },
    },
  };
}

/** The open page that a path belongs to. */
export function pageFor<T extends { url: string }>(pages: readonly T[], path: string): T | undefined {
  const wanted = new URL(path, 'https://x.invalid').pathname;
  return pages.find((page) => new URL(page.url).pathname === wanted);
}
