-- What organizations used of outside directions, by month and provider.
create table directions_usage (
    org_id   uuid not null references organization (org_id),
    month    date not null,
    service  text not null,
    requests bigint not null,
    trips    bigint not null,
    primary key (org_id, month, service)
);
alter table directions_usage enable row level security;
alter table directions_usage force row level security;
create policy tenant on directions_usage for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
grant select, insert, update on directions_usage to campo_app;
