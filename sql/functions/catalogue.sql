-- The catalogue: cities, restaurants and menus to read, and what their staff may change.
set local role foodfast_owner;
set local search_path = catalogue, log, api, account, ordering, public, pg_temp;

-- Along the great circle, on a sphere: within half a percent, and needs no extension.
-- In PL/pgSQL, for as SQL it could not be merged with the query around it, and would be planned anew by each.
create or replace function distance_m(lat1 float8, lng1 float8, lat2 float8, lng2 float8) returns float8
language plpgsql immutable strict as $$
begin
	return 2 * 6371008.8 * asin(least(1, sqrt(
		power(sind((lat2 - lat1) / 2), 2) + cosd(lat1) * cosd(lat2) * power(sind((lng2 - lng1) / 2), 2))));
end
$$;

-- By the restaurant's own clock. A shift that closes at or before it opens runs into the next day.
create or replace function is_open_at(p_restaurant_id uuid, timezone text, moment timestamptz) returns boolean
language plpgsql stable as $$
declare
	wall timestamp := moment at time zone timezone;
	today int := extract(dow from wall);
	clock time := wall;
begin
	return exists (
		select from opening_hours
		 where restaurant_id = p_restaurant_id
		   and (day = today and opens <= clock and (closes > clock or closes <= opens)
		        or day = (today + 6) % 7 and closes <= opens and clock < closes));
end
$$;

create or replace function city_list(p_limit int, p_page text, p_if_none_match text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	items text[];
begin
	select array_agg(to_json(shown)::text order by shown.name) into items
	  from (select city_id as id, name, lat, lng from city) as shown;
	return reply_read(page_of(items, p_limit, p_page), null, p_if_none_match);
end
$$;

-- A restaurant as lists show it.
create or replace function restaurant_json(r restaurant, c city, distance float8) returns text
language plpgsql stable as $$
begin
	return json_strip_nulls(json_build_object(
		'id', r.restaurant_id, 'name', r.name, 'slug', r.slug, 'city', c.name, 'cuisines', r.cuisines,
		'lat', r.lat, 'lng', r.lng, 'distance_m', round(distance), 'rating', r.rating,
		'open', is_open_at(r.restaurant_id, c.timezone, now()), 'accepting_orders', r.accepting_orders,
		'logo', r.logo))::text;
end
$$;

create or replace function hours_json(p_restaurant_id uuid) returns json
language plpgsql stable as $$
begin
	return (select coalesce(json_agg(to_json(shift) order by shift.day, shift.opens), '[]')
	          from (select day, to_char(opens, 'HH24:MI') as opens, to_char(closes, 'HH24:MI') as closes
	                  from opening_hours
	                 where restaurant_id = p_restaurant_id) as shift);
end
$$;

-- A restaurant with all that its own page shows.
create or replace function restaurant_json_whole(p_id uuid) returns text
language plpgsql stable as $$
declare
	r restaurant;
	c city;
begin
	select * into r from restaurant where restaurant_id = p_id;
	if not found then
		perform fail(404, 'not_found', 'There is no such restaurant.');
	end if;
	select * into c from city where city_id = r.city_id;
	return left(restaurant_json(r, c, null), -1) || ',' || (
		select substr(to_json(more)::text, 2)
		  from (select r.description, r.phone, r.address, hours_json(r.restaurant_id) as hours, c.timezone, c.currency,
		               r.min_order, r.delivery_fee) as more);
end
$$;

create or replace function restaurant_get(p_id uuid, p_if_none_match text) returns reply
language plpgsql stable security definer set search_path from current as $$
begin
	return reply_read(restaurant_json_whole(p_id), null, p_if_none_match);
end
$$;

create or replace function restaurant_menu(p_id uuid, p_if_none_match text) returns reply
language plpgsql stable security definer set search_path from current as $$
declare
	menu menu_document;
begin
	select * into menu from menu_document where restaurant_id = p_id;
	if not found then
		perform fail(404, 'not_found', 'There is no such restaurant.');
	elsif etag_matches(p_if_none_match, menu.etag) then
		return row(304, null, menu.etag, null, null, null)::reply;
	end if;
	return row(200, menu.body, menu.etag, null, null, null)::reply;
end
$$;

-- Has it all the words, or something spelt nearly so?
create or replace function search_matches(search text, q text) returns boolean
language sql stable
return search like '%' || replace(replace(replace(lower(q), '\', '\\'), '%', '\%'), '_', '\_') || '%'
	or lower(q) operator(public.<%) search;

-- The restaurants that match, with the number that the list is sorted by.
create or replace function restaurant_search(p_q text, p_lat float8, p_lng float8, p_radius_m int, p_city text,
	p_cuisine text, p_open_now boolean, p_sort text)
returns table (restaurant_id uuid, name text, distance float8, rank float8)
language plpgsql stable as $$
begin
	return query
	with matching as (
		select r.restaurant_id, r.name::text as name, r.rating, distance_m(p_lat, p_lng, r.lat, r.lng) as distance
		  from restaurant as r
		  join city as c using (city_id)
		  join menu_document as d on d.restaurant_id = r.restaurant_id
		 where (p_q is null or search_matches(d.search, p_q))
		   and (p_city is null or c.city_id::text = lower(p_city) or lower(c.name) = lower(p_city))
		   and (p_cuisine is null or lower(p_cuisine) = any (lower(r.cuisines::text)::text[]))
		   and (p_open_now is not true
		        or r.accepting_orders and is_open_at(r.restaurant_id, c.timezone, now()))
	)
	select m.restaurant_id, m.name, m.distance,
	       case p_sort when 'distance' then m.distance when 'rating' then -coalesce(m.rating, 0)::float8 else 0 end
	  from matching as m
	 where p_radius_m is null or m.distance <= p_radius_m;
end
$$;

-- Where that pays, it is planned for what is asked: most of its conditions are usually left out.
create or replace function restaurant_list(p_q text, p_lat float8, p_lng float8, p_radius_m int, p_city text,
	p_cuisine text, p_open_now boolean, p_sort text, p_limit int, p_page text, p_if_none_match text) returns reply
language plpgsql stable security definer set search_path from current
set plan_cache_mode = auto as $$
declare
	after page_key := page_decode(p_page);
	size int := page_size(p_limit);
	items text[];
	keys jsonb[];
begin
	p_sort := coalesce(p_sort, case when p_lat is null or p_lng is null then 'name' else 'distance' end);
	select array_agg(restaurant_json(r, c, shown.distance) order by shown.rank, shown.name, shown.restaurant_id),
	       array_agg(jsonb_build_object('number', shown.rank, 'name', shown.name, 'id', shown.restaurant_id)
	                 order by shown.rank, shown.name, shown.restaurant_id)
	  into items, keys
	  from (select *
	          from restaurant_search(p_q, p_lat, p_lng, p_radius_m, p_city, p_cuisine, p_open_now, p_sort) as found
	         where p_page is null or (found.rank, found.name, found.restaurant_id) > (after.number, after.name, after.id)
	         order by found.rank, found.name, found.restaurant_id
	         limit size + 1) as shown
	  join restaurant as r on r.restaurant_id = shown.restaurant_id
	  join city as c on c.city_id = r.city_id;
	return reply_read(page_body(items, keys, size), null, p_if_none_match);
end
$$;

-- Writes a restaurant's menu document anew. Its row is locked first, by a statement of its own, so that of two writers
-- the second sees what the first has committed.
create or replace function menu_document_write(p_restaurant_id uuid) returns void
language plpgsql volatile as $$
declare
	menu text;
begin
	insert into menu_document (restaurant_id, body, etag, search) values (p_restaurant_id, '', '', '')
	on conflict (restaurant_id) do nothing;
	perform from menu_document where restaurant_id = p_restaurant_id for update;
	menu := menu_json(p_restaurant_id);
	update menu_document
	   set body = menu, etag = md5(menu), search = search_text(p_restaurant_id)
	 where restaurant_id = p_restaurant_id;
end
$$;

create or replace function menu_item_json(item menu_item) returns json
language plpgsql stable as $$
begin
	return (select to_json(shown)
	          from (select item.menu_item_id as id, item.name, item.description, item.price, item.is_available as available, item.image) as shown);
end
$$;

create or replace function menu_section_json(s menu_section) returns json
language plpgsql stable as $$
begin
	return (select to_json(shown)
	          from (select s.section_id as id, s.name, coalesce(json_agg(menu_item_json(i) order by i.position, i.menu_item_id), '[]') as items
	                  from menu_item as i
	                 where i.restaurant_id = s.restaurant_id and i.section_id = s.section_id and i.deleted_at is null) as shown);
end
$$;

create or replace function menu_json(p_restaurant_id uuid) returns text
language plpgsql stable as $$
begin
	return (select to_json(shown)::text
	          from (select r.restaurant_id, c.currency,
	                       (select coalesce(json_agg(menu_section_json(s) order by s.position, s.section_id), '[]')
	                          from menu_section as s
	                         where s.restaurant_id = p_restaurant_id) as sections
	                  from restaurant as r
	                  join city as c using (city_id)
	                 where r.restaurant_id = p_restaurant_id) as shown);
end
$$;

create or replace function search_text(p_restaurant_id uuid) returns text
language plpgsql stable as $$
begin
	return (select lower(concat_ws(' · ', r.name, array_to_string(r.cuisines, ' · '), string_agg(i.name, ' · ' order by i.name)))
	          from restaurant as r
	          left join menu_item as i on i.restaurant_id = r.restaurant_id and i.deleted_at is null
	         where r.restaurant_id = p_restaurant_id
	         group by r.restaurant_id);
end
$$;

-- For restaurant, menu_section and menu_item alike.
create or replace function menu_changed() returns trigger
language plpgsql volatile as $$
begin
	perform menu_document_write(restaurant_id)
	   from (select distinct restaurant_id from changed order by restaurant_id) as touched;
	return null;
end
$$;

do $$
declare
	source text;
begin
	foreach source in array array['restaurant', 'menu_section', 'menu_item'] loop
		execute format('create or replace trigger menu_changed_by_insert after insert on %I
			referencing new table as changed for each statement execute function menu_changed()', source);
		execute format('create or replace trigger menu_changed_by_update after update on %I
			referencing new table as changed for each statement execute function menu_changed()', source);
	end loop;
	execute 'create or replace trigger menu_changed_by_delete after delete on menu_section
		referencing old table as changed for each statement execute function menu_changed()';
end
$$;

create or replace function is_staff(me actor, p_restaurant_id uuid) returns boolean
language plpgsql stable as $$
begin
	return me.role = 'restaurant'
		and exists (select from membership where user_id = me.user_id and restaurant_id = p_restaurant_id);
end
$$;

-- Restaurants are no secret, so whoever is not their staff is told so.
create or replace function require_staff(me actor, p_restaurant_id uuid) returns void
language plpgsql stable as $$
begin
	if me.role <> 'admin' and not is_staff(me, p_restaurant_id) then
		perform fail(403, 'forbidden', 'Only the staff of this restaurant may do that.');
	end if;
end
$$;

-- Locks a restaurant for a change by its staff.
create or replace function restaurant_for_change(me actor, p_id uuid) returns restaurant
language plpgsql volatile as $$
declare
	old restaurant;
begin
	select * into old from restaurant where restaurant_id = p_id for no key update;
	if not found then
		perform fail(404, 'not_found', 'There is no such restaurant.');
	end if;
	perform require_staff(me, p_id);
	return old;
end
$$;

create or replace function restaurant_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	old restaurant := restaurant_for_change(me, p_id);
	new restaurant := jsonb_populate_record(old, p_changes);
	body text;
begin
	perform require_match(p_if_match, md5(restaurant_json_whole(p_id)));
	update restaurant
	   set name = btrim(new.name), description = new.description, phone = new.phone, address = btrim(new.address),
	       cuisines = array(select cuisine from unnest(new.cuisines) with ordinality as given(cuisine, n) group by 1 order by min(n)),
	       min_order = new.min_order, delivery_fee = new.delivery_fee, accepting_orders = new.accepting_orders, updated_at = now()
	 where restaurant_id = p_id;
	body := restaurant_json_whole(p_id);
	return reply_commit(200, body, null, etag => md5(body));
end
$$;

-- The first shift, counted from 0, that overlaps one before it; null: none does. In minutes of a week that is round:
-- the night of its last day ends on its first.
create or replace function shift_overlapping(p_hours jsonb) returns bigint
language plpgsql immutable as $$
begin
	return (
		with shift as (
			select n - 1 as place, day * 1440 + extract(epoch from opens)::int / 60 as starts,
			       coalesce(nullif((extract(epoch from closes - opens)::int / 60 + 1440) % 1440, 0), 1440) as lasts
			  from rows from (jsonb_to_recordset(p_hours) as (day int, opens time, closes time))
			       with ordinality as given(day, opens, closes, n)
		)
		select min(later.place)
		  from shift as later
		  join shift as earlier on earlier.place < later.place
		 where (later.starts - earlier.starts + 10080) % 10080 < earlier.lasts
		    or (earlier.starts - later.starts + 10080) % 10080 < later.lasts);
end
$$;

create or replace function restaurant_hours_put(p_session uuid, p_id uuid, p_hours jsonb) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	old restaurant := restaurant_for_change(me, p_id);
	overlap bigint := shift_overlapping(p_hours);
	body text;
begin
	if overlap is not null then
		perform fail_field('invalid_fields', '/hours/' || overlap, 'This shift overlaps another one.');
	end if;
	delete from opening_hours where restaurant_id = old.restaurant_id;
	insert into opening_hours (restaurant_id, day, opens, closes)
	select old.restaurant_id, day, opens, closes
	  from jsonb_to_recordset(p_hours) as shift(day smallint, opens time, closes time);
	body := restaurant_json_whole(p_id);
	return reply_commit(200, body, null, etag => md5(body));
end
$$;

create or replace function require_section(p_restaurant_id uuid, p_section_id uuid) returns void
language plpgsql stable as $$
begin
	if not exists (select from menu_section where restaurant_id = p_restaurant_id and section_id = p_section_id) then
		perform fail_field('invalid_fields', '/section_id', 'The menu of this restaurant has no such section.');
	end if;
end
$$;

create or replace function menu_item_create(p_session uuid, p_restaurant_id uuid, p_item jsonb) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	home restaurant := restaurant_for_change(me, p_restaurant_id);
	made menu_item;
	body text;
begin
	perform require_section(home.restaurant_id, (p_item ->> 'section_id')::uuid);
	insert into menu_item (menu_item_id, restaurant_id, section_id, name, description, price, is_available, position)
	select uuid_v7(), home.restaurant_id, new.section_id, btrim(new.name), coalesce(new.description, ''), new.price,
	       coalesce((p_item ->> 'available')::boolean, true),
	       (select coalesce(max(position), 0) + 1 from menu_item where restaurant_id = home.restaurant_id)
	  from jsonb_populate_record(null::menu_item, p_item) as new
	returning * into made;
	body := menu_item_json(made)::text;
	return reply_commit(201, body, null, etag => md5(body));
end
$$;

-- Locks an item for a change by its restaurant's staff.
create or replace function menu_item_for_change(me actor, p_id uuid) returns menu_item
language plpgsql volatile as $$
declare
	old menu_item;
begin
	select * into old from menu_item where menu_item_id = p_id and deleted_at is null for no key update;
	if not found then
		perform fail(404, 'not_found', 'There is no such item.');
	end if;
	perform require_staff(me, old.restaurant_id);
	return old;
end
$$;

create or replace function menu_item_patch(p_session uuid, p_id uuid, p_changes jsonb, p_if_match text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	old menu_item := menu_item_for_change(me, p_id);
	new menu_item := jsonb_populate_record(old, p_changes);
	body text;
begin
	perform require_match(p_if_match, md5(menu_item_json(old)::text));
	perform require_section(old.restaurant_id, new.section_id);
	new.is_available := coalesce((p_changes ->> 'available')::boolean, old.is_available);
	update menu_item
	   set section_id = new.section_id, name = btrim(new.name), description = new.description, price = new.price,
	       is_available = new.is_available, updated_at = now()
	 where menu_item_id = p_id
	returning * into new;
	body := menu_item_json(new)::text;
	return reply_commit(200, body, null, etag => md5(body));
end
$$;

create or replace function menu_item_delete(p_session uuid, p_id uuid) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
	old menu_item := menu_item_for_change(me, p_id);
begin
	update menu_item set deleted_at = now(), updated_at = now() where menu_item_id = old.menu_item_id;
	return reply_commit(204, null, null);
end
$$;
