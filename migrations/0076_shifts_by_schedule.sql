-- Whether positions of phone apps count within shifts that a person or the office began alone, or also within the hours of
-- the person's work schedule: a shift then begins by itself, and ends with the hours.
alter table organization
    add column ingest_shift text not null default 'explicit' check (ingest_shift in ('explicit', 'schedule'));

alter table shift drop constraint shift_end_reason_check;
alter table shift add constraint shift_end_reason_check check (end_reason in ('too_long', 'idle', 'hours'));
