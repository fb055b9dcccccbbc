import { t } from '../i18n';
import { Field } from '../ui/Field';
import type { When } from './when';

/** Day, from, to: native pickers, so that every phone shows its own. */
export function WhenFields(props: {
  value: When;
  isWrong: boolean;
  onChange: (change: Partial<When>) => void;
}) {
  return (
    <div class="when">
      <Field label={t('date')}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="date"
            value={props.value.date}
            onInput={(e) => props.onChange({ date: e.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={t('from')}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="time"
            value={props.value.from}
            onInput={(e) => props.onChange({ from: e.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={t('to')} error={props.isWrong ? t('time_invalid') : null}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="time"
            value={props.value.to}
            onInput={(e) => props.onChange({ to: e.currentTarget.value })}
          />
        )}
      </Field>
    </div>
  );
}
