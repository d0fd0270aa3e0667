-- Who may execute what. Nothing is granted on tables: a program reaches data through these functions alone.
set local role foodfast_owner;
set local search_path = log, api, account, catalogue, ordering, public, pg_temp;

grant usage on schema log, api, account, catalogue, ordering
	to foodfast_accounts, foodfast_catalogue, foodfast_orders, foodfast_streamd, foodfast_workers;

-- Idempotency is the REST programs' plumbing.
grant execute on function idempotency_claim, idempotency_answer to foodfast_accounts, foodfast_catalogue, foodfast_orders;

grant execute on function
	account_register, account_credentials, password_upgrade, session_create, session_reissue, idempotency_grant, session_refresh,
	session_list, session_end, session_end_all, me_get, me_patch, address_list, address_create, address_patch, address_delete,
	ticket_create, attempt_count
	to foodfast_accounts;

grant execute on function
	city_list, restaurant_list, restaurant_get, restaurant_menu, restaurant_patch, restaurant_hours_put,
	menu_item_create, menu_item_patch, menu_item_delete
	to foodfast_catalogue;

grant execute on function
	order_place, order_list, order_get, order_events, order_transition, order_acknowledge
	to foodfast_orders;

grant execute on function
	log_epoch, stream_open, stream_open_many, event_read, log_heads, log_sweep, order_status, orders_waiting, ticket_redeem,
	order_acknowledge_sent
	to foodfast_streamd;

grant execute on function maintenance_run to foodfast_workers;
