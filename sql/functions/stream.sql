-- Who may watch what. streamd asks here for every channel of every connection, resumed ones too.
-- To add a kind of channel: a line in may_watch(); what is not named is denied.
set local role foodfast_owner;
set local search_path = log, api, account, catalogue, ordering, public, pg_temp;

-- Only the one way to write an id is a channel's name; another would be watched in vain. A set of one row, as below, for
-- the planner merges such a query with the one around it; `offset 0` keeps it from working out the same thing twice.
create or replace function may_watch(me actor, channel text) returns table (is_allowed boolean)
language sql stable
begin atomic
	select coalesce(case
	           when channel = 'ops' then me.role = 'admin'
	           when named.id is null then false
	           when named.kind = 'order' then exists (select from orders as o where o.order_id = named.id and order_party(me, o) is not null)
	           when named.kind = 'restaurant' then me.role in ('agent', 'admin') or is_staff(me, named.id)
	           when named.kind = 'user' then named.id = me.user_id
	           when named.kind = 'driver' then me.role = 'admin' or me.role = 'driver' and named.id = me.user_id
	       end, false)
	  from (select split_part(channel, ':', 1) as kind,
	               substring(channel from '^[a-z]+:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$')::uuid as id offset 0) as named;
end;

-- The channels that `announcements` stands for: all that concern the reader.
create or replace function announcement_channels(me actor) returns text[]
language plpgsql stable as $$
begin
	return array['announcements', 'announcements:role:' || me.role]
		|| array(select 'announcements:city:' || city_id
		           from address
		           join city on lower(city.name) = lower(address.city)
		          where user_id = me.user_id and is_default)
		|| array(select 'announcements:restaurant:' || restaurant_id
		           from membership
		          where user_id = me.user_id and me.role = 'restaurant'
		          order by restaurant_id);
end
$$;

-- The channels behind each name that was asked for, and whether the reader may have them.
create or replace function channels_resolve(me actor, p_channels text[])
returns table (requested text, channel text, is_allowed boolean)
language sql stable
begin atomic
	select wanted, wanted, rights.is_allowed
	  from unnest(p_channels) as wanted
	 cross join lateral may_watch(me, wanted) as rights
	 where wanted <> 'announcements'
	union all
	select 'announcements', expanded, true
	  from unnest(announcement_channels(me)) as expanded
	 where 'announcements' = any (p_channels);
end;

create or replace function stream_open(p_session uuid, p_channels text[])
returns table (requested text, channel text, is_allowed boolean, head bigint, oldest bigint, is_final boolean,
	user_id uuid, session_expires_at timestamptz)
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	ends timestamptz := (select expires_at from session where session_id = p_session);
begin
	return query
	select resolved.requested, resolved.channel, resolved.is_allowed, coalesce(known.head, 0), coalesce(known.oldest, 1),
	       coalesce(known.is_final, false), me.user_id, ends
	  from (select * from channels_resolve(me, p_channels) offset 0) as resolved
	  left join lateral (select * from log.channel where name = resolved.channel and resolved.is_allowed offset 0) as known on true;
end
$$;

-- The same for many at once: a storm of clients comes back in a few questions. A row a channel, by the number of the
-- question; a session that has ended gets none, and fails nobody else. The planner is held to looking up, one by one, what
-- a question names: it does not know how few there are.
create or replace function stream_open_many(p_sessions uuid[], p_lists text[])
returns table (question bigint, requested text, channel text, is_allowed boolean, head bigint, oldest bigint, is_final boolean,
	user_id uuid, session_expires_at timestamptz)
language plpgsql stable security definer set search_path from current
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
begin
	return query
	select asked.n, resolved.requested, resolved.channel, resolved.is_allowed, coalesce(known.head, 0), coalesce(known.oldest, 1),
	       coalesce(known.is_final, false), (reader.me).user_id, reader.expires_at
	  from unnest(p_sessions, p_lists) with ordinality as asked(session_id, list, n)
	 cross join lateral (select * from session_reader(asked.session_id) offset 0) as reader
	 cross join lateral (select * from channels_resolve(reader.me, string_to_array(asked.list, ',')) offset 0) as resolved
	  left join lateral (select * from log.channel where name = resolved.channel and resolved.is_allowed offset 0) as known on true
	 order by asked.n;
end
$$;
