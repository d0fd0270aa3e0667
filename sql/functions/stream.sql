-- Who may watch what. streamd asks here for every channel of every connection, resumed ones too.
-- To add a kind of channel: a line in may_watch(); what is not named is denied.
set local role foodfast_owner;
set local search_path = log, api, account, catalogue, ordering, public, pg_temp;

create or replace function may_watch_order(me actor, p_id uuid) returns boolean
language plpgsql stable as $$
declare
	o orders;
begin
	select * into o from orders where order_id = p_id;
	return found and order_party(me, o) is not null;
end
$$;

-- Only the one way to write an id is a channel's name; another would be watched in vain.
create or replace function may_watch(me actor, channel text) returns boolean
language plpgsql stable as $$
declare
	kind text := split_part(channel, ':', 1);
	id uuid := substring(channel from '^[a-z]+:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$')::uuid;
begin
	if channel = 'ops' then
		return me.role = 'admin';
	elsif id is null then
		return false;
	end if;
	return coalesce(case kind
		when 'order' then may_watch_order(me, id)
		when 'restaurant' then me.role in ('agent', 'admin') or is_staff(me, id)
		when 'user' then id = me.user_id
		when 'driver' then me.role = 'admin' or me.role = 'driver' and id = me.user_id
	end, false);
end
$$;

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

-- The channels behind each name that was asked for, and whether the reader may have them. They are few: thinking of the
-- usual thousand, the planner would read every channel there is to join them with.
create or replace function channels_resolve(me actor, p_channels text[])
returns table (requested text, channel text, is_allowed boolean)
language plpgsql stable rows 10 as $$
begin
	return query
	select wanted, wanted, may_watch(me, wanted)
	  from unnest(p_channels) as wanted
	 where wanted <> 'announcements'
	union all
	select 'announcements', expanded, true
	  from unnest(announcement_channels(me)) as expanded
	 where 'announcements' = any (p_channels);
end
$$;

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
	  from channels_resolve(me, p_channels) as resolved
	  left join log.channel as known on known.name = resolved.channel and resolved.is_allowed;
end
$$;
