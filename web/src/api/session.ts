import type { Login, Role } from './types';

/** Who was signed in on this device last; no secret, but enough to open a face without the network. */
export type Remembered = Pick<Login, 'user' | 'organization'>;

const KEY = 'campo.user';
/** A token that ends within this time is renewed before it is used. */
const MARGIN_MS = 30_000;
let token: string | null = null;
let goodUntil = 0;

export const accessToken = (): string | null => token;
export const isEnding = (): boolean => token !== null && Date.now() > goodUntil - MARGIN_MS;

export function remembered(): Remembered | null {
  try {
    const text = localStorage.getItem(KEY);
    return text ? (JSON.parse(text) as Remembered) : null;
  } catch {
    return null;
  }
}

export function remember(who: Remembered): void {
  localStorage.setItem(KEY, JSON.stringify(who));
}

/** Takes what a login or a renewal answered. The token stays in memory, the refresh cookie is HttpOnly. */
export function accept(login: Login): void {
  token = login.access_token;
  goodUntil = Date.now() + login.expires_in_s * 1000;
  remember({ user: login.user, organization: login.organization });
}

export function forget(): void {
  token = null;
  localStorage.removeItem(KEY);
}

async function renew(): Promise<'ok' | 'signed_out' | 'unreachable'> {
  try {
    const response = await fetch('/api/auth/refresh', { method: 'POST', credentials: 'same-origin' });
    if (response.ok) {
      accept(await response.json());
      return 'ok';
    }
    // 4xx other than a limit: the login is over. Anything else passes.
    return response.status < 500 && response.status !== 429 ? 'signed_out' : 'unreachable';
  } catch {
    return 'unreachable';
  }
}

/** Renews the access token by the cookie, one page at a time: each renewal changes the cookie. */
export async function refresh(): Promise<'ok' | 'signed_out' | 'unreachable'> {
  const result = navigator.locks ? await navigator.locks.request('campo.refresh', renew) : await renew();
  if (result === 'signed_out') forget();
  return result;
}

/**
 * Ends the login here and on the server. False without a network: the cookie is the server's to take
 * back, and a half-ended login would be a false promise. `before` runs before the page is left.
 */
export async function logout(before?: () => Promise<void>): Promise<boolean> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  try {
    await fetch('/api/auth/logout', { method: 'POST', credentials: 'same-origin', headers });
  } catch {
    return false;
  }
  forget();
  await before?.();
  location.assign('/');
  return true;
}

/** The page of a role; null where this version has none. */
export function faceOf(role: Role): string | null {
  if (role === 'technician') return '/tecnico';
  return role === 'accountant' ? null : '/dispatch';
}
