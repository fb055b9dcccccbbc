-- What identifies a company, a person, a customer is locked once it is said; a change is asked for and decided.

alter table organization
    add column razon_social      text check (length(razon_social) <= 200),
    add column tipo_sociedad     text check (length(tipo_sociedad) <= 60),
    add column iva_condition     text check (iva_condition in ('responsable_inscripto', 'monotributista', 'exento')),
    add column punto_venta_afip  integer check (punto_venta_afip between 1 and 99999),
    add column fecha_inscripcion_afip date,
    add column ingresos_brutos   text check (length(ingresos_brutos) <= 40),
    add column domicilio_fiscal  text check (length(domicilio_fiscal) <= 500),
    add column email             text check (length(email) <= 254),
    add column website           text check (length(website) <= 200),
    add column address           text check (length(address) <= 500),
    add column logo_file_id      uuid,
    add constraint organization_logo foreign key (org_id, logo_file_id) references file (org_id, file_id);

alter table member
    add column cuil               text check (cuil ~ '^[0-9]{11}$'),
    add column dni                text check (dni ~ '^[0-9]{6,9}$'),
    add column legal_name         text check (length(legal_name) <= 200),
    add column fecha_nacimiento   date,
    add column nacionalidad       text check (length(nacionalidad) <= 60),
    add column sexo               text check (sexo in ('f', 'm', 'x')),
    add column fecha_ingreso      date,
    add column modalidad_contrato text check (length(modalidad_contrato) <= 60),
    add column obra_social        text check (length(obra_social) <= 100),
    add column art                text check (length(art) <= 100),
    add column convenio_colectivo text check (length(convenio_colectivo) <= 100),
    add column puesto             text check (length(puesto) <= 100);

create table change_request (
    org_id           uuid not null references organization (org_id),
    request_id       uuid not null,
    entity           text not null check (entity in ('organization', 'user', 'customer')),
    entity_id        uuid not null,
    -- The field as the API names it.
    field            text not null,
    -- As text; a customer's tax number is sealed instead.
    current          text,
    requested        text,
    current_sealed   bytea,
    requested_sealed bytea,
    reason           text not null check (length(reason) between 1 and 1000),
    status           text not null default 'pending' check (status in ('pending', 'approved', 'rejected')),
    requested_by     uuid not null,
    decided_by       uuid,
    decided_at       timestamptz,
    decision_reason  text check (length(decision_reason) <= 1000),
    created_at       timestamptz not null default now(),
    primary key (org_id, request_id),
    foreign key (org_id, requested_by) references member (org_id, user_id),
    foreign key (org_id, decided_by) references member (org_id, user_id),
    check ((status = 'pending') = (decided_at is null)),
    check ((decided_by is null) = (decided_at is null))
);
-- A field has one open request.
create unique index change_request_open on change_request (org_id, entity, entity_id, field) where status = 'pending';
create index change_request_newest on change_request (org_id, created_at desc, request_id desc);

-- The papers that prove it.
create table change_request_document (
    org_id     uuid not null,
    request_id uuid not null,
    file_id    uuid not null,
    primary key (org_id, request_id, file_id),
    foreign key (org_id, request_id) references change_request (org_id, request_id),
    foreign key (org_id, file_id) references file (org_id, file_id)
);

do $$
declare
    t text;
begin
    foreach t in array array['change_request', 'change_request_document'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy tenant on %I for all to campo_app
             using (org_id = (select current_org())) with check (org_id = (select current_org()))', t);
    end loop;
end
$$;
grant select, insert, update on change_request to campo_app;
grant select, insert on change_request_document to campo_app;

-- A decision is final, and what was asked stays what was asked: it may be sealed anew, and erased with its person.
create function refuse_second_decision() returns trigger language plpgsql as $$
begin
    if row (new.entity, new.entity_id, new.field, new.requested_by, new.created_at)
           is distinct from row (old.entity, old.entity_id, old.field, old.requested_by, old.created_at)
       or (old.status <> 'pending' and row (new.status, new.decided_by, new.decided_at)
           is distinct from row (old.status, old.decided_by, old.decided_at))
       or (new.requested is not null and new.requested is distinct from old.requested) then
        raise exception 'a change request is decided once' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
revoke all on function refuse_second_decision() from public;
create trigger decided_once before update on change_request
    for each row execute function refuse_second_decision();

-- Refuses to change a locked field that has a value. Arguments: the entity, its id's column, then one argument a
-- field: "column", "column=name" where the API calls it otherwise, "column?other" where it is locked only once `other`
-- has a value. Two doors are open, each for its transaction alone: an approved request for exactly this field of
-- exactly this row (app.change_request), and emptying by the erasure of a person (app.erasing).
create function refuse_locked() returns trigger language plpgsql as $$
declare
    was jsonb := to_jsonb(old);
    will jsonb := to_jsonb(new);
    item text;
    col text;
    called text;
begin
    foreach item in array tg_argv[2:] loop
        col := split_part(split_part(item, '?', 1), '=', 1);
        called := coalesce(nullif(split_part(split_part(item, '?', 1), '=', 2), ''), col);
        continue when coalesce(was ->> col, '') = '' or (was ->> col) is not distinct from (will ->> col);
        continue when item like '%?%' and coalesce(was ->> split_part(item, '?', 2), '') = '';
        continue when (will ->> col) is null and current_setting('app.erasing', true) = 'on';
        continue when exists (
            select 1 from change_request r
            where r.org_id = new.org_id
              and r.request_id = nullif(current_setting('app.change_request', true), '')::uuid
              and r.status = 'approved' and r.entity = tg_argv[0]
              and r.entity_id = (was ->> tg_argv[1])::uuid and r.field = called);
        raise exception '%.% is locked', tg_argv[0], called
            using errcode = 'CT001', table = tg_table_name, column = col;
    end loop;
    return new;
end
$$;
revoke all on function refuse_locked() from public;

-- The one list of locked fields; engine/src/protect/fields.rs has the same, and a test holds the two beside each other.
do $$
declare
    l record;
    item text;
    arguments text;
    columns text;
begin
    for l in
        select * from (values
            ('organization', 'organization', 'org_id', array[
                'cuit', 'razon_social', 'tipo_sociedad', 'iva_condition', 'punto_venta_afip',
                'fecha_inscripcion_afip', 'ingresos_brutos']),
            ('member', 'user', 'user_id', array[
                'cuil', 'dni', 'legal_name', 'fecha_nacimiento', 'nacionalidad', 'sexo', 'fecha_ingreso',
                'modalidad_contrato', 'obra_social', 'art', 'convenio_colectivo']),
            ('customer', 'customer', 'customer_id', array[
                'cuit_blind=cuit', 'razon_social?cuit_blind', 'condicion_iva', 'dni']),
            ('job', 'job', 'job_id', array['job_number'])
        ) list (name, entity, id_column, fields)
    loop
        arguments := format('%L, %L', l.entity, l.id_column);
        columns := '';
        foreach item in array l.fields loop
            arguments := arguments || format(', %L', item);
            columns := columns || case when columns = '' then '' else ', ' end
                || quote_ident(split_part(split_part(item, '?', 1), '=', 1));
        end loop;
        execute format('create trigger locked before update of %s on %I for each row execute function refuse_locked(%s)',
            columns, l.name, arguments);
    end loop;
end
$$;
