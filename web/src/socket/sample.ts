import type { Job } from './frames';

/** A whole job for tests, with what the test is about. */
export function sampleJob(more: Partial<Job>): Job {
  return {
    id: 'j',
    version: 1,
    title: 'Caldera',
    status: 'scheduled',
    job_number: 'JOB-00001',
    job_type: 'general',
    priority: 'normal',
    customer_id: 'c',
    customer: { id: 'c', name: 'María Ñáñez', phone: '+5491123456789' },
    technician_ids: [],
    status_changed_at: '2026-11-03T12:00:00.000Z',
    created_at: '2026-11-03T12:00:00.000Z',
    updated_at: '2026-11-03T12:00:00.000Z',
    ...more,
  };
}
