-- The resume tokens of one viewer's page: using one ends those before it. Rows outlive their tokens by a day.
create table viewer_resume (
    org_id   uuid not null references organization (org_id),
    line     uuid not null,
    -- The oldest resume token still good.
    resume_n integer not null,
    used_at  timestamptz not null default now(),
    primary key (org_id, line)
);
alter table viewer_resume enable row level security;
alter table viewer_resume force row level security;
create policy tenant on viewer_resume for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
grant select, insert, update, delete on viewer_resume to campo_app;
