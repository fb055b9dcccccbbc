-- The pace of an organization's messages as counts by second: with thousands a minute the list of moments that stood
-- here was rewritten, tens of kilobytes, by every message.
alter table message_pace
    drop column recent,
    -- Seconds since 1970 of the newest count.
    add column newest bigint not null default 0,
    -- How many left in that second and in those before it, the newest first.
    add column counts integer[] not null default '{}';
