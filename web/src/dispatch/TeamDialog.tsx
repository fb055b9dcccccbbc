import { createEffect, createSignal, For, Show } from 'solid-js';
import { listAll } from '../api/client';
import { createUser, editUser, inviteUser, listUsers } from '../api/routes';
import type { Invitation } from '../api/schema';
import type { Remembered } from '../api/session';
import type { Role, User } from '../api/types';
import { t } from '../i18n';
import { normalizePhone } from '../phone';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { Icon } from '../ui/Icon';
import { QrCode } from '../ui/QrCode';
import { toast } from '../ui/toast';
import '../account/account.css';
import type { Store } from './store';
import { ROLES, roleWord, stateOf, whatsappLink } from './team';
import type { Ui } from './ui';

/** The people of the organization. The owner invites by QR code, changes roles and deactivates; the others look. */
export function TeamDialog(props: { ui: Ui; store: Store; who: Remembered }) {
  const isOpen = () => props.ui.open() === 'team';
  const isOwner = () => props.who.user.role === 'owner';
  const [people, setPeople] = createSignal<User[] | null>(null);
  const [shown, setShown] = createSignal<{ user: User; invitation: Invitation } | null>(null);
  const [trouble, setTrouble] = createSignal('');
  const [busy, setBusy] = createSignal(false);

  const load = async () => {
    setPeople(await listAll(listUsers));
  };
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
    setBusy(false);
  };
  createEffect(() => {
    if (!isOpen()) return;
    setShown(null);
    setPeople(null);
    attempt(load);
  });
  const show = async (user: User) => setShown({ user, invitation: await inviteUser(user.id) });
  const edit = (user: User, change: { role?: Role; is_active?: boolean }) =>
    attempt(async () => {
      await editUser(user.id, { version: user.version, ...change });
      await load();
    });
  const invite = (name: string, phone: string, role: Role) =>
    attempt(async () => {
      const user = await createUser({ name, phone, role });
      if (role === 'technician') props.store.welcome(user);
      await load();
      await show(user);
    });

  return (
    <Dialog open={isOpen()} title={t('team')} onClose={() => props.ui.setOpen(null)}>
      <div class="stack account team">
        <Show when={trouble()}>
          <p class="form-error" role="alert">
            {trouble()}
          </p>
        </Show>
        <Show
          when={shown()}
          fallback={
            <>
              <Show when={isOwner()}>
                <InviteForm busy={busy()} onInvite={invite} />
              </Show>
              <Show when={people()} fallback={<p class="muted">{t('loading')}</p>}>
                {(all) => (
                  <ul class="account-rows">
                    <For each={all()}>
                      {(user) => (
                        <Member
                          user={user}
                          mayChange={isOwner() && user.id !== props.who.user.id}
                          busy={busy()}
                          onShow={() => attempt(() => show(user).then(() => undefined))}
                          onEdit={(change) => edit(user, change)}
                        />
                      )}
                    </For>
                  </ul>
                )}
              </Show>
            </>
          }
        >
          {(one) => (
            <ShowInvitation
              user={one().user}
              invitation={one().invitation}
              company={props.who.organization.name}
              onBack={() => setShown(null)}
            />
          )}
        </Show>
      </div>
    </Dialog>
  );
}

function Member(props: {
  user: User;
  mayChange: boolean;
  busy: boolean;
  onShow: () => void;
  onEdit: (change: { role?: Role; is_active?: boolean }) => void;
}) {
  const state = () => stateOf(props.user);
  return (
    <li>
      <span class="what">
        <strong>{props.user.name}</strong>
        <span class={`badge ${state().kind}`}>
          <Icon name={state().icon} />
          {t(state().word)}
        </span>
        <span class="small muted">
          {t(roleWord(props.user.role))} · {props.user.phone}
        </span>
      </span>
      <Show when={props.mayChange}>
        <span class="buttons">
          <Show when={props.user.is_active && props.user.role !== 'owner'}>
            <select
              class="input"
              aria-label={t('team_role_of', { name: props.user.name })}
              disabled={props.busy}
              value={props.user.role}
              onChange={(event) => props.onEdit({ role: event.currentTarget.value as Role })}
            >
              <For each={ROLES}>{(role) => <option value={role}>{t(roleWord(role))}</option>}</For>
            </select>
          </Show>
          <Show when={props.user.is_active}>
            <button type="button" class="button" disabled={props.busy} onClick={() => props.onShow()}>
              {t('team_show_qr')}
            </button>
          </Show>
          <button
            type="button"
            class="button quiet"
            disabled={props.busy}
            onClick={() => props.onEdit({ is_active: !props.user.is_active })}
          >
            {t(props.user.is_active ? 'team_deactivate' : 'team_reactivate')}
          </button>
        </span>
      </Show>
    </li>
  );
}

function InviteForm(props: { busy: boolean; onInvite: (name: string, phone: string, role: Role) => void }) {
  const [name, setName] = createSignal('');
  const [phone, setPhone] = createSignal('');
  const [role, setRole] = createSignal<Role>('technician');
  const [tried, setTried] = createSignal(false);
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    const number = normalizePhone(phone());
    if (name().trim() && number) props.onInvite(name().trim(), number, role());
  };
  return (
    <form class="stack" onSubmit={submit} novalidate>
      <p class="muted">{t('team_lead')}</p>
      <Field label={t('person_name')} error={tried() && !name().trim() ? t('name_invalid') : null}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            maxlength="200"
            autocomplete="off"
            value={name()}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field
        label={t('phone')}
        hint={t('phone_hint')}
        error={tried() && !normalizePhone(phone()) ? t('phone_invalid') : null}
      >
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="tel"
            autocomplete="off"
            value={phone()}
            onInput={(event) => setPhone(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label={t('team_role')}>
        {(wiring) => (
          <select
            {...wiring}
            class="input"
            value={role()}
            onChange={(event) => setRole(event.currentTarget.value as Role)}
          >
            <For each={ROLES}>{(one) => <option value={one}>{t(roleWord(one))}</option>}</For>
          </select>
        )}
      </Field>
      <button type="submit" class="button primary" disabled={props.busy}>
        <Icon name="plus" />
        {t('team_invite')}
      </button>
    </form>
  );
}

function ShowInvitation(props: { user: User; invitation: Invitation; company: string; onBack: () => void }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.invitation.url);
      toast(t('copied'));
    } catch {
      toast(t('copy_failed'));
    }
  };
  const words = () =>
    t('team_message', {
      name: props.user.name,
      company: props.company,
      link: props.invitation.url,
    });
  return (
    <section class="stack" aria-label={t('team_qr_of', { name: props.user.name })}>
      <p>{t('team_qr_how', { name: props.user.name })}</p>
      <QrCode text={props.invitation.url} label={t('team_qr_of', { name: props.user.name })} />
      <div class="buttons">
        <a class="button" href={whatsappLink(props.user.phone, words())} target="_blank" rel="noreferrer">
          <Icon name="chat" />
          {t('team_by_whatsapp')}
        </a>
        <button type="button" class="button" onClick={copy}>
          <Icon name="copy" />
          {t('copy')}
        </button>
        <button type="button" class="button quiet" onClick={() => props.onBack()}>
          {t('back')}
        </button>
      </div>
      <p class="small muted">{t('team_qr_once')}</p>
    </section>
  );
}
