import { createMemo, createSignal, onCleanup, onMount, Show } from 'solid-js';
import { SecurityDialog } from '../account/SecurityDialog';
import type { Remembered } from '../api/session';
import { t } from '../i18n';
import { Inbox } from '../inbox/Inbox';
import { InboxStore } from '../inbox/store';
import { PreferencesDialog } from '../notices/PreferencesDialog';
import { jobIn, keepPush, onOpened } from '../notices/push';
import type { Job } from '../socket/frames';
import { Toasts } from '../ui/toast';
import { AssignDialog } from './AssignDialog';
import { AuditDialog } from './AuditDialog';
import { Actions } from './actions';
import { board, byStatus, isToday, isWanted, matches } from './board';
import { CancelDialog } from './CancelDialog';
import { CoverageDialog } from './CoverageDialog';
import { ChangesDialog } from './changes/ChangesDialog';
import { CustomersDialog } from './customers/CustomersDialog';
import { DevicesDialog } from './DevicesDialog';
import { HelpDialog } from './HelpDialog';
import { JobDetail } from './JobDetail';
import { JobForm } from './JobForm';
import { JobList } from './JobList';
import { commandOf } from './keys';
import { MapView } from './MapView';
import { customers, loadCustomers } from './people';
import { QueueDialog } from './QueueDialog';
import { ScheduleDialog } from './ScheduleDialog';
import { ServicesBanner } from './ServicesBanner';
import { ServicesDialog } from './ServicesDialog';
import { isOn } from './services';
import { Store } from './store';
import { Tabs } from './Tabs';
import { TeamDialog } from './TeamDialog';
import { TechnicianForm } from './TechnicianForm';
import { TechnicianList } from './TechnicianList';
import { TopBar } from './TopBar';
import { createUi, stopPlacing } from './ui';
import { VoiceDialog } from './voice/VoiceDialog';
import { loadWaiting } from './voice/voice';
import { WebhooksDialog } from './webhooks/WebhooksDialog';

/** The dispatcher's page: technicians, map, jobs; one store behind it, fed by one socket. */
export function App(props: { who: Remembered }) {
  const store = new Store();
  const actions = new Actions(store);
  const ui = createUi();
  const inbox = new InboxStore();
  const [search, setSearch] = createSignal<HTMLInputElement>();

  const clock = setInterval(() => {
    ui.setNow(store.now());
    store.tick();
  }, 1000);
  const back = () => store.tick(true);
  const lost = () => store.lost();
  const visible = () => document.visibilityState === 'visible' && back();
  let stopHearing = () => {};
  onMount(() => {
    store.start();
    stopHearing = store.onEvent((_, event) => (event ? inbox.heard(event) : inbox.again()));
    // How many wait is told before anybody looks.
    inbox.look();
    loadCustomers().catch(() => null);
    loadWaiting().catch(() => null);
    window.addEventListener('online', back);
    window.addEventListener('offline', lost);
    document.addEventListener('visibilitychange', visible);
    document.addEventListener('keydown', keyed);
    keepPush().catch(() => null);
    const named = jobIn(location.href);
    if (named) openJob(named);
  });
  onCleanup(
    onOpened((path) => {
      const named = jobIn(path);
      if (named) openJob(named);
    }),
  );
  onCleanup(() => {
    clearInterval(clock);
    stopHearing();
    window.removeEventListener('online', back);
    window.removeEventListener('offline', lost);
    document.removeEventListener('visibilitychange', visible);
    document.removeEventListener('keydown', keyed);
  });

  const customerName = (job: Job) =>
    job.customer?.name ?? customers().find((c) => c.id === job.customer_id)?.name ?? null;
  const technicians = createMemo(() => {
    const titles = store.state.jobs;
    return Object.values(store.state.technicians)
      .filter((x) => matches(ui.query(), x.name, x.job ? titles[x.job]?.title : ''))
      .sort(byStatus);
  });
  // The board changes with the minute at most, the clock ticks every second.
  const minute = createMemo(() => Math.floor(ui.now() / 60_000) * 60_000);
  const visibleJobs = createMemo(() => {
    const names = (job: Job) => job.technician_ids.map((id) => store.state.technicians[id]?.name);
    return Object.values(store.state.jobs).filter(
      (job) =>
        (ui.scope() === 'all' || isToday(job, minute())) &&
        isWanted(job, ui.state(), ui.crew()) &&
        matches(ui.query(), job.title, job.job_number, job.address, customerName(job), ...names(job)),
    );
  });
  const groups = createMemo(() => board(visibleJobs()));
  const selected = createMemo(() => {
    const id = ui.job();
    return id ? store.state.jobs[id] : undefined;
  });

  const openJob = (id: string) => {
    // In this order: the map goes to a job that is chosen while the detail is open.
    ui.setDetail(true);
    ui.setJob(id);
    ui.setTab('jobs');
  };
  const pickTechnician = (id: string) => {
    ui.setTechnician(id);
    if (ui.followed() !== id) ui.setFollowed(null);
  };
  const step = (by: number) => {
    const order = groups().flatMap((g) => g.jobs.map((j) => j.id));
    if (order.length === 0) return;
    const at = order.indexOf(ui.job() ?? '');
    const next = order[at < 0 ? 0 : Math.max(0, Math.min(order.length - 1, at + by))];
    if (next) ui.setJob(next);
    document.querySelector(`[data-job="${next}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  function keyed(event: KeyboardEvent) {
    const command = commandOf(event);
    if (!command) return;
    if (command !== 'back') event.preventDefault();
    if (command === 'search') search()?.focus();
    if (command === 'next') step(1);
    if (command === 'previous') step(-1);
    if (command === 'assign' && selected()) ui.setOpen('assign');
    if (command === 'new') ui.setOpen('job_form');
    if (command === 'voice') ui.setOpen('voice');
    if (command === 'help') ui.setOpen('help');
    if (command === 'back') goBack();
  }
  function goBack() {
    if (ui.nearest()) ui.setNearest(null);
    else if (ui.placing()) stopPlacing(ui);
    else if (document.activeElement === search()) {
      ui.setQuery('');
      search()?.blur();
    } else if (ui.detail()) ui.setDetail(false);
    else ui.setFollowed(null);
  }

  return (
    <div class={`dispatch tab-${ui.tab()}`}>
      <TopBar
        ui={ui}
        store={store}
        who={props.who}
        searchRef={setSearch}
        onJob={openJob}
        unread={inbox.unread()}
      />
      <ServicesBanner store={store} />
      <main>
        <h1 class="sr-only">{t('dispatch_title')}</h1>
        <TechnicianList ui={ui} store={store} technicians={technicians()} onPick={pickTechnician} />
        <Show when={isOn('ui.live_map')} fallback={<section class="map" />}>
          <MapView
            ui={ui}
            store={store}
            actions={actions}
            jobs={visibleJobs()}
            onTechnician={pickTechnician}
            onJob={openJob}
          />
        </Show>
        <section class="panel jobs" aria-label={t('jobs')}>
          <Show
            when={ui.detail() && selected()}
            fallback={
              <JobList ui={ui} store={store} groups={groups()} customerName={customerName} onOpen={openJob} />
            }
          >
            {(job) => <JobDetail ui={ui} store={store} actions={actions} job={job()} />}
          </Show>
        </section>
        <Inbox ui={ui} store={store} inbox={inbox} onJob={openJob} />
      </main>
      <Tabs ui={ui} unread={inbox.unread()} />
      <JobForm ui={ui} store={store} actions={actions} onCreated={openJob} />
      <AssignDialog ui={ui} store={store} actions={actions} job={selected()} />
      <CancelDialog ui={ui} actions={actions} job={selected()} />
      <ScheduleDialog ui={ui} actions={actions} job={selected()} />
      <TechnicianForm ui={ui} store={store} />
      <QueueDialog ui={ui} />
      <AuditDialog ui={ui} />
      <ServicesDialog ui={ui} store={store} />
      <DevicesDialog ui={ui} store={store} />
      <CustomersDialog ui={ui} canMerge={['owner', 'admin'].includes(props.who.user.role ?? '')} />
      <ChangesDialog ui={ui} store={store} isOwner={props.who.user.role === 'owner'} />
      <CoverageDialog ui={ui} />
      <VoiceDialog ui={ui} onJob={openJob} />
      <HelpDialog ui={ui} />
      <WebhooksDialog ui={ui} />
      <TeamDialog ui={ui} store={store} who={props.who} />
      <SecurityDialog
        open={ui.open() === 'security'}
        role={props.who.user.role ?? ''}
        onClose={() => ui.setOpen(null)}
      />
      <PreferencesDialog
        open={ui.open() === 'preferences'}
        role={props.who.user.role ?? ''}
        onClose={() => ui.setOpen(null)}
      />
      <Toasts />
    </div>
  );
}
