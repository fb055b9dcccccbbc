-- Voice notes: heard, understood, decided about; by machines within the organization's consent, else by people.

-- The message that a job was made of.
alter table job add column source_message_id uuid;

-- What an organization decided about voice notes. Consent is to the transfer of recordings to a service abroad.
create table voice_settings (
    org_id          uuid primary key references organization (org_id),
    consent_at      timestamptz,
    consent_by      uuid,
    consent_ip      text,
    -- Which words were consented to.
    consent_version text,
    threshold       double precision not null default 0.70 check (threshold between 0.30 and 1),
    retention_days  integer not null default 90 check (retention_days between 1 and 3650),
    version         integer not null default 1,
    updated_at      timestamptz not null default now(),
    check ((consent_at is null) = (consent_by is null))
);

-- Who sends notes: told once that a machine hears them; may refuse it.
create table voice_sender (
    org_id     uuid not null references organization (org_id),
    phone      text not null,
    told_at    timestamptz,
    refused_at timestamptz,
    primary key (org_id, phone)
);

create table voice_note (
    org_id          uuid not null references organization (org_id),
    note_id         uuid not null,
    file_id         uuid not null,
    -- The message that brought it; none where somebody of the office uploaded it.
    message_id      uuid,
    uploaded_by     uuid,
    -- The phone it came from.
    sender          text,
    customer_id     uuid,
    state           text not null check (state in ('pending', 'transcribing', 'extracting', 'completed', 'needs_review', 'reviewed', 'failed')),
    decision        text check (decision in ('create', 'create_flagged', 'ask_customer', 'ask_again', 'review', 'reject')),
    reasons         jsonb not null default '[]',
    transcript      text,
    heard           double precision check (heard between 0 and 1),
    duration_s      double precision,
    extraction      jsonb,
    score           jsonb,
    overall         double precision check (overall between 0 and 1),
    proposal        jsonb,
    job_id          uuid,
    -- When the machines took it: what the limits count.
    admitted_at     timestamptz,
    decided_at      timestamptz,
    asked_at        timestamptz,
    reminded_at     timestamptz,
    answer          text check (answer in ('yes', 'no')),
    answered_at     timestamptz,
    review_action   text check (review_action in ('approve', 'edit', 'reject')),
    review_note     text check (length(review_note) <= 500),
    reviewed_by     uuid,
    reviewed_at     timestamptz,
    -- Since when it waits for a person.
    waiting_since   timestamptz,
    audio_erased_at timestamptz,
    version         integer not null default 1,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    primary key (org_id, note_id),
    unique (org_id, message_id),
    foreign key (org_id, customer_id) references customer (org_id, customer_id),
    foreign key (org_id, job_id) references job (org_id, job_id)
);
create index voice_note_queue on voice_note (org_id, created_at, note_id) where state in ('needs_review', 'failed');
create index voice_note_admitted on voice_note (org_id, admitted_at) where admitted_at is not null;
create index voice_note_asked on voice_note (org_id, sender) where decision = 'ask_customer' and answer is null;
create index voice_note_audio on voice_note (org_id, created_at) where audio_erased_at is null;

do $$
declare
    t text;
begin
    foreach t in array array['voice_settings', 'voice_sender', 'voice_note'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
        execute format('grant select, insert, update on %I to campo_app', t);
    end loop;
end
$$;
