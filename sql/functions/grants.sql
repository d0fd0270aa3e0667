-- Who may execute what. Nothing is granted on tables: a program reaches data through these functions alone.
set local role foodfast_owner;
set local search_path = log, api, account, catalogue, ordering, payment, public, pg_temp;

grant usage on schema log, api, account, catalogue, ordering, payment
	to foodfast_accounts, foodfast_catalogue, foodfast_orders, foodfast_payments, foodfast_streamd, foodfast_workers;

-- Idempotency is the REST programs' plumbing.
grant execute on function idempotency_claim, idempotency_answer to foodfast_accounts, foodfast_catalogue, foodfast_orders, foodfast_payments;

grant execute on function
	account_register, account_credentials, password_upgrade, session_create, session_reissue, idempotency_grant, session_refresh,
	session_list, session_end, session_end_all, me_get, me_patch, address_list, address_create, address_patch, address_delete,
	ticket_create, attempt_count, password_hash_of, password_change, email_confirmation_create, email_confirm, password_forget,
	password_reset, account_erase, account_export, user_list, user_get, user_patch
	to foodfast_accounts;

grant execute on function
	city_list, restaurant_list, restaurant_get, restaurant_menu, restaurant_patch, restaurant_hours_put,
	menu_item_create, menu_item_patch, menu_item_delete
	to foodfast_catalogue;

grant execute on function
	order_place, order_list, order_get, order_events, order_transition, order_acknowledge
	to foodfast_orders;

-- Who answers a request runs its steps for a while; the worker runs what is left.
grant execute on function payment_step_take, payment_step_settle to foodfast_orders, foodfast_payments, foodfast_workers;
grant execute on function payment_answer to foodfast_orders, foodfast_payments;

grant execute on function
	method_list, method_create, method_answer, method_patch, method_delete, order_pay, payments_of, refund_create, refund_answer,
	webhook_take, invoice_html
	to foodfast_payments;

grant execute on function
	payment_steps_due_in_ms, payments_expire, reconcile_request, reconcile_due, reconcile_begin, reconcile_page, reconcile_end
	to foodfast_workers;

grant execute on function
	log_epoch, stream_open, stream_open_many, event_read, log_heads, log_sweep, order_status, orders_waiting, ticket_redeem,
	order_acknowledge_sent
	to foodfast_streamd;

grant execute on function maintenance_run, email_take, email_sent to foodfast_workers;
