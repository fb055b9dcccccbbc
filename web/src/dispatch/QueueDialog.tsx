import { createEffect, createSignal, For, Show } from 'solid-js';
import { discardDeadLetter, listDeadLetters, listQueues, retryDeadLetter } from '../api/routes';
import type { Letter, QueueState } from '../api/schema';
import { t, type Word } from '../i18n';
import { ago } from '../i18n/format';
import { Dialog } from '../ui/Dialog';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import type { Ui } from './ui';

const KINDS: Record<string, Word> = { 'journey.expire': 'task_journey_expire' };
const named = (kind: string): string => (KINDS[kind] ? t(KINDS[kind]) : kind);

/** Durable work as owners and admins see it: how deep the queues are, what gave up and why. */
export function QueueDialog(props: { ui: Ui }) {
  const [queues, setQueues] = createSignal<QueueState[] | null>(null);
  const [letters, setLetters] = createSignal<Letter[]>([]);
  const [trouble, setTrouble] = createSignal('');
  const [busy, setBusy] = createSignal<string | null>(null);

  const load = async () => {
    try {
      const [now, dead] = await Promise.all([listQueues(), listDeadLetters({ limit: 100 })]);
      setQueues(now);
      setLetters(dead.items);
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(() => {
    if (props.ui.open() === 'queues') load();
  });
  const decide = async (letter: Letter, what: 'retry' | 'discard') => {
    setBusy(letter.id);
    try {
      await (what === 'retry' ? retryDeadLetter(letter.id) : discardDeadLetter(letter.id));
      toast(t(what === 'retry' ? 'task_retried' : 'task_discarded'));
    } catch (cause) {
      toast(failureText(cause));
    }
    setBusy(null);
    await load();
  };
  const open = (q: QueueState) => q.ready + q.running + q.later + q.waiting;

  return (
    <Dialog open={props.ui.open() === 'queues'} title={t('queues')} onClose={() => props.ui.setOpen(null)}>
      <Show when={trouble()}>
        <p class="problem" role="alert">
          {trouble()}
        </p>
        <button type="button" class="button" onClick={load}>
          {t('try_again')}
        </button>
      </Show>
      <Show when={queues()} fallback={<Show when={!trouble()}>{t('loading')}</Show>}>
        {(rows) => (
          <>
            <Show when={rows().some((q) => open(q) > 0)} fallback={<p>{t('queues_empty')}</p>}>
              <ul class="queues">
                <For each={rows().filter((q) => open(q) > 0)}>
                  {(q) => (
                    <li>
                      <strong>{named(q.kind)}</strong>
                      <span>
                        {t('queue_depth', { now: q.ready + q.running, later: q.later + q.waiting })}
                        <Show when={(q.oldest_ready_s ?? 0) > 60}>
                          {' · '}
                          {t('queue_oldest', { ago: ago((q.oldest_ready_s ?? 0) * 1000) })}
                        </Show>
                      </span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
            <h3>{t('letters')}</h3>
            <Show when={letters().length > 0} fallback={<p>{t('letters_empty')}</p>}>
              <ul class="queues">
                <For each={letters()}>
                  {(letter) => (
                    <li>
                      <strong>{named(letter.kind)}</strong>
                      <span>
                        {t('letter_cause', {
                          n: letter.attempts,
                          cause: letter.cause ?? '—',
                          ago: letter.died_at ? ago(Date.now() - Date.parse(letter.died_at)) : '',
                        })}
                      </span>
                      <span class="row">
                        <button
                          type="button"
                          class="button"
                          disabled={busy() === letter.id}
                          onClick={() => decide(letter, 'retry')}
                        >
                          <Icon name="undo" />
                          {t('task_retry')}
                        </button>
                        <button
                          type="button"
                          class="button quiet"
                          disabled={busy() === letter.id}
                          onClick={() => decide(letter, 'discard')}
                        >
                          {t('task_discard')}
                        </button>
                      </span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          </>
        )}
      </Show>
    </Dialog>
  );
}
