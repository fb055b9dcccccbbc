import { afterEach, describe, expect, test, vi } from 'vitest';

const asked: { method: string; path: string; body: unknown }[] = [];
vi.mock('../api/client', async (original) => ({
  ...(await original<typeof import('../api/client')>()),
  request: async (method: string, path: string, body: unknown) => {
    asked.push({ method, path, body });
    return path.endsWith('push-key') ? { public_key: 'AQID' } : {};
  },
}));
vi.mock('../api/session', () => ({ accessToken: () => 'token', refresh: async () => 'ok' }));

import { disablePush, enablePush, isOf, jobIn, keepPush, keyBytes, pushState } from './push';

const buffer = (...bytes: number[]) => new Uint8Array(bytes).buffer;

/** A browser with one registration; `made` are the subscriptions it was asked for. */
function browser(permission: NotificationPermission, answer: NotificationPermission = permission) {
  let current: FakeSubscription | null = null;
  const made: unknown[] = [];
  class FakeSubscription {
    options: { applicationServerKey: ArrayBuffer };
    endpoint = `https://push.example/${made.length}`;
    constructor(key: Uint8Array) {
      this.options = { applicationServerKey: key.slice().buffer as ArrayBuffer };
    }
    toJSON() {
      return { endpoint: this.endpoint, keys: { p256dh: 'p', auth: 'a' } };
    }
    async unsubscribe() {
      current = null;
      return true;
    }
  }
  const registration = {
    active: {},
    pushManager: {
      getSubscription: async () => current,
      subscribe: async (options: { applicationServerKey: Uint8Array; userVisibleOnly: boolean }) => {
        made.push(options);
        current = new FakeSubscription(options.applicationServerKey);
        return current;
      },
    },
  };
  const store = new Map<string, string>();
  const notification = {
    permission,
    requestPermission: async () => {
      notification.permission = answer;
      return answer;
    },
  };
  vi.stubGlobal('Notification', notification);
  vi.stubGlobal('window', { PushManager: class {}, Notification: notification });
  vi.stubGlobal('navigator', {
    userAgent: 'test',
    serviceWorker: { getRegistration: async () => registration, ready: Promise.resolve(registration) },
  });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
    removeItem: (key: string) => store.delete(key),
  });
  return {
    made,
    age: (key: Uint8Array) => {
      current = new FakeSubscription(key);
    },
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
  asked.length = 0;
});

describe('push', () => {
  test('a tap subscribes with the server’s key and tells the server', async () => {
    const { made } = browser('default', 'granted');
    expect(await pushState()).toBe('off');
    expect(await enablePush()).toBe('on');
    expect(made).toEqual([{ userVisibleOnly: true, applicationServerKey: new Uint8Array([1, 2, 3]) }]);
    expect(asked.map((a) => `${a.method} ${a.path}`)).toEqual([
      'GET /notifications/push-key',
      'POST /notifications/push-token',
    ]);
    expect(asked[1]?.body).toEqual({ endpoint: 'https://push.example/1', keys: { p256dh: 'p', auth: 'a' } });
    expect(await pushState()).toBe('on');
  });

  test('who says no is left alone', async () => {
    const { made } = browser('default', 'denied');
    expect(await enablePush()).toBe('blocked');
    expect(await pushState()).toBe('blocked');
    await keepPush();
    expect([made.length, asked.length]).toEqual([0, 0]);
  });

  test('at each start the server hears of it again, and a subscription of another key is replaced', async () => {
    const { made, age } = browser('granted');
    await enablePush();
    await keepPush();
    expect(made).toHaveLength(1);
    age(new Uint8Array([9]));
    await keepPush();
    expect(made).toHaveLength(2);
    expect(asked.filter((a) => a.method === 'POST')).toHaveLength(3);
  });

  test('turned off, the server forgets this browser, and a start does not bring it back', async () => {
    const { made } = browser('granted');
    await enablePush();
    await disablePush();
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', body: { endpoint: 'https://push.example/1' } });
    expect(await pushState()).toBe('off');
    await keepPush();
    expect(made).toHaveLength(1);
  });

  test('an iPhone needs the home screen', async () => {
    vi.stubGlobal('window', {});
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)' });
    expect(await pushState()).toBe('install');
    vi.stubGlobal('navigator', { userAgent: 'something else' });
    expect(await pushState()).toBe('unsupported');
  });

  test('keys', () => {
    expect([...keyBytes('-_8')]).toEqual([251, 255]);
    const made = { options: { applicationServerKey: buffer(1, 2) } } as unknown as PushSubscription;
    expect(isOf(made, new Uint8Array([1, 2]))).toBe(true);
    expect(isOf(made, new Uint8Array([1, 2, 3]))).toBe(false);
    expect(isOf({ options: {} } as PushSubscription, new Uint8Array([1]))).toBe(false);
  });

  test('the job that a path names', () => {
    expect(jobIn('/tecnico?job=7')).toBe('7');
    expect(jobIn('https://campo.example/dispatch?job=8#x')).toBe('8');
    expect(jobIn('/tecnico')).toBeNull();
  });
});
