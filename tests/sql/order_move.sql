-- The life of an order: every move by everyone, held against the contract's words; events, acknowledging, finality.
begin;
\ir include/people.psql
select * from no_plan();

-- What the contract says, written out once more: "The restaurant moves placed…ready (and may cancel with a reason), the
-- assigned driver ready…delivered, the customer cancels before preparing"; agents and admins cancel.
create temporary table lawful (party role, from_status order_status, to_status order_status);
insert into lawful
select 'restaurant'::role, a::order_status, b::order_status
  from (values ('placed', 'confirmed'), ('confirmed', 'preparing'), ('preparing', 'ready'), ('ready', 'picked_up'), ('picked_up', 'delivered'),
               ('placed', 'cancelled'), ('confirmed', 'cancelled'), ('preparing', 'cancelled'), ('ready', 'cancelled')) as move(a, b)
union all
select 'driver', a::order_status, b::order_status from (values ('ready', 'picked_up'), ('picked_up', 'delivered')) as move(a, b)
union all
select 'customer', a::order_status, 'cancelled' from unnest(array['awaiting_payment', 'placed', 'confirmed']) as a
union all
select party, a::order_status, 'cancelled'
  from unnest(array['awaiting_payment', 'placed', 'confirmed', 'preparing', 'ready', 'picked_up']) as a, unnest('{agent,admin}'::role[]) as party;
select set_eq($$ select party, from_status, to_status from transition $$, $$ table lawful $$, 'OT-02 OT-03 the transition table is the contract''s');
select is_empty($$ select * from transition where from_status in ('delivered', 'cancelled') $$, 'OT-03 nothing follows the end');

-- Every person, every status, every move: allowed_transitions and order_transition say the same.
create function pg_temp.try(person text, moved uuid, target order_status) returns text
language plpgsql as $$
declare
	verdict text := pg_temp.problem(format('select order_transition(%L, %L, %L, %L)', pg_temp.session(person), moved, target, 'because'));
begin
	return case verdict when 'FF409 illegal_transition' then 'no' when 'done' then 'yes' else verdict end;
end
$$;
create temporary table tried (person text, has_driver boolean, is_from order_status, is_to order_status, allowed boolean, verdict text);
do $$
declare
	moved uuid := pg_temp.order();
	old orders;
	who record;
	was order_status;
	target order_status;
	may jsonb;
begin
	for who in select * from (values ('clara', 'customer'), ('wei', 'restaurant'), ('dora', 'driver'), ('ans', 'agent'), ('ada', 'admin')) as p(person, party) loop
		foreach was in array enum_range(null::order_status) loop
			for has_driver in 0..1 loop
				continue when who.party = 'driver' and has_driver = 0;
				update orders set status = was, payment_status = 'due', driver_id = case has_driver when 1 then pg_temp.id('dora') end where order_id = moved returning * into old;
				may := (order_get(pg_temp.session(who.person), moved, null)).body::jsonb -> 'allowed_transitions';
				foreach target in array enum_range(null::order_status) loop
					update orders set status = was, payment_status = 'due' where order_id = moved;
					insert into tried values (who.person, has_driver = 1, was, target, may ? target::text, pg_temp.try(who.person, moved, target));
				end loop;
			end loop;
		end loop;
	end loop;
end
$$;
select is((select count(*) from tried), 9 * 64::bigint, 'OT-02 everything was tried');
select is_empty($$ select * from tried where verdict not in ('yes', 'no') $$, 'OT-02 each move is made or refused');
select is_empty($$ select * from tried where (verdict = 'yes') <> allowed $$, 'OT-02 what allowed_transitions says is what is allowed');
select is_empty($$ select * from tried join users on users.user_id = pg_temp.id(person)
	where allowed <> (exists (select from lawful where party = role and (from_status, to_status) = (is_from, is_to))
	                  and not (role = 'restaurant' and has_driver and is_to in ('picked_up', 'delivered'))) $$,
	'OT-02 OT-03 as the contract says; and a restaurant drives only what has no driver');

-- A whole life.
create temporary table life as select pg_temp.order() as id;
select is(pg_temp.move('wei', id, 'confirmed') ->> 'status', 'confirmed', 'OT-04 confirmed') from life;
select is(pg_temp.problem(format('select pg_temp.move(''wei'', %L, ''confirmed'')', id)), 'FF409 illegal_transition', 'RN-04 only once') from life;
select is(pg_temp.problem_members(format('select pg_temp.move(''wei'', %L, ''confirmed'')', id)),
	jsonb_build_object('order_status', 'confirmed', 'allowed', '["preparing", "cancelled"]'::jsonb,
		'by', jsonb_build_object('id', pg_temp.id('wei'), 'role', 'restaurant', 'name', 'Wei')), 'RN-04 who comes second is told who was first') from life;
select is(pg_temp.problem(format('select pg_temp.move(''wei'', %L, ''delivered'')', id)), 'FF409 illegal_transition', 'OT-02 no jump') from life;
select is(pg_temp.move('wei', id, 'preparing') ->> 'status', 'preparing', 'OT-04 preparing') from life;
select is(pg_temp.problem(format('select pg_temp.move(''clara'', %L, ''cancelled'')', id)), 'FF409 illegal_transition', 'too late for the customer') from life;
select is(pg_temp.move('wei', id, 'ready') ->> 'status', 'ready', 'OT-04 ready') from life;
select is(pg_temp.move('wei', id, 'picked_up') ->> 'status', 'picked_up', 'OT-04 picked up') from life;
select results_eq($$ select is_final from life, order_status(pg_temp.session('clara'), id) $$, array[false], 'still moving');
select is(pg_temp.move('wei', id, 'delivered') #>> '{payment,status}', 'collected', 'OT-04 delivered, and the cash collected') from life;
select is(pg_temp.types('order:' || id), '{order.placed,order.status,order.status,order.status,order.status,order.status,payment.status}', 'OT-18 an event a change') from life;
select is((select (envelope::jsonb -> 'data') - 'order_id' - 'eta' from event_read('order:' || id, 1, 1)),
	jsonb_build_object('status', 'confirmed', 'previous', 'placed', 'by', jsonb_build_object('id', pg_temp.id('wei'), 'role', 'restaurant', 'name', 'Wei')),
	'OT-20 which says what, from what, and who') from life;
select is((select array_agg(envelope::jsonb #>> '{data,eta}' is not null order by seq) from event_read('order:' || id, 0, 6)), '{t,t,t,t,t,f}',
	'OT-20 and when it should be there, until it is') from life;
select is((select envelope::jsonb -> 'data' from event_read('order:' || id, 6, 1)), jsonb_build_object('order_id', id, 'status', 'collected', 'amount', 1550),
	'and how much was paid') from life;
select is((select array_agg(is_final order by seq) from event_read('order:' || id, 0, 10)), '{f,f,f,f,f,f,t}', 'OT-08 the last event is the final one') from life;
select results_eq($$ select status, is_final, head from life, order_status(pg_temp.session('clara'), id) $$, $$ values ('delivered', true, 7::bigint) $$,
	'OT-07 the status in short');
select is(array_length(pg_temp.types('restaurant:' || pg_temp.id('noodle-bar')), 1),
	(select count(*)::int from event where channel = 'restaurant:' || pg_temp.id('noodle-bar') and type <> 'payment.status'), 'money is between customer and order');
select is((order_get(pg_temp.session('clara'), id, null)).body::jsonb -> 'allowed_transitions', '[]', 'OT-03 nothing follows') from life;

-- Cancelling.
create temporary table lost as select pg_temp.order() as id;
select is(pg_temp.problem(format('select pg_temp.move(''wei'', %L, ''cancelled'', ''  '')', id)), 'FF422 reason_needed', 'a kitchen says why') from lost;
select is(pg_temp.move('wei', id, 'cancelled', ' out of soup ') #>> '{payment,status}', 'voided', 'OT-03 and nothing is due') from lost;
select is((select envelope::jsonb #>> '{data,reason}' from event_read('order:' || id, 1, 1)), 'out of soup', 'the customer is told why') from lost;
select is((select array_agg(is_final order by seq) from event_read('order:' || id, 0, 10)), '{f,f,t}', 'OT-08 and that is the end') from lost;
create temporary table stray as select pg_temp.order() as id;
update orders set status = 'picked_up' where order_id = (select id from stray);
select is(pg_temp.move('ans', id, 'cancelled', 'nobody there') ->> 'status', 'cancelled', 'OT-03 agents give up what nobody takes') from stray;
select is((select envelope::jsonb #>> '{data,reason}' from event_read('order:' || id, 1, 1)), 'undeliverable', 'as undeliverable') from stray;

-- A driver is told.
create temporary table driven as select pg_temp.order() as id;
update orders set status = 'ready', driver_id = pg_temp.id('dora') where order_id = (select id from driven);
select is(pg_temp.problem(format('select pg_temp.move(''dirk'', %L, ''picked_up'')', id)), 'FF404 not_found', 'another driver knows nothing of it') from driven;
select is(pg_temp.move('dora', id, 'picked_up') -> 'driver', jsonb_build_object('id', pg_temp.id('dora'), 'name', 'Dora'), 'hers does') from driven;
select ok('order.status' = any (pg_temp.types('driver:' || pg_temp.id('dora'))), 'and has it on her channel');

-- Who may know.
select is(pg_temp.problem(format('select pg_temp.move(%L, %L, ''cancelled'', ''x'')', person, id)), 'FF404 not_found', 'AC-22 not for ' || person)
  from driven, unnest(array['carl', 'olga', 'dirk']) as person;
select is(pg_temp.problem(format('select pg_temp.move(''wei'', %L, ''cancelled'', ''x'')', uuid_v7())), 'FF404 not_found', 'no such order');
select is(pg_temp.problem(format('select pg_temp.move(''wei'', %L, ''eaten'')', id)), 'FF400 invalid_parameter', 'no such status') from driven;

-- Acknowledging.
create temporary table seen as select pg_temp.order() as id;
create temporary table first_look as select answer.* from seen, order_acknowledge(pg_temp.session('wei'), id) as answer;
select isnt(body::jsonb -> 'acknowledged_at', 'null', 'RN-05 the kitchen has seen it') from first_look;
select is((select count(*) from string_to_table(hints, E'\n')), 2::bigint, 'RN-05 all its screens learn it, and the customer') from first_look;
select is(pg_temp.types('order:' || id), '{order.placed,order.acknowledged}', 'RN-05 by an event') from seen;
select row_eq($$ select answer.* from seen, order_acknowledge(pg_temp.session('wei'), id) as answer $$,
	(select row(200, body, null, null, null, null)::reply from first_look), 'RN-05 a second time changes nothing');
select is(pg_temp.problem(format('select order_acknowledge(pg_temp.session(%L), %L)', person, id)), expected, 'AC-22 ' || person || ' does not')
  from seen, (values ('clara', 'FF403 forbidden'), ('ada', 'FF403 forbidden'), ('olga', 'FF404 not_found'), ('carl', 'FF404 not_found')) as other(person, expected);
select is((order_acknowledge(pg_temp.session('wei'), id)).hints, null, 'what has ended is not acknowledged any more') from lost;

-- The same by a stream, on a channel that tells it.
create temporary table told as select pg_temp.order() as id;
select is(pg_temp.problem(format('select order_acknowledge_sent(pg_temp.session(%L), %L, %L)', person, channel, id)), expected, 'RN-05 ' || person || ' on ' || channel)
  from told, (values ('wei', 'order:' || uuid_v7(), 'FF422 wrong_channel'), ('wei', 'ops', 'FF422 wrong_channel'), ('wei', 'restaurant:' || uuid_v7(), 'FF422 wrong_channel'),
	('clara', 'ops', 'FF403 forbidden'), ('carl', 'ops', 'FF404 not_found')) as sent(person, channel, expected);
select is(pg_temp.types('order:' || id), '{order.placed}', 'RN-05 and nothing has happened') from told;
select is((select count(*) from string_to_table((order_acknowledge_sent(pg_temp.session('wei'), 'order:' || id, id)).hints, E'\n')), 2::bigint, 'RN-05 acknowledged on its channel') from told;
select is((order_acknowledge_sent(pg_temp.session('wei'), 'restaurant:' || restaurant_id, id)).hints, null, 'RN-05 again on its restaurant''s, and nothing changes')
  from told join orders on order_id = id;

select * from finish();
rollback;
