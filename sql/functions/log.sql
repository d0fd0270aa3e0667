-- The event log's functions: appending, reading, the epoch, and the sweep that repairs what Redis lost.
-- To add an event: append a new_event(channel, type, data, final) to what the function hands to reply_commit().
set local role foodfast_owner;
set local search_path = log, api, account, catalogue, ordering, public, pg_temp;

create or replace function uuid_v7() returns uuid
language sql volatile
return encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
	placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
	52, 1), 53, 1), 'hex')::uuid;

-- The least id of that moment, to compare with: ids grow with time.
create or replace function uuid_v7_floor(moment timestamptz) returns uuid
language sql stable
return (encode(substring(int8send((extract(epoch from moment) * 1000)::bigint) from 3), 'hex') || '70008000000000000000')::uuid;

-- A time as every body and event tells it: RFC 3339, UTC, milliseconds.
create or replace function iso_time(moment timestamptz) returns text
language sql stable
return to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- The one place that writes an event as clients get it: a hint and a replay are the same bytes. The domains of
-- channel and type leave nothing to escape.
create or replace function event_envelope(channel text, seq bigint, type text, at timestamptz, data jsonb) returns text
language sql stable
return '{"channel":"' || channel || '","seq":' || seq || ',"type":"' || type
	|| '","at":"' || iso_time(at) || '","data":' || data || '}';

-- Appends a transaction's events and returns its hints, a line an event. Call it once, as the last statement but the
-- answer's: it holds the channels' rows until the commit. They are locked in name order, else two writers deadlock.
create or replace function event_append(events new_event[]) returns text
language plpgsql volatile as $$
declare
	hints text;
begin
	with advanced as (
		insert into log.channel as known (name, head, is_final)
		select draft.channel, count(*), bool_or(draft.final)
		  from unnest(events) as draft
		 group by draft.channel
		 order by draft.channel collate "C"
		on conflict (name) do update
		   set head = known.head + excluded.head, is_final = known.is_final or excluded.is_final
		returning name, head, is_final
	), numbered as materialized (
		select name as channel, head + 1 - count(*) over rest as seq, draft.type::event_type, draft.data, clock_timestamp() as at,
		       is_final and count(*) over rest = 1 as is_last
		  from unnest(events) with ordinality as draft(channel, type, data, final, n)
		  join advanced on name = draft.channel
		window rest as (partition by name order by n rows between current row and unbounded following)
	), appended as (
		insert into log.event (channel, seq, type, data, at)
		select channel, seq, type, data, at from numbered
	)
	select string_agg('event:' || channel || E'\t' || seq || ' ' || is_last::int || ' '
	       || event_envelope(channel, seq, type, at, data), E'\n' order by channel, seq)
	  into hints
	  from numbered;
	return hints;
end
$$;

-- The cluster's own number. It stands in a file, which is read once a session: a cluster keeps it for life.
create or replace function cluster_number() returns text
language plpgsql stable as $$
declare
	known text := nullif(current_setting('foodfast.cluster', true), '');
begin
	if known is null then
		known := set_config('foodfast.cluster', (select system_identifier::text from pg_control_system()), false);
	end if;
	return known;
end
$$;

-- Which future this is: another cluster, another timeline or a restore is another one.
create or replace function epoch_now() returns text
language plpgsql stable as $$
declare
	timeline text;
begin
	if pg_is_in_recovery() then
		timeline := (select lpad(upper(to_hex(timeline_id)), 8, '0') from pg_control_checkpoint());
	else
		timeline := left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
	end if;
	return (select left(md5(cluster_number() || ':' || timeline || ':' || seed), 16) from epoch);
end
$$;

create or replace function log_epoch() returns text
language plpgsql stable security definer set search_path from current as $$
begin
	return epoch_now();
end
$$;

-- To be called once after a restore, before any program starts. A dump carries the old cluster's transaction numbers,
-- which would make every sweep read the whole log.
create or replace function log_restored() returns text
language plpgsql volatile as $$
begin
	update epoch set seed = gen_random_uuid();
	update event set xid = null where xid is not null;
	delete from revocation;
	return log_epoch();
end
$$;

-- The cursor of these channels in the caller's snapshot; unknown ones stand at 0.
create or replace function stream_cursor(channels text[]) returns text
language plpgsql stable as $$
begin
	return (select epoch_now() || '/' || string_agg(wanted || '=' || coalesce(head, 0), ',' order by n)
	          from unnest(channels) with ordinality as list(wanted, n)
	          left join channel on name = wanted);
end
$$;

create or replace function event_read(p_channel text, p_after bigint, p_limit int)
returns table (seq bigint, is_final boolean, envelope text)
language plpgsql stable security definer set search_path from current as $$
begin
	return query
	select event.seq, channel.is_final and event.seq = channel.head,
	       event_envelope(event.channel, event.seq, event.type, event.at, event.data)
	  from event
	  join channel on channel.name = event.channel
	 where event.channel = p_channel and event.seq > p_after
	 order by event.seq
	 limit p_limit;
end
$$;

create or replace function log_heads(p_channels text[])
returns table (channel text, head bigint, is_final boolean)
language plpgsql stable security definer set search_path from current as $$
begin
	return query
	select known.name::text, known.head, known.is_final
	  from log.channel as known
	 where known.name = any (p_channels);
end
$$;

-- What committed since the last sweep, by transaction and not by time: a slow one slips through any window of time.
-- One statement, so that the next horizon and the rows come from one snapshot. The horizon's own transactions are read
-- again by the next sweep; readers drop what they have. Statistics lag behind a log that grows by the second, and would
-- have the planner read all of it now and then: it is held to the index, and plans for the horizon it is given.
create or replace function log_sweep(p_since text)
returns table (kind text, name text, head bigint, is_final boolean)
language plpgsql stable security definer set search_path from current
set enable_seqscan = off set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select 'horizon', pg_snapshot_xmin(pg_current_snapshot())::text, null::bigint, null::boolean
	union all
	select 'event', known.name::text, known.head, known.is_final
	  from (select distinct channel from event where xid >= p_since::xid8) as touched
	  join log.channel as known on known.name = touched.channel
	union all
	select revocation.kind, revocation.id::text, null, null
	  from revocation
	 where p_since is null or revocation.xid >= p_since::xid8;
end
$$;

-- One month's partition. What fell into the default one because this came late moves along.
create or replace function log_partition_create(month timestamptz) returns void
language plpgsql volatile as $$
declare
	partition text := 'event_' || to_char(month, 'YYYY_MM');
begin
	if to_regclass('log.' || partition) is not null then
		return;
	end if;
	lock table event_default in access exclusive mode;
	execute format('create table log.%I (like log.event including all)', partition);
	execute format('with late as (delete from log.event_default where at >= %L and at < %L returning *)
		insert into log.%I select * from late', month, month + interval '1 month', partition);
	execute format('alter table log.event attach partition log.%I for values from (%L) to (%L)',
		partition, month, month + interval '1 month');
end
$$;

create or replace function log_partitions_ensure(months_ahead int default 3) returns void
language plpgsql volatile set timezone = 'UTC' as $$
begin
	perform log_partition_create(month)
	   from generate_series(date_trunc('month', now()), now() + make_interval(months => months_ahead), '1 month') as month;
end
$$;
