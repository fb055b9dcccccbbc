-- Signing in, hardened: codes bound to the browser that asked for them, failures of devices that were there before
-- told apart, invitations, and the generations of the key that signs access tokens.

alter table otp_challenge
    -- The browser or device that asked, by the id it keeps: only it may enter the code. Null where it said none.
    add column device         text,
    -- The invitation through which the code was asked for.
    add column invitation_id  uuid,
    -- The second factor that follows: tries, and when it was passed (a ticket is good once).
    add column second_tries   smallint not null default 0,
    add column second_used_at timestamptz;

-- Devices that signed in before are locked by nothing, and count for nobody else's lock.
alter table otp_failure add column is_known boolean not null default false;
create index otp_failure_at on otp_failure (at desc) where not is_known;

-- When a person first signed in as a member; until then they are invited.
alter table member add column joined_at timestamptz;
update member m set joined_at = s.first
from (select org_id, user_id, min(created_at) as first from login_session group by org_id, user_id) s
where s.org_id = m.org_id and s.user_id = m.user_id;

-- A link (a QR code) with which a member signs in for the first time. The token is HMAC(key, invitation): stored is its hash.
create table invitation (
    org_id        uuid not null,
    invitation_id uuid not null,
    user_id       uuid not null,
    token_hash    bytea not null,
    created_by    uuid not null,
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    used_at       timestamptz,
    revoked_at    timestamptz,
    -- After three wrong codes no other is sent through it before this.
    cooling_until timestamptz,
    primary key (org_id, invitation_id),
    foreign key (org_id, user_id) references member (org_id, user_id)
);
create index invitation_of on invitation (org_id, user_id, created_at desc);
-- A token names its invitation before the organization is known.
create index invitation_token on invitation (token_hash);
create index invitation_id on invitation (invitation_id);
alter table invitation enable row level security;
alter table invitation force row level security;
create policy tenant on invitation for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
create policy identity on invitation for all to campo_app
    using ((select in_identity_scope())) with check ((select in_identity_scope()));
grant select, insert, update, delete on invitation to campo_app;

-- Generations of the signing key. The keys themselves derive from the secret file and stand nowhere.
create table signing_key (
    generation integer primary key check (generation > 0),
    made_at    timestamptz not null default now(),
    -- All nodes know it a while before it signs.
    signs_from timestamptz not null,
    -- Tokens that it signed are refused from then on. Null: it is the newest.
    ends_at    timestamptz
);
insert into signing_key (generation, signs_from) values (1, now());
alter table signing_key enable row level security;
alter table signing_key force row level security;
create policy identity on signing_key for all to campo_app
    using ((select in_identity_scope())) with check ((select in_identity_scope()));
grant select, insert, update on signing_key to campo_app;
