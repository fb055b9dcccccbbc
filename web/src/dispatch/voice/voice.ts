import { createSignal } from 'solid-js';
import { listAll } from '../../api/client';
import { reviewVoiceNote, voiceAudio, voiceReviewQueue } from '../../api/routes';
import type { ProposedJob, VoiceFields, VoiceNote } from '../../api/schema';
import { t, type Word } from '../../i18n';
import type { IconName } from '../../ui/Icon';
import { fromSchedule, toSchedule, type When } from '../when';

/** Notes that wait for a person, the oldest first; null before they were read. */
const [waiting, setWaiting] = createSignal<VoiceNote[] | null>(null);

export { waiting };

export async function loadWaiting(): Promise<void> {
  setWaiting(await listAll(voiceReviewQueue, 400));
}

/** A note is off the list at once; what the server says comes with the next reading. */
export function drop(id: string): void {
  setWaiting((all) => all?.filter((note) => note.id !== id) ?? null);
}

export const audioOf = voiceAudio;

export function decide(
  note: VoiceNote,
  action: 'approve' | 'edit' | 'reject' | 'reopen',
  fields?: ProposedJob,
): Promise<VoiceNote> {
  const seen = action === 'reopen' ? {} : { version: note.version };
  return reviewVoiceNote(note.id, {
    action,
    ...seen,
    ...(fields && { fields }),
  });
}

/** How sure something is, by word and drawing; colour only repeats it. */
export interface Sureness {
  kind: 'ok' | 'warn' | 'cancelled' | 'offline';
  icon: IconName;
  text: string;
}

/** From here on a field needs no second look. */
const SURE = 0.85;
/** Under its minimum a field is not used by itself (functional.md section 6). */
const LEAST: Partial<Record<keyof VoiceFields, number>> = {
  address: 0.7,
  problem_description: 0.6,
  customer_name: 0.6,
  phone: 0.8,
  neighborhood: 0.6,
  service_type: 0.5,
  urgency: 0.5,
  preferred_date: 0.7,
  preferred_time: 0.7,
};

export function sureness(confidence: number, least = 0.5): Sureness {
  const percent = Math.round(confidence * 100);
  if (confidence >= SURE) return { kind: 'ok', icon: 'check', text: t('voice_sure', { percent }) };
  if (confidence >= least) return { kind: 'warn', icon: 'minus', text: t('voice_fair', { percent }) };
  return { kind: 'cancelled', icon: 'alert', text: t('voice_unsure', { percent }) };
}

export interface Row {
  label: string;
  value: string;
  how: Sureness;
}

const ORDER: (keyof VoiceFields)[] = [
  'problem_description',
  'address',
  'neighborhood',
  'city',
  'province',
  'customer_name',
  'phone',
  'service_type',
  'urgency',
  'preferred_date',
  'preferred_time',
  'appliance_brand',
  'appliance_model',
];
/** Required for a job: shown also when nobody said them. */
const ALWAYS = new Set<keyof VoiceFields>(['problem_description', 'address']);
const CHOICES = new Set<keyof VoiceFields>(['service_type', 'urgency']);
const PARTS = new Set(['morning', 'afternoon', 'evening']);

function worded(name: keyof VoiceFields, value: string): string {
  if (CHOICES.has(name)) return t(`voice_${name}_${value}` as Word);
  if (name === 'preferred_time' && PARTS.has(value)) return t(`voice_${value}` as Word);
  if (name === 'preferred_date') return value.split('-').reverse().join('/');
  return value;
}

/** What was understood, field by field. */
export function rows(note: VoiceNote): Row[] {
  const fields = note.fields;
  if (!fields) return [];
  return ORDER.flatMap((name): Row[] => {
    const said = fields[name];
    const label = t(`voice_field_${name}` as Word);
    if (said?.value) {
      const how = sureness(said.confidence, LEAST[name]);
      return [{ label, value: worded(name, said.value), how }];
    }
    if (!ALWAYS.has(name)) return [];
    return [{ label, value: '—', how: { kind: 'offline', icon: 'help', text: t('voice_unsaid') } }];
  });
}

/** What the form of corrections holds. */
export interface Draft {
  title: string;
  description: string;
  job_type: string;
  priority: string;
  address: string;
  place: { lat: number; lon: number } | null;
  when: When;
  customer_name: string;
  customer_phone: string;
  notes: string;
}

export function draftOf(note: VoiceNote): Draft {
  const job = note.proposed_job;
  const when = fromSchedule(job?.scheduled_start, null);
  const place = job?.lat != null && job.lon != null ? { lat: job.lat, lon: job.lon } : null;
  return {
    title: job?.title ?? '',
    description: job?.description ?? note.transcript ?? '',
    job_type: job?.job_type ?? 'general',
    priority: job?.priority ?? 'normal',
    address: job?.address ?? '',
    place,
    // Without a day nothing was asked for; today would be our invention.
    when: job?.scheduled_start ? when : { date: '', from: '', to: '' },
    customer_name: note.customer?.name ?? job?.customer_name ?? '',
    customer_phone: note.customer?.phone ?? job?.customer_phone ?? note.sender ?? '',
    notes: job?.notes ?? '',
  };
}

/** What is wrong with corrections, in words. */
export function check(draft: Draft): Partial<Record<'title' | 'phone', string>> {
  const errors: Partial<Record<'title' | 'phone', string>> = {};
  if (draft.title.trim().length < 3) errors.title = t('job_title_invalid');
  if (!draft.customer_phone.trim()) errors.phone = t('phone_invalid');
  return errors;
}

/** The corrections that a draft makes of a note's proposal: what did not change is not sent. */
export function corrections(note: VoiceNote, draft: Draft): Record<string, unknown> {
  const before = draftOf(note);
  const said: Record<string, unknown> = {};
  const text = (name: 'title' | 'description' | 'job_type' | 'priority' | 'notes') => {
    // What was only shown as a suggestion is written down with the correction.
    const stored = note.proposed_job?.[name] ?? null;
    const value = draft[name].trim() || null;
    if (value !== stored) said[name] = value;
  };
  for (const name of ['title', 'description', 'job_type', 'priority', 'notes'] as const) text(name);
  if (draft.address.trim() !== before.address.trim()) said.address = draft.address.trim() || null;
  if (draft.place && (draft.place.lat !== before.place?.lat || draft.place.lon !== before.place?.lon)) {
    said.address = draft.address.trim() || null;
    said.lat = draft.place.lat;
    said.lon = draft.place.lon;
  }
  const start = toSchedule({ ...draft.when, to: '' })?.scheduled_start ?? null;
  const stored = note.proposed_job?.scheduled_start ?? null;
  if ((start && Date.parse(start)) !== (stored && Date.parse(stored))) said.scheduled_start = start;
  // A customer who is known keeps the name and phone that are on file.
  if (!note.customer) {
    for (const name of ['customer_name', 'customer_phone'] as const) {
      const value = draft[name].trim() || null;
      if (value !== (note.proposed_job?.[name] ?? null)) said[name] = value;
    }
  }
  return said;
}

/** What a key asks for in the queue; null where it means nothing. */
export type Command = 'next' | 'previous' | 'approve' | 'edit' | 'reject' | 'play';
const KEYS: Record<string, Command> = {
  j: 'next',
  k: 'previous',
  a: 'approve',
  e: 'edit',
  r: 'reject',
  p: 'play',
};

export function commandOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  return KEYS[event.key] ?? null;
}
