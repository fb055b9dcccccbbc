-- Browsers that a person lets us wake (Web Push). One browser is one person's at a time.
create table push_subscription (
    org_id          uuid not null,
    subscription_id uuid not null,
    user_id         uuid not null,
    -- A capability: whoever knows it and our key may wake the browser.
    endpoint        text not null check (length(endpoint) <= 2048),
    endpoint_hash   bytea not null,
    p256dh          bytea not null check (length(p256dh) = 65),
    auth            bytea not null check (length(auth) = 16),
    user_agent      text,
    created_at      timestamptz not null default now(),
    -- When a push service last took a message for it.
    used_at         timestamptz,
    primary key (org_id, subscription_id),
    unique (org_id, endpoint_hash),
    foreign key (org_id, user_id) references member (org_id, user_id)
);
create index push_subscription_user on push_subscription (org_id, user_id, created_at);

alter table push_subscription enable row level security;
alter table push_subscription force row level security;
create policy tenant on push_subscription for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
grant select, insert, update, delete on push_subscription to campo_app;
