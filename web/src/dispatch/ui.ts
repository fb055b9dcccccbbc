import { createSignal } from 'solid-js';

export type Tab = 'map' | 'technicians' | 'jobs';
export type Open =
  | 'job_form'
  | 'assign'
  | 'cancel'
  | 'schedule'
  | 'technician_form'
  | 'queues'
  | 'help'
  | 'coverage'
  | null;

/** What the page shows of what it knows: selections, filters, the open dialog. */
export function createUi() {
  const [tab, setTab] = createSignal<Tab>('map');
  const [query, setQuery] = createSignal('');
  const [scope, setScope] = createSignal<'today' | 'all'>('today');
  const [job, setJob] = createSignal<string | null>(null);
  const [detail, setDetail] = createSignal(false);
  const [technician, setTechnician] = createSignal<string | null>(null);
  const [followed, setFollowed] = createSignal<string | null>(null);
  const [open, setOpen] = createSignal<Open>(null);
  const [placing, setPlacing] = createSignal(false);
  const [draft, setDraft] = createSignal<{ lat: number; lon: number } | null>(null);
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
