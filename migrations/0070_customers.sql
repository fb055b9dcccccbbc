-- Customers: what a company needs to bill them, how they are found, which of them are one.

alter table customer
    add column email           text check (length(email) <= 254),
    add column razon_social    text check (length(razon_social) <= 200),
    add column condicion_iva   text check (condicion_iva in
        ('responsable_inscripto', 'monotributista', 'exento', 'consumidor_final')),
    add column dni             text check (dni ~ '^[0-9]{6,9}$'),
    add column direccion_fiscal text check (length(direccion_fiscal) <= 500),
    -- The tax number is sealed; equal numbers of one organization have equal blinds.
    add column cuit_sealed     bytea,
    add column cuit_blind      bytea,
    -- A customer who was somebody entered twice: everything of theirs is with the other one now.
    add column merged_into     uuid,
    add column merged_at       timestamptz,
    -- Destroyed keys leave a sealed value that nobody opens, and no blind.
    add constraint customer_cuit_whole check (cuit_blind is null or cuit_sealed is not null),
    add constraint customer_merged_whole check ((merged_into is null) = (merged_at is null)),
    add constraint customer_merged_elsewhere check (merged_into <> customer_id),
    add constraint customer_merged_into foreign key (org_id, merged_into) references customer (org_id, customer_id);
create index customer_cuit on customer (org_id, cuit_blind) where cuit_blind is not null;
create index customer_dni on customer (org_id, dni) where dni is not null;
create index customer_email on customer (org_id, lower(email)) where email is not null;
create index customer_tombs on customer (org_id, merged_into) where merged_into is not null;
create index customer_newest on customer (org_id, created_at desc, customer_id desc);

-- The words by which customers are found: folded (small letters, no accents), one row each. A phone stands here
-- with all its ends of three digits or more, so that any part of it is the beginning of a word; `key` is the whole
-- name, its words sorted, for finding the same name again.
create table customer_word (
    org_id      uuid not null,
    customer_id uuid not null,
    field       text not null check (field in ('name', 'phone', 'address', 'email', 'key')),
    word        text collate "C" not null,
    primary key (org_id, customer_id, field, word),
    foreign key (org_id, customer_id) references customer (org_id, customer_id) on delete cascade
);
create index customer_word_prefix on customer_word (org_id, word, field, customer_id);

-- The same fold as engine/src/customers/fold.rs; a test holds the two beside each other.
create function note_customer_words() returns trigger language plpgsql as $$
declare
    apart constant text := '[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u2000-\u2bff]+';
    plain text[];
    digits text := regexp_replace(new.phone, '[^0-9]', '', 'g');
begin
    select array_agg(regexp_replace(translate(lower(coalesce(t, '') collate "C"),
               'ÁÀÂÄÃÅáàâäãåÉÈÊËéèêëÍÌÎÏíìîïÓÒÔÖÕØóòôöõøÚÙÛÜúùûüÑñÇçÝýÿ',
               'aaaaaaaaaaaaeeeeeeeeiiiiiiiioooooooooooouuuuuuuunnccyyy'),
               '[\u0300-\u036f]', '', 'g') order by n)
    into plain from unnest(array[new.name, new.address, new.email]) with ordinality as x (t, n);
    delete from customer_word where org_id = new.org_id and customer_id = new.customer_id;
    insert into customer_word (org_id, customer_id, field, word)
    select distinct new.org_id, new.customer_id, x.field, x.word
    from (
        select f.field, regexp_split_to_table(f.text, apart) as word
        from (values ('name', plain[1]), ('address', plain[2]), ('email', plain[3])) f (field, text)
        union all
        select 'phone', substr(digits, n) from generate_series(1, length(digits) - 2) n
        union all
        select 'key', string_agg(k.word, ' ' order by k.word collate "C")
        from (select distinct w as word from regexp_split_to_table(plain[1], apart) w where w <> '') k
    ) x
    where x.word <> '';
    return null;
end
$$;
revoke all on function note_customer_words() from public;
create trigger words after insert or update of name, phone, address, email on customer
    for each row execute function note_customer_words();

-- Those who are there already. FORCE binds the owner too; nobody sees the moment without it.
alter table customer no force row level security;
update customer set name = name;
alter table customer force row level security;

alter table customer_word enable row level security;
alter table customer_word force row level security;
create policy tenant on customer_word for all to campo_app
    using (org_id = (select current_org())) with check (org_id = (select current_org()));
grant select, insert, delete on customer_word to campo_app;
