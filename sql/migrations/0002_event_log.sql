-- The event log: what happens on every channel, numbered without a hole, committed together with the state it tells of.
-- docs/architecture.md, "The event log", says why each column is as it is.
set local role foodfast_owner;
set local search_path = log, public;

create domain channel_name text collate "C"
	check (length(value) <= 100 and value ~ '^[a-z]+(:[a-z0-9-]+)*$');
create domain event_type text collate "C"
	check (length(value) <= 50 and value ~ '^[a-z]+(\.[a-z_]+)*$');
-- Not a check of the table: that would be compiled anew by every insert.
create domain event_data jsonb check (jsonb_typeof(value) = 'object');

-- A channel's own row hands out its numbers; whoever holds its lock writes next. The free space keeps updates HOT.
create table channel (
	name     channel_name primary key,
	head     bigint  not null default 0,
	oldest   bigint  not null default 1,
	is_final boolean not null default false,
	constraint numbers_are_sane check (head >= 0 and oldest between 1 and head + 1)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
comment on column channel.oldest is 'the oldest seq that is kept; an older cursor is answered by a reset';
comment on column channel.is_final is 'nothing more is to come: its watchers may be sent away after head';

-- Partitioned by time, so that what is old can be archived without a delete; the channel's row guards uniqueness.
create table event (
	channel channel_name not null,
	seq     bigint       not null check (seq > 0),
	type    event_type   not null,
	data    event_data   not null,
	at      timestamptz  not null default clock_timestamp(),
	xid     xid8         default pg_current_xact_id(),
	primary key (channel, seq, at)
) partition by range (at);
create index event_by_xid on event (xid);
comment on column event.xid is 'what the sweep asks by; null where a restore cleared it: it counted another cluster''s transactions';

-- The safety net when nobody made partitions ahead; log_partitions_ensure() moves out what fell into it.
create table event_default partition of event default;

create type new_event as (channel text, type text, data jsonb, final boolean);

-- A restore renews the seed, so that a restored backup is never mistaken for the future that cursors were cut from.
create table epoch (
	only_row boolean primary key default true check (only_row),
	seed     uuid not null default gen_random_uuid()
);
insert into epoch default values;
