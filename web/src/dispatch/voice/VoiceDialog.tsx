import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js';
import type { ProposedJob, VoiceNote } from '../../api/schema';
import { t } from '../../i18n';
import { ago } from '../../i18n/format';
import { Dialog } from '../../ui/Dialog';
import { failureText } from '../../ui/failure';
import { Icon } from '../../ui/Icon';
import { toast } from '../../ui/toast';
import type { Ui } from '../ui';
import { VoiceForm } from './VoiceForm';
import { VoiceNoteView } from './VoiceNoteView';
import { commandOf, decide, drop, loadWaiting, waiting } from './voice';
import './voice.css';

/** Voice notes that wait for a person: the recording beside the job that it proposes. */
export function VoiceDialog(props: { ui: Ui; onJob: (id: string) => void }) {
  const ui = props.ui;
  const isOpen = () => ui.open() === 'voice';
  const [chosen, setChosen] = createSignal<string | null>(null);
  const [editing, setEditing] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  const [trouble, setTrouble] = createSignal('');
  const [player, setPlayer] = createSignal<HTMLAudioElement>();

  const load = async () => {
    try {
      await loadWaiting();
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(on(isOpen, (open) => open && load()));
  const note = createMemo(() => waiting()?.find((n) => n.id === chosen()));
  createEffect(() => {
    const all = waiting();
    // On a wide screen the oldest one lies open; a phone shows the list first.
    if (isOpen() && all?.length && !note() && matchMedia('(min-width: 760px)').matches)
      setChosen(all[0]?.id ?? null);
  });
  createEffect(on(chosen, () => setEditing(false)));

  const after = (id: string) => {
    const all = waiting() ?? [];
    const at = all.findIndex((n) => n.id === id);
    return (all[at + 1] ?? all[at - 1])?.id ?? null;
  };
  const settle = async (of: VoiceNote, act: () => Promise<VoiceNote>, said: (n: VoiceNote) => void) => {
    if (busy()) return;
    setBusy(true);
    try {
      const done = await act();
      const next = after(of.id);
      drop(of.id);
      setChosen(matchMedia('(min-width: 760px)').matches ? next : null);
      said(done);
    } catch (cause) {
      toast(failureText(cause));
      await load();
    }
    setBusy(false);
  };
  const made = (done: VoiceNote) => {
    toast(t('voice_made'));
    if (done.job_id) props.onJob(done.job_id);
  };
  const approve = (of: VoiceNote) => settle(of, () => decide(of, 'approve'), made);
  const correct = (of: VoiceNote, fields: Record<string, unknown>) =>
    settle(of, () => decide(of, Object.keys(fields).length > 0 ? 'edit' : 'approve', fieldsOf(fields)), made);
  const fieldsOf = (fields: ProposedJob) => (Object.keys(fields).length > 0 ? fields : undefined);
  const reject = (of: VoiceNote) =>
    settle(
      of,
      () => decide(of, 'reject'),
      (done) => toast(t('voice_rejected'), () => reopen(done)),
    );
  const reopen = async (of: VoiceNote) => {
    try {
      await decide(of, 'reopen');
      await load();
      setChosen(of.id);
    } catch (cause) {
      toast(failureText(cause));
    }
  };
  const step = (by: number) => {
    const all = waiting() ?? [];
    const at = all.findIndex((n) => n.id === chosen());
    const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))];
    if (next) setChosen(next.id);
  };
  const play = () => {
    const audio = player();
    if (audio?.paused) audio.play().catch(() => toast(t('voice_no_sound')));
    else audio?.pause();
  };
  function keyed(event: KeyboardEvent) {
    const target = event.target as HTMLElement | null;
    if (!isOpen() || editing() || target?.closest('input, textarea, select')) return;
    const command = commandOf(event);
    if (!command) return;
    event.preventDefault();
    event.stopPropagation();
    const of = note();
    if (command === 'next') step(1);
    else if (command === 'previous') step(-1);
    else if (command === 'play') play();
    else if (of && command === 'approve') approve(of);
    else if (of && command === 'reject') reject(of);
    else if (of && command === 'edit') setEditing(true);
  }
  onMount(() => document.addEventListener('keydown', keyed, true));
  onCleanup(() => document.removeEventListener('keydown', keyed, true));

  return (
    <Dialog open={isOpen()} title={t('voice')} onClose={() => ui.setOpen(null)}>
      <Show when={trouble()}>
        <p class="problem" role="alert">
          {trouble()}
        </p>
        <button type="button" class="button" onClick={load}>
          {t('try_again')}
        </button>
      </Show>
      <Show when={waiting()} fallback={<Show when={!trouble()}>{t('loading')}</Show>}>
        {(all) => (
          <Show
            when={all().length > 0}
            fallback={
              <div class="voice-empty">
                <Icon name="check" />
                <p>{t('voice_empty')}</p>
              </div>
            }
          >
            <div class="voice" classList={{ 'has-note': !!note() }}>
              <ul class="voice-list" aria-label={t('voice_waiting', { n: all().length })}>
                <For each={all()}>
                  {(n) => (
                    <li>
                      <button
                        type="button"
                        class="voice-item"
                        aria-current={chosen() === n.id ? 'true' : undefined}
                        onClick={() => setChosen(n.id)}
                      >
                        <strong>{n.proposed_job?.title ?? n.transcript ?? t('voice_untitled')}</strong>
                        <span class="small">{n.customer?.name ?? n.sender ?? t('voice_uploaded')}</span>
                        <span class="small muted">
                          {t('voice_since', { ago: ago(ui.now() - Date.parse(n.created_at)) })}
                        </span>
                      </button>
                    </li>
                  )}
                </For>
              </ul>
              <Show when={note()}>
                {(n) => (
                  <section class="voice-note" aria-label={t('voice_note')}>
                    <button type="button" class="button quiet voice-back" onClick={() => setChosen(null)}>
                      <Icon name="back" />
                      {t('back')}
                    </button>
                    <VoiceNoteView note={n()} playerRef={setPlayer} />
                    <Show
                      when={editing()}
                      fallback={
                        <div class="dialog-foot">
                          <button
                            type="button"
                            class="button danger"
                            disabled={busy()}
                            onClick={() => reject(n())}
                          >
                            <Icon name="close" />
                            {t('voice_reject')} <kbd>R</kbd>
                          </button>
                          <button
                            type="button"
                            class="button"
                            disabled={busy()}
                            onClick={() => setEditing(true)}
                          >
                            <Icon name="wrench" />
                            {t('voice_edit')} <kbd>E</kbd>
                          </button>
                          <button
                            type="button"
                            class="button primary"
                            disabled={busy() || !n().proposed_job?.title}
                            onClick={() => approve(n())}
                          >
                            <Icon name="check" />
                            {t('voice_approve')} <kbd>A</kbd>
                          </button>
                        </div>
                      }
                    >
                      <VoiceForm
                        note={n()}
                        busy={busy()}
                        onCancel={() => setEditing(false)}
                        onSave={(fields) => correct(n(), fields)}
                      />
                    </Show>
                  </section>
                )}
              </Show>
            </div>
          </Show>
        )}
      </Show>
    </Dialog>
  );
}
