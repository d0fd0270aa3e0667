-- Placing an order, and everything that is refused.
begin;
\ir include/people.psql
select * from no_plan();

create function pg_temp.dish(name text, quantity int default 1, note text default null) returns jsonb
language sql
return jsonb_strip_nulls(jsonb_build_object('menu_item_id', pg_temp.id('noodle-bar ' || name), 'quantity', quantity, 'note', note));

-- A statement that places an order, with what is usual where nothing else is said.
create function pg_temp.place(items jsonb default jsonb_build_array(pg_temp.dish('soup', 2)), person text default 'clara', kitchen text default 'noodle-bar',
	address_id uuid default pg_temp.id('clara''s home'), address jsonb default null, payment jsonb default '{"method": "cash"}', again boolean default true) returns text
language sql
return format('select * from order_place(%L, %L, %L, %L, %L, %L, %L, %L)',
	pg_temp.session(person), pg_temp.id(kitchen), items, address_id, address, payment, 50, again);
create function pg_temp.pointers(statement text) returns text[]
language sql
return array(select jsonb_array_elements(pg_temp.problem_members(statement) -> 'errors') ->> 'pointer');

create temporary table placed (like_reply reply);
insert into placed
select order_place(pg_temp.session('clara'), pg_temp.id('noodle-bar'), jsonb_build_array(pg_temp.dish('curry', 2, ' no nuts '), pg_temp.dish('soup')),
	pg_temp.id('clara''s home'), null, '{"method": "cash"}', 50, null);
create temporary table answer as select (like_reply).*, (like_reply).body::jsonb as o from placed;

select is(status, 201, 'OT-01 places an order') from answer;
select is(location, '/api/v1/orders/' || (o ->> 'id'), 'which has a place') from answer;
select set_eq($$ select jsonb_object_keys(o) from answer $$,
	'{id,number,status,restaurant,customer,items,subtotal,delivery_fee,tip,total,currency,address,payment,driver,acknowledged_at,placed_at,updated_at,eta,allowed_transitions}'::text[],
	'an order has what the contract names');
select is(o -> 'items', jsonb_build_array(
	jsonb_build_object('menu_item_id', pg_temp.id('noodle-bar curry'), 'name', 'Curry', 'quantity', 2, 'unit_price', 1250, 'total', 2500, 'note', 'no nuts'),
	jsonb_build_object('menu_item_id', pg_temp.id('noodle-bar soup'), 'name', 'Soup', 'quantity', 1, 'unit_price', 600, 'total', 600)),
	'prices are the database''s own') from answer;
select is(o - 'id' - 'number' - 'items' - 'placed_at' - 'updated_at' - 'eta', jsonb_build_object('status', 'placed',
	'restaurant', jsonb_build_object('id', pg_temp.id('noodle-bar'), 'name', 'Noodle-Bar'), 'customer', jsonb_build_object('id', pg_temp.id('clara'), 'name', 'Clara'),
	'subtotal', 3100, 'delivery_fee', 250, 'tip', 50, 'total', 3400, 'currency', 'EUR',
	'address', '{"label": "Home", "line1": "Secret Street 5", "city": "utopia", "lat": 52.36, "lng": 4.91}'::jsonb,
	'payment', '{"method": "cash", "status": "due"}'::jsonb, 'driver', null, 'acknowledged_at', null, 'allowed_transitions', '["cancelled"]'::jsonb),
	'and all adds up') from answer;
select matches(o ->> 'number', '^[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}$', 'a number to read out') from answer;
select is((order_get(pg_temp.session('clara'), (o ->> 'id')::uuid, null)).body, body, 'the next read shows just that') from answer;
select col_is_pk('ordering', 'orders', 'order_id', 'OT-22 orders.order_id is the key');
select has_column('ordering', 'orders', name, 'OT-22 orders.' || name) from unnest(array['user_id', 'restaurant_id', 'status', 'total_price', 'created_at']) as name;

-- Events.
select is((select count(*) from string_to_table(hints, E'\n')), 3::bigint, 'three channels are hinted') from answer;
select is(pg_temp.types(channel), '{order.placed}', 'RN-01 order.placed on ' || split_part(channel, ':', 1))
  from answer, unnest(array['order:' || (o ->> 'id'), 'restaurant:' || pg_temp.id('noodle-bar'), 'user:' || pg_temp.id('clara')]) as channel;
select set_eq($$ select jsonb_object_keys(envelope::jsonb -> 'data') from event_read('restaurant:' || pg_temp.id('noodle-bar'), 0, 1) $$,
	'{order_id,number,status,items,subtotal,total,currency,payment,placed_at,eta}'::text[], 'with the data of the contract');
select unalike(hints, '%Secret%', 'but no address') from answer;
select unalike(hints, '%+31%', 'and no phone') from answer;

-- Refusals.
select is(pg_temp.problem(pg_temp.place(person => person)), 'FF403 forbidden', 'AC-22 not ' || person) from unnest(array['wei', 'dora', 'ans', 'ada']) as person;
select is(pg_temp.problem(pg_temp.place(payment => '{"method": "card", "payment_method_id": "01900000-0000-7000-9000-000000000000"}')), 'FF422 invalid_fields', 'PY-05 no card of hers');
select is(pg_temp.problem(pg_temp.place(payment => '{"method": "card"}')), 'FF422 invalid_fields', 'PY-05 no card at all');
select is(pg_temp.problem(pg_temp.place(kitchen => 'nowhere')), 'FF422 invalid_fields', 'no such restaurant');
select is(pg_temp.problem(pg_temp.place(kitchen => 'pie-shop')), 'FF422 foreign_item', 'an item of another restaurant');
select is(pg_temp.pointers(pg_temp.place(jsonb_build_array(pg_temp.dish('soup'), pg_temp.dish('eel'), pg_temp.dish('moon')))),
	'{/items/1/menu_item_id,/items/2/menu_item_id}', 'each bad line is pointed at');
select is(pg_temp.problem(pg_temp.place(jsonb_build_array(pg_temp.dish('eel')))), 'FF422 item_unavailable', 'an item that is out');
select is(pg_temp.pointers(pg_temp.place(jsonb_build_array(pg_temp.dish('soup', quantity)))), '{/items/0/quantity}', 'not ' || quantity || ' of it')
  from unnest(array[0, -1, 100, 2147483647]) as quantity;
select is(pg_temp.problem(pg_temp.place(jsonb_build_array(pg_temp.dish('soup', 99)))), 'done', '99 of it');
select is(pg_temp.pointers(pg_temp.place('[]')), '{/items}', 'not nothing');
select is(pg_temp.pointers(pg_temp.place((select jsonb_agg(pg_temp.dish('soup')) from generate_series(1, 51)))), '{/items}', 'not 51 lines');
select is(pg_temp.problem(pg_temp.place((select jsonb_agg(pg_temp.dish('soup')) from generate_series(1, 50)))), 'done', '50 lines');
select is(pg_temp.problem(pg_temp.place(address_id => null)), 'FF422 invalid_fields', 'not to nowhere');
select is(pg_temp.problem(pg_temp.place(address => '{"line1": "x"}')), 'FF422 invalid_fields', 'not to two places');
select is(pg_temp.problem(pg_temp.place(person => 'carl')), 'FF422 invalid_fields', 'not to another one''s address');
select is(pg_temp.problem(pg_temp.place(address_id => null, address => '{"line1": "Park", "city": "Utopia", "lat": 52, "lng": 5}')), 'done', 'to a place for this time');
update restaurant set min_order = 601 where restaurant_id = pg_temp.id('noodle-bar');
select is(pg_temp.problem(pg_temp.place(jsonb_build_array(pg_temp.dish('soup')))), 'FF422 below_minimum', 'not less than the smallest order');
update restaurant set accepting_orders = false where restaurant_id = pg_temp.id('noodle-bar');
select is(pg_temp.problem(pg_temp.place()), 'FF422 restaurant_closed', 'RN-17 a paused restaurant takes none');
update restaurant set accepting_orders = true where restaurant_id = pg_temp.id('noodle-bar');
delete from opening_hours where restaurant_id = pg_temp.id('noodle-bar');
select is(pg_temp.problem(pg_temp.place()), 'FF422 restaurant_closed', 'nor does a closed one');
insert into opening_hours (restaurant_id, day, opens, closes) select pg_temp.id('noodle-bar'), day, '00:00', '00:00' from generate_series(0, 6) as day;

-- The same again.
delete from order_item;
delete from orders;
select is(pg_temp.problem(pg_temp.place(again => false)), 'done', 'an order');
select is(pg_temp.problem(pg_temp.place(again => false)), 'FF409 duplicate_order', 'the same again within a minute');
select is(pg_temp.problem_members(pg_temp.place(again => false)) ->> 'order_id', order_id::text, 'is the one there is') from orders;
select is(pg_temp.problem(pg_temp.place(jsonb_build_array(pg_temp.dish('soup', 3)), again => false)), 'done', 'another basket is another order');
select is(pg_temp.problem(pg_temp.place(again => true)), 'done', 'unless it is meant');
delete from order_item;
delete from orders;
select is(pg_temp.problem(pg_temp.place(again => false)), 'done', 'an order');
update orders set status = 'cancelled', payment_status = 'voided';
select is(pg_temp.problem(pg_temp.place(again => false)), 'done', 'one that was cancelled may be ordered anew');
delete from order_item;
update orders set order_id = case when status = 'placed' then uuid_v7_floor(now() - interval '61 s') else order_id end;
select is(pg_temp.problem(pg_temp.place(again => false)), 'done', 'after a minute it is hunger');

-- Numbers do not repeat.
select is((select count(distinct order_number_next()) from generate_series(1, 20000)), 20000::bigint, 'order numbers differ');

select * from finish();
rollback;
