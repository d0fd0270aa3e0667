-- Least privilege: each program's role executes what it needs, and reaches no table. What tells a cursor is STABLE.
begin;
\ir include/people.psql
select * from no_plan();

create temporary table ours as
select pg_proc.oid, proname::text as name, proowner::regrole::text as owner, prosecdef, prorettype = 'trigger'::regtype as is_trigger, proconfig, provolatile, prosrc
  from pg_proc
 where pronamespace in ('log'::regnamespace, 'api'::regnamespace, 'account'::regnamespace, 'catalogue'::regnamespace, 'ordering'::regnamespace, 'payment'::regnamespace)
   and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e');
-- The gateway of development is no program of ours, and is asked apart.
create temporary table program as select rolname::text as role from pg_roles where rolname ~ '^foodfast_' and rolcanlogin and rolname <> 'foodfast_sandbox';
create temporary table granted as
select role, name, oid from ours, program where has_function_privilege(role, oid, 'execute');

select set_eq('select role from program', '{foodfast_accounts,foodfast_catalogue,foodfast_orders,foodfast_payments,foodfast_streamd,foodfast_workers}'::text[], 'a role a program');
select set_eq(format('select name from granted where role = %L', 'foodfast_' || program), names, 'RL-12 foodfast_' || program || ' executes just its own')
  from (values
	('accounts', '{idempotency_claim,idempotency_answer,account_register,account_credentials,password_upgrade,session_create,session_reissue,idempotency_grant,session_refresh,session_list,session_end,session_end_all,me_get,me_patch,address_list,address_create,address_patch,address_delete,ticket_create,attempt_count,password_hash_of,password_change,email_confirmation_create,email_confirm,password_forget,password_reset,account_erase,account_export,user_list,user_get,user_patch}'::text[]),
	('catalogue', '{idempotency_claim,idempotency_answer,city_list,restaurant_list,restaurant_get,restaurant_menu,restaurant_patch,restaurant_hours_put,menu_item_create,menu_item_patch,menu_item_delete}'),
	('orders', '{idempotency_claim,idempotency_answer,order_place,order_list,order_get,order_events,order_transition,order_acknowledge,payment_step_take,payment_step_settle,payment_answer}'),
	('payments', '{idempotency_claim,idempotency_answer,payment_step_take,payment_step_settle,payment_answer,method_list,method_create,method_answer,method_patch,method_delete,order_pay,payments_of,refund_create,refund_answer,webhook_take,invoice_html}'),
	('streamd', '{log_epoch,stream_open,stream_open_many,event_read,log_heads,log_sweep,order_status,orders_waiting,ticket_redeem,order_acknowledge_sent}'),
	('workers', '{maintenance_run,email_take,email_sent,payment_step_take,payment_step_settle,payment_steps_due_in_ms,payments_expire,reconcile_request,reconcile_due,reconcile_begin,reconcile_page,reconcile_end}')) as list(program, names);
select is_empty($$ select name from ours join pg_roles on rolname = 'foodfast_sandbox' where has_function_privilege(rolname, ours.oid, 'execute') $$,
	'RL-12 the sandbox executes nothing of ours');
select is_empty($$ select role, relname from program, pg_class
	where relowner = 'foodfast_owner'::regrole
	  and relkind in ('r', 'p', 'v', 'S') and (has_table_privilege(role, pg_class.oid, 'select, insert, update, delete, truncate')) $$, 'RL-12 no role reaches a table');
select is_empty($$ select role from program where has_schema_privilege(role, 'ordering', 'create') or has_schema_privilege(role, 'public', 'create')
	or (select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls from pg_roles where rolname = role) $$, 'RL-12 nor makes anything');
select is_empty($$ select name from ours where owner <> 'foodfast_owner' $$, 'everything is foodfast_owner''s');
select ok(not (select rolcanlogin or rolsuper from pg_roles where rolname = 'foodfast_owner'), 'who cannot log in');
select is_empty($$ select name from ours join granted using (oid, name) where not prosecdef or not exists (
	select from unnest(proconfig) as setting where setting ~ '^search_path=.*pg_temp"?$') $$, 'what is granted runs as its owner, pg_temp searched last');
select is_empty($$ select name from ours where prosecdef and not is_trigger and oid not in (select oid from granted) $$, 'what is not granted runs as its caller');
select is_empty($$ select name from ours group by name having count(*) > 1 $$, 'names are unique across the schemas');

-- One snapshot for state and cursor: a VOLATILE function takes one a statement.
select is_empty($$ select name from ours where provolatile = 'v' and prosrc ~ 'stream_cursor|reply_read|orders_cursor' $$, 'RL-07 what answers with a cursor is STABLE');
select is(provolatile, 's', 'RL-07 ' || name || ' is STABLE') from ours
 where name in ('me_get', 'address_list', 'city_list', 'restaurant_list', 'restaurant_get', 'restaurant_menu', 'order_list', 'order_get', 'order_events', 'order_status', 'orders_waiting',
                'stream_open', 'stream_open_many', 'event_read', 'log_heads', 'log_sweep', 'log_epoch', 'stream_cursor', 'orders_cursor', 'reply_read', 'idempotency_answer', 'idempotency_grant', 'payments_of', 'payment_answer', 'method_list', 'method_answer', 'refund_answer', 'invoice_html');

set local role foodfast_orders;
select is(verdict, '42501', 'RL-12 and when it tries: ' || statement)
  from (select statement, pg_temp.problem(statement) as verdict
          from unnest(array['select * from orders', 'update account.users set role = ''admin''', 'select me_get(uuid_v7(), null)', 'select log_restored()']) as statement) as tried;

select * from finish();
rollback;
