import { createEffect, createSignal, For, Show } from 'solid-js';
import { signedIn } from '../api/client';
import { editNotificationPreferences, getNotificationPreferences, testNotification } from '../api/routes';
import type { NotificationPreferences } from '../api/schema';
import { t } from '../i18n';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { failureText } from '../ui/failure';
import { toast } from '../ui/toast';
import './notices.css';
import { PushRow } from './PushRow';
import {
  bySms,
  CHANNEL_WORDS,
  CHANNELS,
  type Channel,
  carries,
  change,
  EVENT_WORDS,
  EVENTS,
  remindersFor,
} from './preferences';

/** What a person wants to hear, through which channels, and when: every tap is saved at once. */
export function PreferencesDialog(props: { open: boolean; role: string; onClose: () => void }) {
  const [row, setRow] = createSignal<NotificationPreferences | null>(null);
  const [trouble, setTrouble] = createSignal('');
  const load = async () => {
    try {
      setRow(await signedIn(getNotificationPreferences)());
      setTrouble('');
    } catch (cause) {
      setTrouble(failureText(cause));
    }
  };
  createEffect(() => {
    if (props.open) load();
  });
  const save = async (what: object) => {
    try {
      setRow(await signedIn(editNotificationPreferences)(what));
      toast(t('preferences_saved'));
    } catch (cause) {
      toast(failureText(cause));
      await load();
    }
  };
  return (
    <Dialog open={props.open} title={t('preferences')} onClose={() => props.onClose()}>
      <Show when={trouble()}>
        <p class="problem" role="alert">
          {trouble()}
        </p>
        <button type="button" class="button" onClick={load}>
          {t('try_again')}
        </button>
      </Show>
      <Show when={row()} fallback={<Show when={!trouble()}>{t('loading')}</Show>}>
        {(now) => (
          <div class="preferences">
            <Channels row={now()} save={save} />
            <PushRow />
            <Events row={now()} save={save} />
            <Reminders row={now()} role={props.role} save={save} />
            <Quiet row={now()} save={save} />
          </div>
        )}
      </Show>
    </Dialog>
  );
}

interface Part {
  row: NotificationPreferences;
  save: (what: object) => Promise<void>;
}

function Check(props: {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled}
        onChange={(e) => props.onChange(e.currentTarget.checked)}
      />
      {props.label}
    </label>
  );
}

function Channels(props: Part) {
  const [busy, setBusy] = createSignal(false);
  const test = async (channel: Channel) => {
    setBusy(true);
    try {
      await signedIn(testNotification)({ channel });
      toast(t('channel_tested'));
    } catch (cause) {
      toast(failureText(cause));
    }
    setBusy(false);
  };
  return (
    <fieldset>
      <legend>{t('channels')}</legend>
      <For each={CHANNELS}>
        {(channel) => (
          <div class="channel">
            <Check
              label={t(CHANNEL_WORDS[channel])}
              checked={props.row[channel]}
              onChange={(on) => props.save({ [channel]: on })}
            />
            <button
              type="button"
              class="button quiet"
              aria-label={`${t('channel_test')}: ${t(CHANNEL_WORDS[channel])}`}
              disabled={busy() || !props.row[channel]}
              onClick={() => test(channel)}
            >
              {t('channel_test')}
            </button>
          </div>
        )}
      </For>
    </fieldset>
  );
}

function Events(props: Part) {
  const offered = () => CHANNELS.filter((channel) => props.row[channel]);
  return (
    <section>
      <h3>{t('events')}</h3>
      <For each={EVENTS}>
        {(event) => (
          <details class="event">
            <summary>{t(EVENT_WORDS[event])}</summary>
            <For each={offered().filter((channel) => channel !== 'sms' || bySms(event))}>
              {(channel) => (
                <Check
                  label={t(CHANNEL_WORDS[channel])}
                  checked={carries(props.row, event, channel)}
                  onChange={(on) => props.save(change(props.row, event, channel, on))}
                />
              )}
            </For>
          </details>
        )}
      </For>
    </section>
  );
}

function Reminders(props: Part & { role: string }) {
  const name = (minutes: number) =>
    minutes >= 60 ? t('reminder_hours', { n: minutes / 60 }) : t('reminder_minutes', { n: minutes });
  const turn = (minutes: number, on: boolean) => {
    const rest = props.row.reminder_intervals.filter((m) => m !== minutes);
    props.save({ reminder_intervals: on ? [...rest, minutes] : rest });
  };
  return (
    <fieldset>
      <legend>{t('reminders')}</legend>
      <For each={remindersFor(props.role)}>
        {(minutes) => (
          <Check
            label={name(minutes)}
            checked={props.row.reminder_intervals.includes(minutes)}
            onChange={(on) => turn(minutes, on)}
          />
        )}
      </For>
    </fieldset>
  );
}

function Quiet(props: Part) {
  const hours = () => props.row.quiet_hours;
  return (
    <fieldset>
      <legend>{t('quiet')}</legend>
      <Check
        label={t('quiet_on')}
        checked={hours().enabled ?? false}
        onChange={(enabled) => props.save({ quiet_hours: { enabled } })}
      />
      <Show when={hours().enabled ?? false}>
        <div class="pair">
          <Field label={t('from')}>
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="time"
                required
                value={hours().from}
                onChange={(e) =>
                  e.currentTarget.value && props.save({ quiet_hours: { from: e.currentTarget.value } })
                }
              />
            )}
          </Field>
          <Field label={t('to')}>
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="time"
                required
                value={hours().to}
                onChange={(e) =>
                  e.currentTarget.value && props.save({ quiet_hours: { to: e.currentTarget.value } })
                }
              />
            )}
          </Field>
        </div>
        <p class="muted small">{t('quiet_lead')}</p>
      </Show>
    </fieldset>
  );
}
