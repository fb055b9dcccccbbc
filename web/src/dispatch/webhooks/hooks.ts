import * as routes from '../../api/routes';
import type { WebhookDelivery, WebhookEndpoint } from '../../api/schema';
import { t, type Word } from '../../i18n';

/** What a form offers: groups of events, or all of them. */
export const GROUPS = ['*', 'job.*', 'customer.*', 'technician.*', 'shift.*', 'user.*'] as const;

const WORDS: Record<string, Word> = {
  '*': 'hook_all',
  'job.*': 'hook_jobs',
  'customer.*': 'hook_customers',
  'technician.*': 'hook_technicians',
  'shift.*': 'hook_shifts',
  'user.*': 'hook_users',
};

/** A pattern in words; a single kind as it is. */
export const patternText = (pattern: string): string => {
  const word = WORDS[pattern];
  return word ? t(word) : pattern;
};

/** Everything makes the rest needless. */
export function choose(chosen: readonly string[], pattern: string, on: boolean): string[] {
  if (pattern === '*') return on ? ['*'] : [];
  const rest = chosen.filter((p) => p !== pattern && p !== '*');
  return on ? [...rest, pattern] : rest;
}

export const hooks = {
  list: () => routes.listWebhookEndpoints({ limit: 50 }),
  add: (url: string, kinds: string[], description: string) =>
    routes.createWebhookEndpoint({ url, kinds, description: description || null }),
  turn: (hook: WebhookEndpoint, is_active: boolean) =>
    routes.editWebhookEndpoint(hook.id, { version: hook.version, is_active }),
  remove: (hook: WebhookEndpoint) => routes.deleteWebhookEndpoint(hook.id),
  rotate: (hook: WebhookEndpoint) => routes.rotateWebhookSecret(hook.id),
  replay: (hook: WebhookEndpoint, after: number) => routes.replayWebhooks(hook.id, { after }),
  deliveries: (hook: WebhookEndpoint) => routes.listWebhookDeliveries(hook.id, { limit: 20 }),
  resend: (hook: WebhookEndpoint, delivery: WebhookDelivery) => routes.resendWebhook(hook.id, delivery.id),
};

const STATES: Record<string, Word> = {
  pending: 'hook_pending',
  delivered: 'hook_delivered',
  failed: 'hook_failed',
};

/** How a delivery stands, in words. */
export const stateText = (delivery: Pick<WebhookDelivery, 'state'>): string => {
  const word = STATES[delivery.state];
  return word ? t(word) : delivery.state;
};
