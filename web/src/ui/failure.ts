import { Problem, Unreachable } from '../api/client';
import { t } from '../i18n';

/** What to tell a person about a request that failed. */
export function failureText(cause: unknown): string {
  if (cause instanceof Unreachable) return t('error_network');
  if (!(cause instanceof Problem)) return t('error_unknown');
  const first = cause.body.errors?.[0];
  if (first) return first.message;
  if (cause.code === 'JOB_001') return t('error_transition');
  if (cause.status === 409) return t('error_conflict');
  if (cause.status === 403) return t('error_forbidden');
  if (cause.status === 404) return t('error_not_found');
  if (cause.status === 429) return t('error_rate', { s: cause.retryAfterS ?? 60 });
  if (cause.status < 500 && cause.body.detail) return cause.body.detail;
  return t('error_unknown');
}
