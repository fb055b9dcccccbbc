-- Where customers and jobs are, and who says so: a person's pin, or the map's index of addresses.
-- A confidence without a place: the address was looked up and nothing was sure; somebody drags a pin.
alter table customer
    add column location_source     text check (location_source in ('person', 'geocoded')),
    add column location_confidence double precision check (location_confidence between 0 and 1),
    add column location_unsure     boolean not null
        generated always as (lat is null and location_confidence is not null) stored;
alter table job
    add column location_source     text check (location_source in ('person', 'geocoded')),
    add column location_confidence double precision check (location_confidence between 0 and 1);
-- Until now only people placed anything.
update customer set location_source = 'person' where lat is not null;
update job set location_source = 'person' where lat is not null;
