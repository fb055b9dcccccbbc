import { signedIn } from '../api/client';
import { addPushToken, deletePushToken, getPushKey } from '../api/routes';
import type { PushToken } from '../api/schema';

/**
 * Whether this browser can be woken by messages.
 *
 * `install`: an iPhone shows them only from the home screen. `blocked`: the person said no, only the browser's
 * settings can change it.
 */
export type PushState = 'unsupported' | 'install' | 'blocked' | 'off' | 'on';

/** Set while a person of this browser wants messages; the subscription itself may have died meanwhile. */
const WANTED = 'campo.push';

const wanted = (): boolean => {
  try {
    return localStorage.getItem(WANTED) === 'on';
  } catch {
    return false;
  }
};
const want = (on: boolean): void => {
  try {
    if (on) localStorage.setItem(WANTED, 'on');
    else localStorage.removeItem(WANTED);
  } catch {
    // Private mode: it lasts as long as the subscription.
  }
};

/** base64url as the server gives its key. */
export function keyBytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Whether a subscription was made with this key. */
export function isOf(subscription: Pick<PushSubscription, 'options'>, key: Uint8Array): boolean {
  const made = subscription.options.applicationServerKey;
  if (!made) return false;
  const bytes = new Uint8Array(made);
  return bytes.length === key.length && bytes.every((byte, i) => byte === key[i]);
}

const isPhoneOfApple = (): boolean => /iPhone|iPad|iPod/.test(navigator.userAgent);

export async function pushState(): Promise<PushState> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window))
    return isPhoneOfApple() ? 'install' : 'unsupported';
  if (Notification.permission === 'denied') return 'blocked';
  const registration = await navigator.serviceWorker.getRegistration('/');
  const subscription = await registration?.pushManager.getSubscription();
  return subscription && wanted() && Notification.permission === 'granted' ? 'on' : 'off';
}

/** Asks for leave, subscribes and tells the server. Call it in a tap: browsers ask nobody unasked. */
export async function enablePush(): Promise<PushState> {
  const leave = await Notification.requestPermission();
  if (leave !== 'granted') return leave === 'denied' ? 'blocked' : 'off';
  await subscribe();
  want(true);
  return 'on';
}

/** At every start: subscriptions die silently, and the server's key may be another one. */
export async function keepPush(): Promise<void> {
  if (!wanted() || !('Notification' in window) || Notification.permission !== 'granted') return;
  await subscribe();
}

/** This browser is woken no more. */
export async function disablePush(): Promise<void> {
  want(false);
  const registration = await navigator.serviceWorker?.getRegistration('/');
  const subscription = await registration?.pushManager?.getSubscription();
  if (!subscription) return;
  await signedIn(deletePushToken)({ endpoint: subscription.endpoint });
  await subscription.unsubscribe();
}

async function subscribe(): Promise<void> {
  const registration =
    (await navigator.serviceWorker.getRegistration('/')) ??
    (await navigator.serviceWorker.register('/sw.js'));
  await ready(registration);
  const { public_key } = await signedIn(getPushKey)();
  const key = keyBytes(public_key);
  let subscription = await registration.pushManager.getSubscription();
  if (subscription && !isOf(subscription, key)) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  const { endpoint, keys } = subscription.toJSON() as PushToken;
  await signedIn(addPushToken)({ endpoint, keys });
}

/** Subscribing needs a worker that is active. */
async function ready(registration: ServiceWorkerRegistration): Promise<void> {
  if (registration.active) return;
  await navigator.serviceWorker.ready;
}

/** Paths that a tapped message opens while the page is there. */
export function onOpened(open: (path: string) => void): () => void {
  const heard = (event: MessageEvent) => {
    if (event.data?.type === 'open' && typeof event.data.path === 'string') open(event.data.path);
  };
  navigator.serviceWorker?.addEventListener('message', heard);
  return () => navigator.serviceWorker?.removeEventListener('message', heard);
}

/** The job of a path as `/tecnico?job=..`. */
export const jobIn = (path: string): string | null =>
  new URL(path, 'https://x.invalid').searchParams.get('job');
