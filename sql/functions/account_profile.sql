-- The profile and the addresses.
set local role foodfast_owner;
set local search_path = account, log, api, catalogue, ordering, public, pg_temp;

create or replace function me_get(p_session uuid, p_if_none_match text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
begin
	return reply_read(user_json(me.user_id), stream_cursor(array['user:' || me.user_id]), p_if_none_match);
end
$$;

create or replace function me_patch(p_session uuid, p_changes jsonb, p_if_match text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	changed text[];
	body text;
begin
	perform from users where user_id = me.user_id for update;
	me := actor(p_session);
	perform require_match(p_if_match, md5(user_json(me.user_id)));
	changed := user_change(me.user_id, p_changes);
	body := user_json(me.user_id);
	return reply_commit(200, body, user_updated(me.user_id, changed), etag => md5(body));
end
$$;

-- Writes what differs and returns its names.
create or replace function user_change(p_user_id uuid, p_changes jsonb) returns text[]
language plpgsql volatile as $$
declare
	old users;
	new users;
	changed text[];
begin
	select * into old from users where user_id = p_user_id;
	new := old;
	if p_changes ? 'name' then
		new.name := btrim(p_changes ->> 'name');
	end if;
	if p_changes ? 'phone' then
		new.phone := p_changes ->> 'phone';
	end if;
	changed := array_remove(array[
		case when new.name <> old.name then 'name' end,
		case when new.phone is distinct from old.phone then 'phone' end], null);
	if changed <> '{}' then
		update users set name = new.name, phone = new.phone, updated_at = now() where user_id = p_user_id;
	end if;
	return changed;
end
$$;

create or replace function address_json(a address) returns json
language sql stable
return json_strip_nulls(json_build_object('id', a.address_id, 'label', a.label, 'line1', a.line1, 'line2', a.line2,
	'city', a.city, 'postal_code', a.postal_code, 'lat', a.lat, 'lng', a.lng, 'default', a.is_default));

create or replace function address_list(p_session uuid, p_limit int default null, p_page text default null,
	p_if_none_match text default null) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	items text[];
begin
	select array_agg(address_json(a)::text order by a.is_default desc, a.address_id) into items
	  from address as a
	 where a.user_id = me.user_id;
	return reply_read(page_of(items, p_limit, p_page), null, p_if_none_match);
end
$$;

-- His addresses change one at a time: that exactly one is the default is a rule over all of them. He is asked for again
-- behind the lock, for it may have been his erasure that held it.
create or replace function address_lock(p_session uuid) returns actor
language plpgsql volatile as $$
declare
	me actor := actor(p_session);
begin
	perform from users where user_id = me.user_id for no key update;
	return actor(p_session);
end
$$;

create or replace function address_own(me actor, p_id uuid) returns address
language plpgsql stable as $$
declare
	own address;
begin
	select * into own from address where address_id = p_id and user_id = me.user_id;
	if not found then
		perform fail(404, 'not_found', 'You have no such address.');
	end if;
	return own;
end
$$;

create or replace function address_create(p_session uuid, p_address jsonb) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := address_lock(p_session);
	made address;
	body text;
begin
	if (select count(*) >= 50 from address where user_id = me.user_id) then
		perform fail(422, 'too_many_addresses', 'You have fifty addresses. Remove one first.');
	end if;
	made := jsonb_populate_record(null::address, p_address);
	made.address_id := uuid_v7();
	made.user_id := me.user_id;
	made.label := coalesce(made.label, left(regexp_replace(made.line1, '^\s+', ''), 50));
	made.created_at := now();
	made.is_default := coalesce((p_address ->> 'default')::boolean, false)
		or not exists (select from address where user_id = me.user_id);
	if made.is_default then
		update address set is_default = false where user_id = me.user_id and is_default;
	end if;
	insert into address select made.*;
	body := address_json(made)::text;
	return reply_commit(201, body, user_updated(me.user_id, '{addresses}'), etag => md5(body),
		location => '/api/v1/me/addresses/' || made.address_id);
end
$$;

create or replace function address_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text default null) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := address_lock(p_session);
	old address := address_own(me, p_id);
	new address := jsonb_populate_record(old, p_changes - 'address_id' - 'user_id' - 'is_default' - 'created_at');
	body text;
begin
	perform require_match(p_if_match, md5(address_json(old)::text));
	new.is_default := coalesce((p_changes ->> 'default')::boolean, old.is_default);
	if old.is_default and not new.is_default then
		perform fail_field('default_needed', '/default', 'Make another address the default instead.');
	end if;
	if new.is_default and not old.is_default then
		update address set is_default = false where user_id = me.user_id and is_default;
	end if;
	update address
	   set label = new.label, line1 = new.line1, line2 = new.line2, city = new.city, postal_code = new.postal_code,
	       lat = new.lat, lng = new.lng, is_default = new.is_default
	 where address_id = p_id;
	body := address_json(new)::text;
	return reply_commit(200, body, user_updated(me.user_id, '{addresses}'), etag => md5(body));
end
$$;

create or replace function address_delete(p_session uuid, p_id uuid) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := address_lock(p_session);
	old address := address_own(me, p_id);
begin
	delete from address where address_id = p_id;
	if old.is_default then
		update address set is_default = true
		 where address_id = (select address_id from address where user_id = me.user_id order by address_id desc limit 1);
	end if;
	return reply_commit(204, null, user_updated(me.user_id, '{addresses}'));
end
$$;
