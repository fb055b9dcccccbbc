import { createEffect, createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { approveChangeRequest, listChangeRequests, rejectChangeRequest } from '../../api/routes';
import type { ChangeRequest } from '../../api/schema';
import { t } from '../../i18n';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { failureText } from '../../ui/failure';
import { Icon } from '../../ui/Icon';
import { toast } from '../../ui/toast';
import type { Store } from '../store';
import type { Ui } from '../ui';
import { AskForm } from './AskForm';
import { fieldWord } from './fields';

const named = (field: string): string => {
  const word = fieldWord(field);
  return word ? t(word) : field;
};

/** Changes of protected fields that wait for the owner, and the form to ask for one. */
export function ChangesDialog(props: { ui: Ui; store: Store; isOwner: boolean }) {
  const isOpen = () => props.ui.open() === 'changes';
  const [rows, setRows] = createSignal<ChangeRequest[] | null>(null);
  const [asking, setAsking] = createSignal(false);
  const [trouble, setTrouble] = createSignal('');

  const load = async () => {
    try {
      setRows((await listChangeRequests({ limit: 100 })).items);
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(() => {
    if (!isOpen()) return;
    setAsking(false);
    load();
  });
  onMount(() =>
    onCleanup(props.store.onEvent((kind) => isOpen() && kind?.startsWith('change_request.') && load())),
  );
  const pending = () => rows()?.filter((row) => row.status === 'pending') ?? [];
  const decided = () => rows()?.filter((row) => row.status !== 'pending') ?? [];
  const decide = async (row: ChangeRequest, approves: boolean, reason: string) => {
    try {
      await (approves ? approveChangeRequest : rejectChangeRequest)(row.id, reason ? { reason } : {});
      toast(t(approves ? 'change_approved' : 'change_rejected', { field: named(row.field) }));
    } catch (cause) {
      toast(failureText(cause));
    }
    await load();
  };

  return (
    <Dialog open={isOpen()} title={t('changes')} onClose={() => props.ui.setOpen(null)}>
      <Show when={trouble()}>
        <p class="problem" role="alert">
          {trouble()}
        </p>
        <button type="button" class="button" onClick={load}>
          {t('try_again')}
        </button>
      </Show>
      <p class="small muted">{t('changes_hint')}</p>
      <Show
        when={asking()}
        fallback={
          <button type="button" class="button primary" onClick={() => setAsking(true)}>
            <Icon name="plus" /> {t('change_ask')}
          </button>
        }
      >
        <AskForm
          onCancel={() => setAsking(false)}
          onDone={() => {
            setAsking(false);
            load();
          }}
        />
      </Show>
      <h3>{t('changes_pending')}</h3>
      <ul class="queues">
        <For each={pending()} fallback={<li class="muted">{t('changes_none')}</li>}>
          {(row) => (
            <li>
              <Request row={row} />
              <Show when={props.isOwner}>
                <Decision row={row} onDecide={(approves, reason) => decide(row, approves, reason)} />
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={decided().length > 0}>
        <h3>{t('changes_decided')}</h3>
        <ul class="queues">
          <For each={decided()}>
            {(row) => (
              <li>
                <Request row={row} />
                <span class={`badge ${row.status === 'approved' ? 'ok' : 'warn'}`}>
                  <Icon name={row.status === 'approved' ? 'check' : 'close'} />
                  {t(row.status === 'approved' ? 'change_was_approved' : 'change_was_rejected')}
                </span>
                <Show when={row.decision_reason}>
                  <span class="small muted">{row.decision_reason}</span>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </Dialog>
  );
}

/** Whose field, from what to what, and why. */
function Request(props: { row: ChangeRequest }) {
  return (
    <>
      <strong>
        {named(props.row.field)} · {props.row.entity_name}
      </strong>
      <span>
        {props.row.current ?? t('change_empty')} → {props.row.requested ?? t('change_empty')}
      </span>
      <span class="small muted">
        {t('change_by', { name: props.row.requested_by_name })}: {props.row.reason}
      </span>
      <Show when={props.row.documents.length > 0}>
        <span class="small muted">{t('change_documents', { n: props.row.documents.length })}</span>
      </Show>
    </>
  );
}

function Decision(props: { row: ChangeRequest; onDecide: (approves: boolean, reason: string) => void }) {
  const [reason, setReason] = createSignal('');
  return (
    <>
      <Field label={t('change_reason')} hint={t('change_reason_hint')}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            maxlength="1000"
            value={reason()}
            onInput={(e) => setReason(e.currentTarget.value)}
          />
        )}
      </Field>
      <span class="row">
        <button type="button" class="button primary" onClick={() => props.onDecide(true, reason().trim())}>
          {t('change_approve')}
        </button>
        <button
          type="button"
          class="button"
          disabled={!reason().trim()}
          onClick={() => props.onDecide(false, reason().trim())}
        >
          {t('change_reject')}
        </button>
      </span>
    </>
  );
}
