import { accessToken, isEnding, refresh } from './session';
import type { ProblemBody, Upload } from './types';

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

async function send(
  method: string,
  path: string,
  body: unknown,
  key: string | null,
  more: Record<string, string> = {},
): Promise<Response> {
  const headers: Record<string, string> = {
    ...more,
    accept: 'application/json',
    // Reasons and refusals come in the language of the page.
    'accept-language': document.documentElement.lang || 'es-AR',
  };
  const token = accessToken();
  if (token) headers.authorization = `Bearer ${token}`;
  const isBytes = body instanceof ArrayBuffer;
  if (body !== undefined) headers['content-type'] = isBytes ? 'application/octet-stream' : 'application/json';
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
 * both, so that it cannot happen twice.
 */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const key = method === 'POST' ? crypto.randomUUID() : null;
  if (isEnding()) await refresh();
  let response = await send(method, path, body, key);
  if (response.status === 401 && accessToken() && (await refresh()) === 'ok')
    response = await send(method, path, body, key);
  if (!response.ok) throw await problem(response);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** The next bytes of an upload: they are the server's for good when this returns. */
export async function sendPart(path: string, offset: number, bytes: ArrayBuffer): Promise<Upload> {
  const more = { 'upload-offset': String(offset) };
  if (isEnding()) await refresh();
  let response = await send('PATCH', path, bytes, null, more);
  if (response.status === 401 && accessToken() && (await refresh()) === 'ok')
    response = await send('PATCH', path, bytes, null, more);
  if (!response.ok) throw await problem(response);
  return response.json();
}

/** Follows a list's cursors, to at most `max` rows. */
export async function listAll<T>(path: string, max = 2000): Promise<T[]> {
  const items: T[] = [];
  let after = '';
  while (items.length < max) {
    const joint = path.includes('?') ? '&' : '?';
    const page: { items: T[]; next: string | null } = await request(
      'GET',
      `${path}${joint}limit=200${after ? `&after=${encodeURIComponent(after)}` : ''}`,
    );
    items.push(...page.items);
    if (!page.next) break;
    after = page.next;
  }
  return items;
}
