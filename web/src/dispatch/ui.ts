import { createSignal } from 'solid-js';
import type { Place } from '../api/types';
import type { Group } from './board';

export type Tab = 'map' | 'technicians' | 'jobs' | 'inbox';
export type Open =
  | 'job_form'
  | 'assign'
  | 'cancel'
  | 'schedule'
  | 'technician_form'
  | 'queues'
  | 'services'
  | 'audit'
  | 'help'
  | 'webhooks'
  | 'preferences'
  | 'coverage'
  | 'voice'
  | 'devices'
  | 'team'
  | 'security'
  | 'customers'
  | 'changes'
  | null;

/** What a place is being picked for: the form of a new job, or a job that is there. */
export type Placing = 'form' | { job: string } | null;

/** A place that was not saved yet. Without `how` a person put it there. */
export interface DraftPlace {
  lat: number;
  lon: number;
  how?: Place['precision'];
}

/** What the page shows of what it knows: selections, filters, the open dialog. */
export function createUi() {
  const [tab, setTab] = createSignal<Tab>('map');
  const [query, setQuery] = createSignal('');
  const [scope, setScope] = createSignal<'today' | 'all'>('today');
  /** Only jobs in this state (or group), and only of this person (`none`: of nobody). Empty is all. */
  const [state, setState] = createSignal<Group | ''>('');
  const [crew, setCrew] = createSignal('');
  const [job, setJob] = createSignal<string | null>(null);
  const [detail, setDetail] = createSignal(false);
  const [technician, setTechnician] = createSignal<string | null>(null);
  const [followed, setFollowed] = createSignal<string | null>(null);
  const [open, setOpen] = createSignal<Open>(null);
  const [placing, setPlacing] = createSignal<Placing>(null);
  const [draft, setDraft] = createSignal<DraftPlace | null>(null);
  /** A search for who is nearest: the place is being picked, or was. */
  const [nearest, setNearest] = createSignal<'picking' | { lat: number; lon: number } | null>(null);
  const [now, setNow] = createSignal(Date.now());
  return {
    tab,
    setTab,
    query,
    setQuery,
    scope,
    setScope,
    state,
    setState,
    crew,
    setCrew,
    job,
    setJob,
    detail,
    setDetail,
    technician,
    setTechnician,
    followed,
    setFollowed,
    open,
    setOpen,
    placing,
    setPlacing,
    draft,
    setDraft,
    nearest,
    setNearest,
    now,
    setNow,
  };
}

export type Ui = ReturnType<typeof createUi>;

/** Ends the picking of a place without one: back to where it began. */
export function stopPlacing(ui: Ui): void {
  const placing = ui.placing();
  ui.setPlacing(null);
  if (placing === 'form') ui.setOpen('job_form');
  else ui.setDraft(null);
}
