-- Stored answers are given again byte for byte: json keeps the text, jsonb would reorder it.
alter table idempotency alter column body type json using body::json;
-- A claim erases the organization's old answers, a few at a time.
create index idempotency_age on idempotency (org_id, created_at);

-- A job's latest journey, for every list of jobs.
create index tracking_session_job on tracking_session (org_id, job_id, started_at desc);
