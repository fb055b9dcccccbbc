-- E-mail: where people of an organization are reached, and addresses whose servers refused them for good.
alter table member add column email text check (length(email) between 3 and 254);

create table mail_refused (
    org_id     uuid not null references organization (org_id),
    -- Lower case.
    address    text not null check (length(address) between 3 and 254),
    -- What the server said.
    reason     text not null,
    refused_at timestamptz not null default now(),
    primary key (org_id, address)
);
alter table mail_refused enable row level security;
alter table mail_refused force row level security;
create policy tenant on mail_refused for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
grant select, insert, update, delete on mail_refused to campo_app;
