-- What admins decide about people: who is in, who is what, who works where.
set local role foodfast_owner;
set local search_path = account, log, api, catalogue, ordering, public, pg_temp;

-- Somebody's rights changed, by whatever way: the sweep tells streamd, which authorises his open streams anew.
create or replace function rights_changed() returns trigger
language plpgsql security definer set search_path from current as $$
begin
	insert into revocation (kind, id) values ('user', coalesce(new.user_id, old.user_id)) on conflict do nothing;
	return null;
end
$$;

create or replace trigger rights_changed after insert or update or delete on membership
	for each row execute function rights_changed();
create or replace trigger rights_changed after update of role, is_suspended on users
	for each row execute function rights_changed();

-- Admins take turns, so that two who throw each other out at once do not both succeed: the second is out before he can.
create or replace function admins_lock() returns void
language sql volatile
return pg_advisory_xact_lock(hashtextextended('what admins decide', 0));

create or replace function actor_admin(p_session uuid) returns actor
language plpgsql stable as $$
declare
	me actor := actor(p_session);
begin
	if me.role <> 'admin' then
		perform fail(403, 'forbidden', 'This is not for your role.');
	end if;
	return me;
end
$$;

-- A person as admins see him.
create or replace function user_admin_json(u users) returns text
language sql stable
return json_with(json_with(user_json(u.user_id), 'suspended', u.is_suspended::text), 'erased', (u.erased_at is not null)::text);

-- Newest first. What is looked for may stand anywhere in the name or the e-mail address.
create or replace function user_list(p_session uuid, p_q text, p_role text, p_suspended boolean, p_limit int, p_page text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor_admin(p_session);
	before uuid := coalesce((page_decode(p_page)).id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
	pattern text := '%' || regexp_replace(p_q, '([\\%_])', '\\\1', 'g') || '%';
	size int := page_size(p_limit);
	items text[];
	keys jsonb[];
begin
	select array_agg(user_admin_json(listed) order by user_id desc), array_agg(jsonb_build_object('id', user_id) order by user_id desc)
	  into items, keys
	  from (select *
	          from users
	         where user_id < before and (pattern is null or email || ' ' || name ilike pattern)
	           and (p_role is null or role = p_role::role) and (p_suspended is null or is_suspended = p_suspended)
	         order by user_id desc
	         limit size + 1) as listed;
	return reply_read(page_body(items, keys, size), null, null);
end
$$;

create or replace function user_get(p_session uuid, p_id uuid, p_if_none_match text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	me actor := actor_admin(p_session);
	body text := (select user_admin_json(users) from users where user_id = p_id);
begin
	if body is null then
		perform fail(404, 'not_found', 'There is no such person.');
	end if;
	return reply_read(body, null, p_if_none_match);
end
$$;

-- Him whose rights an admin changes, locked. Not himself: there is always one admin left who can.
create or replace function user_for_change(me actor, p_id uuid, p_if_match text) returns users
language plpgsql volatile as $$
declare
	u users;
begin
	select * into u from users where user_id = p_id for update;
	if not found then
		perform fail(404, 'not_found', 'There is no such person.');
	elsif p_id = me.user_id then
		perform fail(403, 'own_account', 'Another admin has to change your rights.');
	elsif u.erased_at is not null then
		perform fail(409, 'erased', 'This person has left.');
	end if;
	perform require_match(p_if_match, md5(user_admin_json(u)));
	return u;
end
$$;

-- Where he works from now on, if that is told; nowhere if he is no longer staff. True: it differs from before.
create or replace function memberships_put(p_user_id uuid, p_role role, p_memberships jsonb) returns boolean
language plpgsql volatile as $$
declare
	wanted jsonb := case when p_role = 'restaurant' then p_memberships else '[]' end;
	unknown bigint;
	twice bigint;
	removed bigint;
	put bigint;
begin
	if p_role <> 'restaurant' and jsonb_array_length(p_memberships) > 0 then
		perform fail_field('not_staff', '/memberships', 'Only people of the role restaurant work in one.');
	elsif wanted is null then
		return false;
	end if;
	select min(n) into unknown
	  from rows from (jsonb_to_recordset(wanted) as (restaurant_id uuid)) with ordinality as given(restaurant_id, n)
	 where not exists (select from restaurant where restaurant.restaurant_id = given.restaurant_id);
	if unknown is not null then
		perform fail_field('invalid_fields', format('/memberships/%s/restaurant_id', unknown - 1), 'There is no such restaurant.');
	end if;
	select min(n) into twice
	  from (select n, row_number() over (partition by restaurant_id order by n) as nth
	          from rows from (jsonb_to_recordset(wanted) as (restaurant_id uuid)) with ordinality as given(restaurant_id, n)) as numbered
	 where nth > 1;
	if twice is not null then
		perform fail_field('invalid_fields', format('/memberships/%s/restaurant_id', twice - 1), 'This restaurant is named twice.');
	end if;
	delete from membership
	 where user_id = p_user_id and restaurant_id not in (select restaurant_id from jsonb_to_recordset(wanted) as given(restaurant_id uuid));
	get diagnostics removed = row_count;
	insert into membership as known (user_id, restaurant_id, role)
	select p_user_id, restaurant_id, given.role
	  from jsonb_to_recordset(wanted) as given(restaurant_id uuid, role staff_role)
	    on conflict (user_id, restaurant_id) do update set role = excluded.role
	 where known.role <> excluded.role;
	get diagnostics put = row_count;
	return removed + put > 0;
end
$$;

-- A suspension and another role end his sessions; where he works counts at once in those he has.
create or replace function user_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	old users;
	new users;
	is_moved boolean;
	body text;
	hints text;
begin
	perform admins_lock();
	old := user_for_change(actor_admin(p_session), p_id, p_if_match);
	new := old;
	new.is_suspended := coalesce((p_changes ->> 'suspended')::boolean, old.is_suspended);
	new.role := coalesce((p_changes ->> 'role')::role, old.role);
	if new.role <> old.role and orders_are_open(p_id) then
		perform fail(409, 'orders_open', 'An order of this person still moves. Change the role when it is done.');
	end if;
	is_moved := memberships_put(p_id, new.role, p_changes -> 'memberships');
	if is_moved or new is distinct from old then
		update users set is_suspended = new.is_suspended, role = new.role, updated_at = now() where user_id = p_id returning * into new;
	end if;
	if new.role <> old.role or new.is_suspended and not old.is_suspended then
		hints := sessions_end(p_id);
	end if;
	body := user_admin_json(new);
	return reply_commit(200, body, user_updated(p_id, array_remove(array[
			case when new.is_suspended <> old.is_suspended then 'suspended' end,
			case when new.role <> old.role then 'role' end,
			case when is_moved then 'memberships' end], null)),
		etag => md5(body), hints => concat_ws(E'\n', hints, case when is_moved then E'revocation\tuser ' || p_id end));
end
$$;
