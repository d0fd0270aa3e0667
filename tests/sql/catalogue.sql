-- The catalogue: lists, search, hours, menus that are never stale, and what staff may change.
begin;
\ir include/people.psql
select * from no_plan();

-- Hours, in the restaurant's own time. Amsterdam is at +01 in winter and +02 in summer. 2026-01-02 was a Friday.
delete from opening_hours where restaurant_id = pg_temp.id('pie-shop');
insert into opening_hours (restaurant_id, day, opens, closes) values
	(pg_temp.id('pie-shop'), 5, '11:00', '14:00'), (pg_temp.id('pie-shop'), 5, '18:00', '02:00'), (pg_temp.id('pie-shop'), 3, '00:00', '00:00');
select is(is_open_at(pg_temp.id('pie-shop'), 'Europe/Amsterdam', moment::timestamptz), expected, 'open at ' || moment || '?')
  from (values
	('2026-01-02 10:59:59+01', false), ('2026-01-02 11:00+01', true), ('2026-01-02 13:59:59+01', true), ('2026-01-02 14:00+01', false),
	('2026-01-02 12:59:59+00', true), ('2026-01-02 18:00+01', true), ('2026-01-03 01:59:59+01', true), ('2026-01-03 02:00+01', false),
	('2026-01-02 01:00+01', false), ('2026-07-03 11:00+02', true), ('2026-07-03 10:00+02', false),
	('2026-01-07 00:00+01', true), ('2026-01-07 23:59:59+01', true), ('2026-01-08 00:00+01', false)) as asked(moment, expected);

select is(round(distance_m(52.3728, 4.8936, 51.5074, -0.1278) / 1000), 357::float8, 'Amsterdam to London');
select is(distance_m(52, 4, 52, 4), 0::float8, 'from here to here');

-- Lists.
create function pg_temp.found(q text default null, lat float8 default null, lng float8 default null, radius_m int default null,
	city text default null, cuisine text default null, open_now boolean default null, sort text default null) returns text[]
language sql
return array(select jsonb_array_elements((restaurant_list(q, lat, lng, radius_m, city, cuisine, open_now, sort, 100, null, null)).body::jsonb -> 'items') ->> 'name');
update restaurant set name = 'Zoë''s 100% Pie_Shop', cuisines = '{British}', lat = 52.38, rating = 4.5, updated_at = now() where restaurant_id = pg_temp.id('pie-shop');
select alike((city_list(null, null, null)).body, '%"name":"Utopia","lat":52.37,"lng":4.9}%', 'cities');
select is(pg_temp.found(city => 'utopia'), '{Noodle-Bar,"Zoë''s 100% Pie_Shop"}', 'by name');
select is(pg_temp.found(city => pg_temp.id('Utopia')::text), '{Noodle-Bar,"Zoë''s 100% Pie_Shop"}', 'of a city by its id');
select is(pg_temp.found(city => 'Atlantis'), '{}', 'none in an unknown city');
select is(pg_temp.found(city => 'Utopia', sort => 'rating'), '{"Zoë''s 100% Pie_Shop",Noodle-Bar}', 'the best first');
select is(pg_temp.found(city => 'Utopia', lat => 52.381, lng => 4.9), '{"Zoë''s 100% Pie_Shop",Noodle-Bar}', 'the nearest first');
select is(pg_temp.found(city => 'Utopia', lat => 52.381, lng => 4.9, radius_m => 500), '{"Zoë''s 100% Pie_Shop"}', 'within walking distance');
select is(pg_temp.found(city => 'Utopia', cuisine => 'thai'), '{Noodle-Bar}', 'a cuisine');
select is(pg_temp.found('curry', city => 'Utopia'), '{Noodle-Bar,"Zoë''s 100% Pie_Shop"}', 'a dish');
select is(pg_temp.found('NOODLE', city => 'Utopia'), '{Noodle-Bar}', 'a name whatever the case');
select is(pg_temp.found('nooddle', city => 'Utopia'), '{Noodle-Bar}', 'a name misspelt');
select is(pg_temp.found('british', city => 'Utopia'), '{"Zoë''s 100% Pie_Shop"}', 'a cuisine by words');
select is(pg_temp.found('0%', city => 'Utopia'), '{"Zoë''s 100% Pie_Shop"}', 'a percent sign is no wildcard');
select is(pg_temp.found('e_s', city => 'Utopia'), '{"Zoë''s 100% Pie_Shop"}', 'nor is an underscore');
select is(pg_temp.found('xyzzy', city => 'Utopia'), '{}', 'nothing like it');
select is(pg_temp.found('\', city => 'Utopia'), '{}', 'a backslash is a letter');
update restaurant set accepting_orders = false where restaurant_id = pg_temp.id('noodle-bar');
select is(pg_temp.found('Noodle', city => 'Utopia', open_now => true), '{}', 'RN-17 who is paused is not open now');
update restaurant set accepting_orders = true where restaurant_id = pg_temp.id('noodle-bar');

create function pg_temp.pages(sort text) returns text[]
language plpgsql as $$
declare
	page text;
	body jsonb;
	names text[] := '{}';
begin
	loop
		body := (restaurant_list(null, 52.0, 4.0, null, 'Utopia', null, null, sort, 2, page, null)).body;
		names := names || array(select jsonb_array_elements(body -> 'items') ->> 'name');
		page := body ->> 'next';
		exit when page is null;
	end loop;
	return names;
end
$$;
do $$ begin for n in 1..5 loop call pg_temp.add_kitchen('kitchen-' || n); end loop; end $$;
select is(pg_temp.pages(sort), pg_temp.found(city => 'Utopia', lat => 52.0, lng => 4.0, sort => sort), 'pages make up the list sorted by ' || sort)
  from unnest(array['name', 'rating', 'distance']) as sort;

-- One restaurant.
select set_eq($$ select jsonb_object_keys((restaurant_get(pg_temp.id('pie-shop'), null)).body::jsonb) $$,
	'{id,name,slug,city,cuisines,lat,lng,rating,open,accepting_orders,description,phone,address,hours,timezone,currency,min_order,delivery_fee}'::text[],
	'a restaurant has what the contract names');
select is((restaurant_get(pg_temp.id('pie-shop'), null)).body::jsonb -> 'hours',
	'[{"day": 3, "opens": "00:00", "closes": "00:00"}, {"day": 5, "opens": "11:00", "closes": "14:00"}, {"day": 5, "opens": "18:00", "closes": "02:00"}]',
	'its hours by day');
select is((restaurant_get(pg_temp.id('pie-shop'), '"' || etag || '"')).status, 304, 'AC-21 and not twice') from restaurant_get(pg_temp.id('pie-shop'), null);
select is(pg_temp.problem('select restaurant_get(uuid_v7(), null)'), 'FF404 not_found', 'no such restaurant');

-- The menu.
create function pg_temp.menu() returns jsonb
language sql
return (restaurant_menu(pg_temp.id('noodle-bar'), null)).body::jsonb;
select is(pg_temp.menu() - 'sections', jsonb_build_object('restaurant_id', pg_temp.id('noodle-bar'), 'currency', 'EUR'), 'a menu has its currency');
select is(pg_temp.menu() #> '{sections,0,items,2}',
	jsonb_build_object('id', pg_temp.id('noodle-bar eel'), 'name', 'Eel', 'description', '', 'price', 1900, 'available', false, 'image', null), 'and items');
select is(pg_temp.problem('select restaurant_menu(uuid_v7(), null)'), 'FF404 not_found', 'no such menu');
create temporary table old_menu as select * from restaurant_menu(pg_temp.id('noodle-bar'), null);
select is((restaurant_menu(pg_temp.id('noodle-bar'), 'W/"' || etag || '"')).status, 304, 'AC-21 a known menu') from old_menu;

create temporary table dish as select * from menu_item_create(pg_temp.session('wei'), pg_temp.id('noodle-bar'),
	format('{"section_id": "%s", "name": " Duck ", "price": 1500}', pg_temp.id('noodle-bar mains'))::jsonb);
select is(status, 201, 'RN-17 staff add a dish') from dish;
select is(pg_temp.menu() #>> '{sections,0,items,3,name}', 'Duck', 'which shows in the next read, last');
select is((restaurant_menu(pg_temp.id('noodle-bar'), '"' || etag || '"')).status, 200, 'under another ETag') from old_menu;
select is((menu_item_patch(pg_temp.session('wei'), (body::jsonb ->> 'id')::uuid, '{"available": false, "price": 1600}', '"' || etag || '"')).status, 200,
	'RN-17 staff change a dish') from dish;
select is(pg_temp.menu() #> '{sections,0,items,3}' -> 'available', 'false', 'RN-17 which shows in the next read');
select is(pg_temp.problem(format($$ select menu_item_patch(pg_temp.session('wei'), %L, '{"price": 1}', '"%s"') $$, body::jsonb ->> 'id', etag)),
	'FF412 precondition_failed', 'not what was changed by a colleague') from dish;
select is(pg_temp.problem(format($$ select menu_item_patch(pg_temp.session(%L), %L, '{"price": 1}', null) $$, person, body::jsonb ->> 'id')), 'FF403 forbidden',
	'AC-22 not ' || person) from dish, unnest(array['olga', 'clara', 'dora', 'ans']) as person;
select is(pg_temp.problem(format($$ select menu_item_patch(pg_temp.session('wei'), %L, '{"section_id": "%s"}', null) $$, body::jsonb ->> 'id', pg_temp.id('pie-shop mains'))),
	'FF422 invalid_fields', 'not into a section of another menu') from dish;
select is(pg_temp.problem(format($$ select menu_item_create(pg_temp.session('olga'), %L, '{"section_id": "%s", "name": "X", "price": 1}') $$,
	pg_temp.id('noodle-bar'), pg_temp.id('noodle-bar mains'))), 'FF403 forbidden', 'nor add to another one''s menu');
select is((menu_item_delete(pg_temp.session('wei'), (body::jsonb ->> 'id')::uuid)).status, 204, 'RN-17 staff take a dish off') from dish;
select is(jsonb_array_length(pg_temp.menu() #> '{sections,0,items}'), 3, 'which shows in the next read');
select is(pg_temp.problem(format('select menu_item_delete(pg_temp.session(''wei''), %L)', body::jsonb ->> 'id')), 'FF404 not_found', 'only once') from dish;

-- The restaurant.
create temporary table paused as select answer.*
  from restaurant_get(pg_temp.id('noodle-bar'), null) as old,
       restaurant_patch(pg_temp.session('wei'), pg_temp.id('noodle-bar'), '{"accepting_orders": false, "name": " Soup Bar ", "cuisines": ["Soup", "Broth", "Soup"]}', '"' || old.etag || '"') as answer;
select is(body, (restaurant_get(pg_temp.id('noodle-bar'), null)).body, 'RN-17 a pause shows in the next read') from paused;
select is(body::jsonb ->> 'name', 'Soup Bar', 'a new name') from paused;
select is(body::jsonb -> 'cuisines', '["Soup", "Broth"]', 'each cuisine once') from paused;
select is(pg_temp.found('soup bar', city => 'Utopia'), '{"Soup Bar"}', 'is found');
select is(pg_temp.problem(format($$ select restaurant_patch(pg_temp.session(%L), %L, '{"name": "X"}', null) $$, person, pg_temp.id('noodle-bar'))), 'FF403 forbidden',
	'AC-22 not by ' || person) from unnest(array['olga', 'clara', 'dora', 'ans']) as person;
select is(pg_temp.problem($$ select restaurant_patch(pg_temp.session('wei'), uuid_v7(), '{}', null) $$), 'FF404 not_found', 'no such restaurant');
select is((restaurant_hours_put(pg_temp.session('wei'), pg_temp.id('noodle-bar'), '[{"day": 0, "opens": "22:00", "closes": "04:30"}]')).body::jsonb -> 'hours',
	'[{"day": 0, "opens": "22:00", "closes": "04:30"}]', 'RN-17 staff set the hours');
select is(pg_temp.problem(format($$ select restaurant_hours_put(pg_temp.session('wei'), %L, '[{"day": 0, "opens": "22:00", "closes": "23:00"}, {"day": 0, "opens": "22:00", "closes": "24:00"}]') $$,
	pg_temp.id('noodle-bar'))), 'FF422 invalid_fields', 'but not two shifts at once');
select is(pg_temp.problem_members(format($$ select restaurant_hours_put(pg_temp.session('wei'), %L, %L) $$, pg_temp.id('noodle-bar'), hours)) #>> '{errors,0,pointer}',
	expected, 'hours: ' || hours)
  from (values
	('[{"day": 1, "opens": "11:00", "closes": "15:00"}, {"day": 1, "opens": "14:59", "closes": "20:00"}]', '/hours/1'),
	('[{"day": 1, "opens": "18:00", "closes": "02:00"}, {"day": 5, "opens": "11:00", "closes": "15:00"}, {"day": 2, "opens": "01:00", "closes": "03:00"}]', '/hours/2'),
	('[{"day": 0, "opens": "00:00", "closes": "09:00"}, {"day": 6, "opens": "22:00", "closes": "00:01"}]', '/hours/1'),
	('[{"day": 3, "opens": "12:00", "closes": "13:00"}, {"day": 3, "opens": "00:00", "closes": "00:00"}]', '/hours/1'),
	('[{"day": 1, "opens": "11:00", "closes": "15:00"}, {"day": 1, "opens": "15:00", "closes": "20:00"}, {"day": 2, "opens": "15:00", "closes": "11:00"}]', null),
	('[{"day": 6, "opens": "00:00", "closes": "00:00"}, {"day": 0, "opens": "00:00", "closes": "00:00"}]', null)) as given(hours, expected);
select is((restaurant_hours_put(pg_temp.session('wei'), pg_temp.id('noodle-bar'), '[]')).body::jsonb -> 'open', 'false', 'no hours, never open');

-- The database guards its own truth.
select is(pg_temp.problem($$ update menu_item set price = -1 where menu_item_id = pg_temp.id('noodle-bar soup') $$), '23514 money_minor_check', 'no negative price');
select is(pg_temp.problem($$ update menu_item set section_id = pg_temp.id('pie-shop mains') where menu_item_id = pg_temp.id('noodle-bar soup') $$),
	'23503 menu_item_restaurant_id_section_id_fkey', 'no item in a foreign section');

select * from finish();
rollback;
