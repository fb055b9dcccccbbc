-- When people work: a week, and the days that are otherwise. Times of day are times of the organization's zone.
create table work_schedule (
    org_id             uuid not null,
    user_id            uuid not null,
    -- {"mon": [["09:00", "13:00"], ["14:00", "18:00"]], ..}: the spans of each day, none on days off.
    weekly             jsonb not null,
    -- [{"date": "2026-12-24", "spans": [["09:00", "12:00"]], "reason": ".."}]: without spans a day off.
    exceptions         jsonb not null default '[]',
    -- They want to know of a job so long before it begins.
    advance_notice_min integer check (advance_notice_min between 0 and 20160),
    version            integer not null default 1,
    updated_by         uuid not null,
    created_at         timestamptz not null default now(),
    updated_at         timestamptz not null default now(),
    primary key (org_id, user_id),
    foreign key (org_id, user_id) references member (org_id, user_id)
);

alter table work_schedule enable row level security;
alter table work_schedule force row level security;
create policy tenant on work_schedule for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
grant select, insert, update, delete on work_schedule to campo_app;
