import { accessToken, isEnding, refresh } from './session';
import type { ProblemBody } from './types';

/** An answer that is not a success, with what the server said about it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly body: ProblemBody,
    readonly retryAfterS: number | null,
  ) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
  }
  get code(): string {
    return this.body.code ?? '';
  }
}

/** The network was the reason: nobody answered. */
export class Unreachable extends Error {}

async function problem(response: Response): Promise<Problem> {
  const body: ProblemBody = await response.json().catch(() => ({}));
  const header = Number(response.headers.get('retry-after'));
  return new Problem(response.status, body, header > 0 ? header : null);
}

const bytesType = (body: ArrayBuffer | Blob): string =>
  (body instanceof Blob && body.type) || 'application/octet-stream';

async function send(
  method: string,
  path: string,
  body: unknown,
  key: string | null,
  more: Record<string, string | number> = {},
): Promise<Response> {
  const headers: Record<string, string> = {
    ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, String(value)])),
    accept: 'application/json',
    // Reasons and refusals come in the language of the page.
    'accept-language': document.documentElement.lang || 'es-AR',
  };
  const token = accessToken();
  if (token) headers.authorization = `Bearer ${token}`;
  const isBytes = body instanceof ArrayBuffer || body instanceof Blob;
  if (body !== undefined) headers['content-type'] = isBytes ? bytesType(body) : 'application/json';
  if (key) headers['idempotency-key'] = key;
  try {
    return await fetch(`/api${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : isBytes ? body : JSON.stringify(body),
      credentials: 'same-origin',
    });
  } catch {
    throw new Unreachable();
  }
}

/**
 * One request. A 401 is answered by one renewal of the token and one repeat; a POST carries one key for
 * both, so that it cannot happen twice. Pages call it through `routes.ts`, which knows what each route takes and answers.
 */
export async function request<T>(
  method: string,
  path: string,
  body?: unknown,
  more?: Record<string, string | number>,
): Promise<T> {
  const key = method === 'POST' ? crypto.randomUUID() : null;
  if (isEnding()) await refresh();
  let response = await send(method, path, body, key, more);
  if (response.status === 401 && accessToken() && (await refresh()) === 'ok')
    response = await send(method, path, body, key, more);
  if (!response.ok) throw await problem(response);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Follows a list's cursors, to at most `max` rows. */
export async function listAll<T>(
  list: (query: { limit: number; after?: string }) => Promise<{ items: T[]; next?: string | null }>,
  max = 2000,
): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  while (items.length < max) {
    const page = await list({ limit: 200, after });
    items.push(...page.items);
    if (!page.next) break;
    after = page.next;
  }
  return items;
}

/** The same call by somebody whose page may have opened without a token of its own. */
export const signedIn =
  <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
  async (...args: A): Promise<T> => {
    if (!accessToken()) await refresh();
    return call(...args);
  };
