import type { NewJob } from '../api/types';
import { t } from '../i18n';
import { normalizePhone } from '../phone';
import { isExact } from './addresses';
import type { DraftPlace } from './ui';
import { fromSchedule, toSchedule, type When } from './when';

/** What the form for a new job holds. */
export interface Draft {
  title: string;
  mode: 'existing' | 'new';
  customer_id: string;
  customer_name: string;
  customer_phone: string;
  address: string;
  when: When;
  technician_id: string;
  notes: string;
}

export const emptyDraft = (): Draft => ({
  title: '',
  mode: 'existing',
  customer_id: '',
  customer_name: '',
  customer_phone: '',
  address: '',
  when: fromSchedule(null, null),
  technician_id: '',
  notes: '',
});

export type Errors = Partial<Record<'title' | 'customer' | 'name' | 'phone' | 'when', string>>;

/** What is missing, in words; empty when the job can be made. */
export function check(draft: Draft): Errors {
  const errors: Errors = {};
  if (draft.title.trim().length < 3) errors.title = t('job_title_invalid');
  if (draft.mode === 'existing' && !draft.customer_id) errors.customer = t('customer_invalid');
  if (draft.mode === 'new' && !draft.customer_name.trim()) errors.name = t('name_invalid');
  if (draft.mode === 'new' && !normalizePhone(draft.customer_phone)) errors.phone = t('phone_invalid');
  if (toSchedule(draft.when) === null) errors.when = t('time_invalid');
  return errors;
}

/** The request's body for a checked draft. */
export function toJob(draft: Draft, customer_id: string, found: DraftPlace | null): NewJob {
  // Somewhere on a street is no place: the server keeps asking for a pin.
  const place = found && (!found.how || isExact(found.how)) ? found : null;
  return {
    title: draft.title.trim(),
    customer_id,
    ...(draft.address.trim() && { address: draft.address.trim() }),
    ...(place && { lat: place.lat, lon: place.lon }),
    ...toSchedule(draft.when),
    ...(draft.technician_id && { technician_ids: [draft.technician_id] }),
    ...(draft.notes.trim() && { notes: draft.notes.trim() }),
  };
}
