-- What people want to hear and when, who wants nothing, what SMS have cost, what customers say of the work.

-- A person's preferences in an organization; without a row the defaults hold.
create table notification_preference (
    org_id      uuid not null,
    user_id     uuid not null,
    whatsapp    boolean not null default true,
    push        boolean not null default true,
    web         boolean not null default true,
    email       boolean not null default false,
    sms         boolean not null default false,
    -- {"job_assigned": {"whatsapp": false}}: what differs for one event.
    events      jsonb not null default '{}',
    -- Minutes before a job.
    reminders   integer[] not null default '{1440,60,30}' check (cardinality(reminders) <= 8),
    quiet       boolean not null default false,
    quiet_from  time not null default '22:00',
    quiet_to    time not null default '08:00',
    timezone    text not null default 'America/Argentina/Buenos_Aires',
    language    text not null default 'es' check (language in ('es', 'en')),
    updated_at  timestamptz not null default now(),
    primary key (org_id, user_id),
    foreign key (org_id, user_id) references member (org_id, user_id)
);

-- A customer who answered BAJA gets critical messages alone.
alter table customer add column opted_out_at timestamptz;

-- The window of 24 hours is counted from the last message that came in.
create index message_heard on message (org_id, from_phone, created_at desc) where direction = 'in';
-- One reminder a job, person and interval waits at a time.
create unique index message_reminder on message (org_id, entity_id, user_id, ((body -> 'fact' ->> 'minutes')))
    where event = 'job_reminder' and state = 'queued';

-- What a customer says of a job. The link is HMAC(key, job); only its hash is stored.
create table job_rating (
    org_id     uuid not null,
    job_id     uuid not null,
    token_hash bytea not null,
    expires_at timestamptz not null,
    stars      smallint check (stars between 1 and 5),
    comment    text check (length(comment) <= 1000),
    rated_at   timestamptz,
    created_at timestamptz not null default now(),
    primary key (org_id, job_id),
    foreign key (org_id, job_id) references job (org_id, job_id)
);
create unique index job_rating_token on job_rating (token_hash);

do $$
declare
    t text;
begin
    foreach t in array array['notification_preference', 'job_rating'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;
-- A customer's link opens its own job's rating and nothing else.
create policy link on job_rating for select to campo_app using (token_hash = (select current_link_hash()));
grant select, insert, update, delete on notification_preference, job_rating to campo_app;

-- Every SMS that was asked of the provider, of all organizations: what caps are counted from. Kept a day.
create table sms_sent (
    sms_id   bigint generated always as identity primary key,
    phone    text not null,
    -- All but the last four digits: ten thousand numbers.
    block    text not null,
    is_known boolean not null,
    at       timestamptz not null default now()
);
create index sms_sent_at on sms_sent (at);
create index sms_sent_phone on sms_sent (phone, at);
alter table sms_sent enable row level security;
alter table sms_sent force row level security;
create policy identity on sms_sent for all to campo_app
    using ((select in_identity_scope())) with check ((select in_identity_scope()));
grant select, insert, delete on sms_sent to campo_app;

-- How the message of a code goes: what is in doubt waits for its status, as every message does.
alter table otp_challenge
    add column channel     text check (channel in ('whatsapp', 'sms')),
    add column delivery    text check (delivery in ('sending', 'sent', 'delivered', 'read', 'failed')),
    add column provider_id text,
    add column sending_at  timestamptz;
