import { createMemo, createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { LocationConsent } from '../account/LocationConsent';
import { SecurityDialog } from '../account/SecurityDialog';
import { logout, type Remembered } from '../api/session';
import { t } from '../i18n';
import { Bell } from '../notices/Bell';
import { PreferencesDialog } from '../notices/PreferencesDialog';
import { disablePush, jobIn, keepPush, onOpened } from '../notices/push';
import type { Job } from '../socket/frames';
import { Icon } from '../ui/Icon';
import { LangSwitch } from '../ui/LangSwitch';
import { Toasts, toast } from '../ui/toast';
import { ActionBar } from './ActionBar';
import { Conflicts } from './Conflicts';
import { inOrder, nextAction } from './day';
import { JobCard } from './JobCard';
import { JobRow } from './JobRow';
import type { Model } from './model';
import { ShiftBar } from './ShiftBar';
import { SyncButton } from './SyncButton';
import { ViewsButton } from './ViewsButton';

/** The technician's page: shift, what is to be done now, what comes, and whether all of it was sent. */
export function App(props: { model: Model; who: Remembered }) {
  const model = props.model;
  const [now, setNow] = createSignal(Date.now());
  const [picked, setPicked] = createSignal<string | null>(jobIn(location.href));
  const [preferring, setPreferring] = createSignal(false);
  const [securing, setSecuring] = createSignal(false);
  const timer = setInterval(() => {
    setNow(Date.now());
    model.tick();
  }, 1000);
  const visible = () => document.visibilityState === 'visible' && model.visible();
  const online = () => model.tick(true);
  const lost = () => model.lost();
  onMount(() => {
    document.addEventListener('visibilitychange', visible);
    window.addEventListener('online', online);
    window.addEventListener('offline', lost);
    keepPush().catch(() => null);
  });
  onCleanup(onOpened((path) => setPicked(jobIn(path))));
  onCleanup(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', visible);
    window.removeEventListener('online', online);
    window.removeEventListener('offline', lost);
  });

  const jobs = createMemo(() => inOrder(model.jobs.filter((j) => j.status !== 'cancelled')));
  const focus = createMemo(() => {
    const own = jobs().find((j) => j.id === picked() && j.status !== 'completed');
    return own ?? jobs().find((j) => nextAction(j) !== null) ?? jobs().find((j) => j.status === 'pending');
  });
  const others = createMemo(() => jobs().filter((j) => j !== focus() && j.status !== 'completed'));
  const done = createMemo(() => jobs().filter((j) => j.status === 'completed'));
  const heading = (job: Job) =>
    job.status === 'working' || job.status === 'en_camino' ? t('jobs_now') : t('jobs_next');

  const leave = async () => {
    // Whoever signs in here next is not woken by what was for somebody else.
    await disablePush().catch(() => null);
    if (!(await logout(() => model.forgetLogin()))) toast(t('error_network'));
  };

  return (
    <Show when={model.state.phase !== 'taken'} fallback={<Taken />}>
      <div class="tecnico">
        <header>
          <div>
            <p class="small muted">{props.who.organization.name}</p>
            <h1>{t('tecnico_title')}</h1>
          </div>
          <span class="tools">
            <Bell inbox={model.inbox} onJob={setPicked} onPreferences={() => setPreferring(true)} />
            <SyncButton model={model} />
          </span>
        </header>
        <main>
          <ShiftBar model={model} />
          <LocationConsent />
          <Conflicts model={model} />
          <Show when={focus()} fallback={<Empty done={done().length > 0} />}>
            {(job) => (
              <section aria-labelledby="now">
                <h2 id="now">{heading(job())}</h2>
                <JobCard job={job()} model={model} onCancelTravel={() => model.act(job(), 'cancel_travel')} />
              </section>
            )}
          </Show>
          <Show when={others().length > 0}>
            <section aria-labelledby="later">
              <h2 id="later">{t('jobs_later')}</h2>
              <ul class="rows">
                <For each={others()}>{(job) => <JobRow job={job} onPick={() => setPicked(job.id)} />}</For>
              </ul>
            </section>
          </Show>
          <Show when={done().length > 0}>
            <section aria-labelledby="done">
              <h2 id="done">{t('jobs_done')}</h2>
              <ul class="rows">
                <For each={done()}>{(job) => <JobRow job={job} />}</For>
              </ul>
            </section>
          </Show>
        </main>
        <footer>
          <span class="small muted">{props.who.user.name}</span>
          <ViewsButton />
          <LangSwitch />
          <button type="button" class="button quiet" onClick={() => setSecuring(true)}>
            <Icon name="lock" />
            {t('sessions')}
          </button>
          <button type="button" class="button quiet" onClick={leave}>
            <Icon name="signout" />
            {t('sign_out')}
          </button>
        </footer>
        <ActionBar model={model} job={focus()} now={now()} onDone={() => setPicked(null)} />
        <PreferencesDialog
          open={preferring()}
          role={props.who.user.role ?? ''}
          onClose={() => setPreferring(false)}
        />
        <SecurityDialog
          open={securing()}
          role={props.who.user.role ?? ''}
          onClose={() => setSecuring(false)}
        />
        <Toasts />
      </div>
    </Show>
  );
}

function Empty(props: { done: boolean }) {
  return (
    <div class="empty">
      <Icon name={props.done ? 'check' : 'calendar'} />
      <p>{props.done ? t('all_done') : t('no_jobs_today')}</p>
    </div>
  );
}

/** Another window of the same device took over (4409): only the person may take it back. */
function Taken() {
  return (
    <main class="tecnico taken">
      <h1>{t('taken_title')}</h1>
      <p class="muted">{t('taken_text')}</p>
      <button type="button" class="button primary big" onClick={() => location.reload()}>
        {t('use_here')}
      </button>
    </main>
  );
}
