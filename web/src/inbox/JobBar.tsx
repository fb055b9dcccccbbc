import { createEffect, createSignal, on, Show } from 'solid-js';
import { createJobFromConversation, dismissRequest, draftJobFromConversation } from '../api/routes';
import type { Conversation, JobDraft } from '../api/schema';
import { AddressField } from '../dispatch/AddressField';
import type { Store } from '../dispatch/store';
import { t } from '../i18n';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';
import type { InboxStore } from './store';

/** What the customer asks for, and the job that one click proposes and a second one makes. */
export function JobBar(props: {
  inbox: InboxStore;
  store: Store;
  conversation: Conversation;
  onJob: (id: string) => void;
}) {
  const [draft, setDraft] = createSignal<JobDraft | null>(null);
  const [busy, setBusy] = createSignal(false);
  const id = () => props.conversation.id;
  const asked = () => props.conversation.request as { id: string; text: string; count: number } | null;
  createEffect(on(id, () => setDraft(null)));

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
    } catch (cause) {
      toast(failureText(cause));
    }
    setBusy(false);
  };
  const propose = () =>
    attempt(async () => {
      const of = asked()?.id;
      setDraft(await draftJobFromConversation(id(), { request_id: of }));
    });
  const make = (event: Event) => {
    event.preventDefault();
    const wanted = draft();
    if (!wanted) return;
    attempt(async () => {
      const { request_id, title, description, job_type, priority, address, lat, lon } = wanted;
      const body = { request_id, title, description, job_type, priority, address, lat, lon };
      const job = await createJobFromConversation(id(), body);
      props.store.putJob(job);
      setDraft(null);
      toast(t('job_made', { number: job.job_number }));
      props.onJob(job.id);
    });
  };
  const dismiss = () =>
    attempt(async () => {
      const of = asked();
      if (of) await dismissRequest(of.id);
      await props.inbox.look();
    });

  return (
    <div class="job-bar">
      <Show
        when={draft()}
        fallback={
          <div class="row">
            <Show when={props.conversation.job}>
              {(job) => (
                <button type="button" class="button quiet" onClick={() => props.onJob(job().id)}>
                  <Icon name="wrench" />
                  {job().job_number} · {job().title}
                </button>
              )}
            </Show>
            <Show when={asked()}>
              {(of) => (
                <span class="asked small">
                  <strong>{t('inbox_asks')}</strong> {of().text}
                </span>
              )}
            </Show>
            <span class="row end">
              <Show when={asked()}>
                <button type="button" class="button quiet" disabled={busy()} onClick={dismiss}>
                  {t('request_dismiss')}
                </button>
              </Show>
              <button type="button" class="button primary" disabled={busy()} onClick={propose}>
                <Icon name="plus" />
                {t('job_from_chat')}
              </button>
            </span>
          </div>
        }
      >
        {(wanted) => (
          <form class="stack" onSubmit={make} aria-label={t('job_from_chat')}>
            <Field label={t('job_title')}>
              {(wiring) => (
                <input
                  {...wiring}
                  class="input"
                  required
                  minLength={3}
                  maxLength={200}
                  value={wanted().title}
                  onInput={(event) => setDraft({ ...wanted(), title: event.currentTarget.value })}
                />
              )}
            </Field>
            <AddressField
              value={wanted().address ?? ''}
              onInput={(address) => setDraft({ ...wanted(), address, lat: null, lon: null })}
              onPick={(place, address) =>
                setDraft({ ...wanted(), address, lat: place.at.lat, lon: place.at.lon })
              }
            />
            <div class="row end">
              <button type="button" class="button" disabled={busy()} onClick={() => setDraft(null)}>
                {t('cancel')}
              </button>
              <button type="submit" class="button primary" disabled={busy()}>
                <Icon name="check" />
                {t('job_make')}
              </button>
            </div>
          </form>
        )}
      </Show>
    </div>
  );
}
