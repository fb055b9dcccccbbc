import { createEffect, createSignal, For, Show } from 'solid-js';
import { listAuditActions, listAuditLog, listUsers, verifyAuditLog } from '../api/routes';
import type { AuditAction, AuditEntry, AuditVerdict, User } from '../api/schema';
import { t } from '../i18n';
import { clock, day } from '../i18n/format';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { changes, dayEnd, dayStart } from './audit';
import type { Ui } from './ui';

const who = (entry: AuditEntry): string => {
  if (entry.by.kind === 'customer') return t('audit_by_customer');
  if (!entry.by.id) return t('audit_by_rule');
  return entry.by.name ?? t('audit_by_unknown');
};

/** Who did what, for owners and admins: a list with filters, and whether all of it is as it was written. */
export function AuditDialog(props: { ui: Ui }) {
  const [entries, setEntries] = createSignal<AuditEntry[] | null>(null);
  const [next, setNext] = createSignal<string | null>(null);
  const [actions, setActions] = createSignal<AuditAction[]>([]);
  const [people, setPeople] = createSignal<User[]>([]);
  const [filter, setFilter] = createSignal({ action: '', user: '', from: '', to: '' });
  const [trouble, setTrouble] = createSignal('');

  const load = async (after?: string) => {
    const { action, user, from, to } = filter();
    try {
      const page = await listAuditLog({
        limit: 50,
        after,
        action: action || undefined,
        user: user || undefined,
        from: dayStart(from),
        to: dayEnd(to),
      });
      setEntries([...(after ? (entries() ?? []) : []), ...page.items]);
      setNext(page.next ?? null);
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  const begin = async () => {
    await load();
    try {
      const [known, team] = await Promise.all([listAuditActions(), listUsers({ limit: 200 })]);
      setActions(known);
      setPeople(team.items);
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(() => {
    if (props.ui.open() === 'audit') begin();
  });
  const set = (name: 'action' | 'user' | 'from' | 'to') => (e: { currentTarget: { value: string } }) => {
    setFilter({ ...filter(), [name]: e.currentTarget.value });
    load();
  };

  return (
    <Dialog open={props.ui.open() === 'audit'} title={t('audit')} onClose={() => props.ui.setOpen(null)}>
      <p class="muted">{t('audit_lead')}</p>
      <Verify />
      <div class="audit-filters">
        <Field label={t('audit_action')}>
          {(wiring) => (
            <select class="input" {...wiring} value={filter().action} onChange={set('action')}>
              <option value="">{t('audit_any')}</option>
              <For each={actions()}>{(a) => <option value={a.action}>{a.text}</option>}</For>
            </select>
          )}
        </Field>
        <Field label={t('audit_who')}>
          {(wiring) => (
            <select class="input" {...wiring} value={filter().user} onChange={set('user')}>
              <option value="">{t('audit_anyone')}</option>
              <For each={people()}>{(person) => <option value={person.id}>{person.name}</option>}</For>
            </select>
          )}
        </Field>
        <Field label={t('audit_from')}>
          {(wiring) => <input class="input" type="date" {...wiring} onChange={set('from')} />}
        </Field>
        <Field label={t('audit_to')}>
          {(wiring) => <input class="input" type="date" {...wiring} onChange={set('to')} />}
        </Field>
      </div>
      <Show when={trouble()}>
        <p class="problem" role="alert">
          {trouble()}
        </p>
        <button type="button" class="button" onClick={() => load()}>
          {t('try_again')}
        </button>
      </Show>
      <Show when={entries()} fallback={<Show when={!trouble()}>{t('loading')}</Show>}>
        {(rows) => (
          <Show when={rows().length > 0} fallback={<p>{t('audit_empty')}</p>}>
            <ul class="queues">
              <For each={rows()}>{(entry) => <Row entry={entry} />}</For>
            </ul>
          </Show>
        )}
      </Show>
      <Show when={next()}>
        {(after) => (
          <button type="button" class="button" onClick={() => load(after())}>
            {t('audit_more')}
          </button>
        )}
      </Show>
    </Dialog>
  );
}

function Row(props: { entry: AuditEntry }) {
  const entry = () => props.entry;
  return (
    <li>
      <strong>
        {entry().text}
        <Show when={entry().about_name}>{(name) => <> {t('audit_about', { name: name() })}</>}</Show>
      </strong>
      <span class="muted">
        {entry().seq} · {who(entry())} · {day(entry().at)} {clock(entry().at)}
      </span>
      <For each={changes(entry(), t('audit_hidden'))}>
        {(change) => <span class="small">{t('audit_change', { ...change })}</span>}
      </For>
    </li>
  );
}

/** Asks the server to walk the whole chain. */
function Verify() {
  const [verdict, setVerdict] = createSignal<AuditVerdict | null>(null);
  const [busy, setBusy] = createSignal(false);
  const [trouble, setTrouble] = createSignal('');
  const run = async () => {
    setBusy(true);
    setVerdict(null);
    setTrouble('');
    try {
      setVerdict(await verifyAuditLog());
    } catch (cause) {
      setTrouble(failureText(cause));
    }
    setBusy(false);
  };
  const said = (found: AuditVerdict): string => {
    if (found.ok) return t('audit_ok', { n: found.rows });
    const bad = found.first_bad;
    return bad ? t('audit_bad', { seq: bad.seq }) : t('audit_bad_anchors');
  };
  return (
    <p class="audit-verify">
      <button type="button" class="button" disabled={busy()} onClick={run}>
        <Icon name="check" />
        {busy() ? t('audit_verifying') : t('audit_verify')}
      </button>
      <span role="status">
        <Show when={verdict()}>
          {(found) => (
            <span class={`badge ${found().ok ? 'ok' : 'warn'}`}>
              <Icon name={found().ok ? 'check' : 'alert'} />
              {said(found())}
            </span>
          )}
        </Show>
        {trouble()}
      </span>
    </p>
  );
}
