import { createSignal } from 'solid-js';
import { servicesNotice } from '../api/routes';
import type { CapabilityView, Notice } from '../api/schema';
import type { Word } from '../i18n';
import type { IconName } from '../ui/Icon';

export type ModeName = 'ok' | 'degraded' | 'panic';

const WORDS: Record<ModeName, { word: Word; icon: IconName; kind: string }> = {
  ok: { word: 'service_ok', icon: 'check', kind: 'ok' },
  degraded: { word: 'service_degraded', icon: 'clock', kind: 'warn' },
  panic: { word: 'service_panic', icon: 'alert', kind: 'offline' },
};

/** How a mode is shown: by word and icon. */
export const look = (mode: string) => WORDS[mode as ModeName] ?? WORDS.ok;

/** The word for a capability; its own name where a later server knows more than this page. */
const CAPABILITIES = {
  whatsapp: 'cap_whatsapp',
  whatsapp_voice_ai: 'cap_whatsapp_voice_ai',
  push_notifications: 'cap_push_notifications',
  scheduling: 'cap_scheduling',
  job_assignment: 'cap_job_assignment',
  technician_gps: 'cap_technician_gps',
  customer_portal: 'cap_customer_portal',
  'ui.live_map': 'cap_ui_live_map',
  'ui.recommendations': 'cap_ui_recommendations',
  'ui.coverage': 'cap_ui_coverage',
  whatsapp_queue: 'cap_whatsapp_queue',
  whatsapp_aggregation: 'cap_whatsapp_aggregation',
  notification_queue: 'cap_notification_queue',
  abuse_detection: 'cap_abuse_detection',
} as const satisfies Record<string, Word>;

export const capabilityWord = (name: string): Word | null =>
  CAPABILITIES[name as keyof typeof CAPABILITIES] ?? null;

/** Events after which what works may be otherwise; null: some may have been missed. */
export const isServiceNews = (kind: string | null): boolean =>
  kind === null || kind === 'service.mode_changed' || kind === 'capability.changed';

/** Who decided how a service stands: the word for it. */
export function causeWord(decision: { cause: string } | null | undefined, isOwn: boolean): Word | null {
  if (!decision) return null;
  if (decision.cause === 'rate') return 'service_by_rate';
  if (decision.cause === 'breaker') return 'service_by_breaker';
  return isOwn ? 'service_by_person' : 'service_by_operator';
}

/** What the banner says: the worst first, each once. */
export function lines(notice: Notice | null): string[] {
  if (!notice) return [];
  const worst = notice.services.filter((s) => s.mode === 'panic').map((s) => s.text);
  const slow = notice.services.filter((s) => s.mode !== 'panic').map((s) => s.text);
  // A part of the page that is not there needs no words.
  const off = notice.off.filter((o) => !o.name.startsWith('ui.')).map((o) => o.text);
  return [...new Set([...worst, ...off, ...slow])];
}

/** A reason that the server takes. */
export const isReason = (text: string): boolean => {
  const length = [...text.trim()].length;
  return length >= 10 && length <= 500;
};

/** What people can do something about: what this version has. */
export const shown = (all: CapabilityView[]): CapabilityView[] => all.filter((c) => c.is_in_use);

const [notice, setNotice] = createSignal<Notice | null>(null);

export { notice };

/** Whether a part of the page is on. On until somebody says otherwise. */
export const isOn = (name: string): boolean => !notice()?.off.some((o) => o.name === name);

/** Asks what works otherwise than usual; without an answer the last one stays. */
export async function loadNotice(): Promise<void> {
  const heard = await servicesNotice().catch(() => null);
  if (heard) setNotice(heard);
}
