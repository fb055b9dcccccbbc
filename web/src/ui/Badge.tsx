import { t, type Word } from '../i18n';
import type { JobStatus, TechnicianStatus } from '../socket/frames';
import { Icon, type IconName } from './Icon';

const JOB: Record<JobStatus, IconName> = {
  pending: 'clock',
  scheduled: 'calendar',
  en_camino: 'truck',
  working: 'wrench',
  completed: 'check',
  cancelled: 'close',
};

const TECHNICIAN: Record<TechnicianStatus, IconName> = {
  off_shift: 'moon',
  available: 'check',
  en_camino: 'truck',
  working: 'wrench',
  offline: 'offline',
};

/** A job's state, by word and drawing; colour only repeats it. */
export function JobBadge(props: { status: JobStatus }) {
  return (
    <span class={`badge ${props.status}`}>
      <Icon name={JOB[props.status]} />
      {t(`status_${props.status}` as Word)}
    </span>
  );
}

export function TechnicianBadge(props: { status: TechnicianStatus; paused?: boolean }) {
  return (
    <span class={`badge ${props.status}`}>
      <Icon name={props.paused ? 'pause' : TECHNICIAN[props.status]} />
      {props.paused ? t('paused') : t(`tech_${props.status}` as Word)}
    </span>
  );
}
