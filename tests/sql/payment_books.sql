-- The books: what guards the ledger, invoices without a gap, and the nightly reconciliation.
begin;
\ir include/people.psql
\ir include/gateway.psql
select * from no_plan();

create temporary table meal as select pg_temp.paid_order('visa') as id;
select pg_temp.move('wei', id, 'confirmed') from meal \g /dev/null
select pg_temp.steps() \g /dev/null

-- The ledger.
set constraints all immediate;
set constraints all deferred;
select is(pg_temp.problem(statement), '23001', 'PY-04 append-only: ' || statement)
  from unnest(array['update ledger_entry set amount = 1', 'delete from ledger_entry', 'truncate ledger_entry', 'update ledger_transaction set reference = ''x''',
	'delete from ledger_transaction', 'truncate ledger_transaction cascade']) as statement;
select is(pg_temp.problem(format('select ledger_post(''capture %s/1'', o, ''{"gateway": 1, "food": -1}'') from orders as o where order_id = %L', id, id)), '23505 ledger_transaction_reference_key', 'PY-04 posted once') from meal;
select is(pg_temp.problem(format('do $x$ begin perform ledger_post(''odd'', o, ''{"gateway": 2, "food": -1}'') from orders as o where order_id = %L; set constraints all immediate; end $x$', id)), '23514', 'PY-04 comes to nothing') from meal;
select is(pg_temp.problem(format('do $x$ begin perform ledger_post(''none'', o, ''{}'') from orders as o where order_id = %L; set constraints all immediate; end $x$', id)), '23514', 'PY-04 has entries') from meal;
select is((select sum(amount) from ledger_entry), 0::numeric, 'PY-04 so all of it does');

-- Invoices.
create function pg_temp.deliver(p_order uuid) returns void
language sql as $$ select pg_temp.move('wei', p_order, status) from unnest('{confirmed,preparing,ready,picked_up,delivered}'::text[]) with ordinality as way(status, n)
	where n > case (select status from orders where order_id = p_order) when 'confirmed' then 1 else 0 end order by n $$;
select is(pg_temp.problem(format('select invoice_html(pg_temp.session(''clara''), %L)', id)), 'FF404 no_invoice', 'PY-06 none before it is delivered') from meal;
select pg_temp.deliver(id) from meal \g /dev/null
create temporary table cash as select pg_temp.order(format('[{"menu_item_id": "%s", "quantity": 1, "note": "no <b>onions</b>"}]', pg_temp.id('noodle-bar soup'))) as id;
update order_item set name = '<script>alert(1)</script> & "soup"' where order_id = (select id from cash);
select pg_temp.deliver(id) from cash \g /dev/null
select is((select array_agg(number order by number) from invoice), array[extract(year from now()) || '-000001', extract(year from now()) || '-000002'], 'PY-06 numbered without a gap');
select is((invoice_html(pg_temp.session(person), id)).status, 200, 'PY-06 for ' || person) from meal, unnest('{clara,wei,ans,ada}'::text[]) as person;
select is(pg_temp.problem(format('select invoice_html(pg_temp.session(%L), %L)', person, id)), 'FF404 not_found', 'PY-06 not for ' || person) from meal, unnest('{carl,olga,dora}'::text[]) as person;
create temporary table page as select body from meal, invoice_html(pg_temp.session('clara'), id);
select alike(body, '%' || part || '%', 'PY-06 says ' || part) from page, unnest(array['<!doctype html>', '-000001', 'Noodle-Bar', 'Clara', 'Secret Street 5', 'Soup', '6.00 EUR', '12.00 EUR', '2.50 EUR', '1.00 EUR', '15.50 EUR', 'visa ···· 4242']) as part;
create temporary table cash_page as select body from cash, invoice_html(pg_temp.session('clara'), id);
select unalike(body, '%<script%', 'PY-06 what people write is text') from cash_page;
select alike(body, '%&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;soup&quot;%', 'PY-06 and shown as they wrote it') from cash_page;
select alike(body, '%Paid in cash%', 'PY-06 in cash') from cash_page;
savepoint taken;
select pg_temp.deliver(pg_temp.order()) \g /dev/null
rollback to savepoint taken;
select pg_temp.deliver(pg_temp.order()) \g /dev/null
select is((select max(number) from invoice), extract(year from now()) || '-000003', 'PY-06 a delivery that was rolled back takes no number');
select is(array[money_text(5, 'EUR'), money_text(123456, 'EUR'), money_text(-200, 'EUR'), money_text(500, 'JPY')], '{"0.05 EUR","1234.56 EUR","-2.00 EUR","500 JPY"}', 'PY-06 sums as people read them');

-- The reconciliation. GATEWAY_SAYS plays the pages of its lists.
create function pg_temp.reconcile() returns table (kind text, order_id uuid, gateway_id text)
language plpgsql as $$
declare
	night uuid := (select run from reconcile_begin(current_date));
begin
	update intent set updated_at = now() - interval '6 minutes';
	update refund set updated_at = now() - interval '6 minutes';
	perform reconcile_page(night, 'payment_intent', jsonb_build_object('data', (select jsonb_agg(pg_temp.gw_intent_json(i)) from gw_intent as i))::text);
	perform reconcile_page(night, 'refund', jsonb_build_object('data', (select coalesce(jsonb_agg(pg_temp.gw_refund_json(r)), '[]') from gw_refund as r))::text);
	perform reconcile_end(night);
	return query select d.kind, d.order_id, d.gateway_id from reconciliation_difference as d where d.run_id = night;
end
$$;
select pg_temp.paid_order('nofunds'), pg_temp.paid_order('asks') \g /dev/null
select refund_create(pg_temp.session('ans'), id, 300, 'late') from meal \g /dev/null
select pg_temp.steps() \g /dev/null
select is_empty('select * from pg_temp.reconcile()', 'PY-04 nothing differs');
select is((select state || ' ' || objects || ' ' || differences from reconciliation), 'done 4 0', 'PY-04 and that is written down');
select is(reconcile_page(run_id, 'refund', '{"has_more": true, "data": [{"id": "re_a", "status": "succeeded", "amount": 1}, {"id": "re_b", "status": "succeeded", "amount": 1}]}'), 're_b', 'PY-04 page after page') from reconciliation;
select is(reconcile_page(run_id, 'refund', '{"has_more": false, "data": []}'), null, 'PY-04 to the end') from reconciliation;
delete from reconciliation_object;
savepoint equal;
insert into gw_intent (id, status, amount, metadata) select 'pi_stray', 'requires_capture', 1550, jsonb_build_object('order_id', id, 'attempt', 1) from meal;
insert into gw_refund (id, intent, amount, status, metadata) select 're_stray', 'pi_x', 10, 'succeeded', jsonb_build_object('order_id', id) from meal;
insert into gw_intent (id, status, amount, received, metadata) values ('pi_foreign', 'succeeded', 5, 5, '{}');
select set_eq('select kind, order_id, gateway_id from pg_temp.reconcile()', format($$ values ('stray_intent', %L::uuid, 'pi_stray'), ('stray_refund', %L::uuid, 're_stray') $$, id, id), 'PY-04 what we know nothing of') from meal;
select is((select count(*) from event where channel = 'ops' and data ->> 'kind' = 'reconciliation'), 2::bigint, 'PY-04 a person is told of each');
select ok(pg_temp.steps(skip => true) @> '{payment_intent.retrieve,payment_intent.cancel}', 'PY-04 a stray hold is released');
select is((select status from gw_intent where id = 'pi_stray'), 'canceled', 'PY-04 free');
rollback to savepoint equal;
insert into gw_intent (id, status, amount, metadata) values ('pi_ghost', 'succeeded', 1550, jsonb_build_object('order_id', uuid_v7()));
select set_eq('select kind, gateway_id from pg_temp.reconcile()', $$ values ('unknown_order', 'pi_ghost') $$, 'PY-04 money for an order that is not here');
rollback to savepoint equal;
delete from gw_refund;
select set_eq('select kind from pg_temp.reconcile()', '{missing_refund}'::text[], 'PY-04 what the gateway knows nothing of');
rollback to savepoint equal;
update gw_intent set received = 1000 where status = 'succeeded';
select set_eq('select kind from pg_temp.reconcile()', '{intent_differs}'::text[], 'PY-04 another sum');
rollback to savepoint equal;
update gw_refund set status = 'failed';
select set_eq('select kind from pg_temp.reconcile()', '{refund_differs}'::text[], 'PY-04 a refund that the bank sent back');
select pg_temp.steps(skip => true) \g /dev/null
select is(pg_temp.state(id) || ' ' || ledger_balance(id), 'delivered captured 1550', 'PY-04 is put right by asking') from meal;
rollback to savepoint equal;
select refund_create(pg_temp.session('ans'), id, 50, 'lost') from meal \g /dev/null
insert into gw_fault (operation, what) values ('refund.create', 'cut');
select pg_temp.steps('order:' || id) from meal \g /dev/null
select is_empty('select * from pg_temp.reconcile()', 'PY-04 a refund that is still being asked about is no difference');
update gw_refund set metadata = metadata - 'refund_id' where amount = 50;
update step set first_sent_at = first_sent_at - interval '23 hours 1 minute' where state = 'open' and kind = 'refund';
select pg_temp.steps('order:' || id, skip => true) from meal \g /dev/null
select set_eq('select kind from pg_temp.reconcile()', '{stray_refund}'::text[], 'PY-04 one that was given up is');
rollback to savepoint equal;
update payment set refunded = 0 where order_id = (select id from meal);
select set_eq('select kind from pg_temp.reconcile()', '{books_differ}'::text[], 'PY-04 books that differ from payments');
rollback to savepoint equal;
update orders set payment_status = 'refunded' where order_id = (select id from meal);
select set_eq('select kind from pg_temp.reconcile()', '{books_differ}'::text[], 'PY-04 or from orders');
rollback to savepoint equal;

-- When.
delete from reconciliation;
select is(reconcile_due(0), current_date - 1, 'PY-04 yesterday, from its hour on');
select is(reconcile_due(24), null, 'PY-04 not before');
select is(reconcile_request(current_date - 9), wake_hint(), 'PY-04 or on demand');
select is(reconcile_due(24), current_date - 9, 'PY-04 at once');
select is((select count(*) from reconcile_begin(current_date - 9)), 1::bigint, 'PY-04 begun');
select is((select count(*) from reconcile_begin(current_date - 9)), 0::bigint, 'PY-04 by one');
select is(reconcile_due(24), null, 'PY-04 who has it has it');
update reconciliation set started_at = now() - interval '11 minutes';
select is(reconcile_due(24), current_date - 9, 'PY-04 what was broken off is done again');

set constraints all immediate;
select * from finish();
rollback;
