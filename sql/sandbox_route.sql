-- The table of calls and that of test cards, and the one function that the program calls for each request.

-- is_public: without a key, for tests and for people's browsers. A % in a path stands for the object's id. Parameters that are
-- not listed are refused, as Stripe does.
create table if not exists route (
	method text not null,
	path text not null,
	handler text not null,
	params text[] not null,
	is_public boolean not null,
	as_like text not null generated always as (replace(path, '_', '\_')) stored,
	segments int not null generated always as (array_length(string_to_array(path, '/'), 1)) stored,
	primary key (method, path)
);

delete from route;
insert into route (method, path, handler, params, is_public)
select method, path, handler, params::text[], path not like '/v1/%'
from (values
	('POST', '/v1/customers', 'customer_create', '{name,email,phone,description,metadata}'),
	('GET', '/v1/customers', 'customer_list', '{email,created,limit,starting_after}'),
	('GET', '/v1/customers/%', 'customer_retrieve', '{}'),
	('POST', '/v1/customers/%', 'customer_update', '{name,email,phone,description,metadata}'),
	('DELETE', '/v1/customers/%', 'customer_delete', '{}'),
	('GET', '/v1/customers/%/payment_methods', 'customer_methods', '{type,limit,starting_after}'),
	('POST', '/v1/payment_methods', 'method_create', '{type,card,billing_details,metadata}'),
	('GET', '/v1/payment_methods', 'method_list', '{customer,type,limit,starting_after}'),
	('GET', '/v1/payment_methods/%', 'method_retrieve', '{}'),
	('POST', '/v1/payment_methods/%', 'method_update', '{billing_details,metadata}'),
	('POST', '/v1/payment_methods/%/attach', 'method_attach', '{customer}'),
	('POST', '/v1/payment_methods/%/detach', 'method_detach', '{}'),
	('POST', '/v1/payment_intents', 'intent_create', '{amount,currency,customer,payment_method,payment_method_types,confirm,capture_method,
		metadata,description,receipt_email,return_url,off_session,error_on_requires_action,automatic_payment_methods,confirmation_method,
		setup_future_usage,statement_descriptor,statement_descriptor_suffix,shipping,use_stripe_sdk,payment_method_options}'),
	('GET', '/v1/payment_intents', 'intent_list', '{customer,created,limit,starting_after,ending_before}'),
	('GET', '/v1/payment_intents/search', 'intent_search', '{query,limit,page}'),
	('GET', '/v1/payment_intents/%', 'intent_retrieve', '{client_secret}'),
	('POST', '/v1/payment_intents/%', 'intent_update', '{amount,payment_method,metadata,description,receipt_email}'),
	('POST', '/v1/payment_intents/%/confirm', 'intent_confirm', '{payment_method,return_url,off_session,error_on_requires_action,use_stripe_sdk}'),
	('POST', '/v1/payment_intents/%/capture', 'intent_capture', '{amount_to_capture,metadata,statement_descriptor,statement_descriptor_suffix}'),
	('POST', '/v1/payment_intents/%/cancel', 'intent_cancel', '{cancellation_reason}'),
	('GET', '/v1/charges', 'charge_list', '{payment_intent,created,limit,starting_after}'),
	('GET', '/v1/charges/%', 'charge_retrieve', '{}'),
	('POST', '/v1/refunds', 'refund_create', '{payment_intent,charge,amount,reason,metadata}'),
	('GET', '/v1/refunds', 'refund_list', '{payment_intent,charge,created,limit,starting_after}'),
	('GET', '/v1/refunds/%', 'refund_retrieve', '{}'),
	('POST', '/v1/refunds/%', 'refund_update', '{metadata}'),
	('GET', '/v1/events', 'event_list', '{type,created,limit,starting_after}'),
	('GET', '/v1/events/%', 'event_retrieve', '{}'),

	('GET', '/sandbox/faults', 'fault_list', '{}'),
	('POST', '/sandbox/faults', 'fault_add', '{do,method,path,customer,order_id,times,delay_ms,status,code,effect}'),
	('DELETE', '/sandbox/faults', 'fault_clear', '{customer}'),
	('GET', '/sandbox/webhooks', 'webhooks_count', '{customer}'),
	('PUT', '/sandbox/webhooks', 'webhooks_set', '{customer,mode,delay_ms,copies,shuffle}'),
	('DELETE', '/sandbox/webhooks', 'webhooks_reset', '{}'),
	('POST', '/sandbox/webhooks/release', 'webhooks_release', '{customer,shuffle,reverse}'),
	('POST', '/sandbox/events/%/resend', 'webhook_resend', '{}'),
	('POST', '/sandbox/challenges/%', 'challenge_control', '{approve}'),
	('GET', '/sandbox/charges', 'charges_tell', '{order_id,customer}'),
	('POST', '/sandbox/clock', 'clock_move', '{advance_s}'),
	('POST', '/sandbox/settle-refunds', 'refunds_settle_now', '{}'),
	('GET', '/challenge/%', 'challenge_show', '{}'),
	('POST', '/challenge/%', 'challenge_answer', '{outcome}')
) row (method, path, handler, params);

insert into card (name, brand, last4, behaviour, code, decline_code, message)
values
	('visa', 'visa', '4242', 'pays', null, null, null),
	('visa_debit', 'visa', '5556', 'pays', null, null, null),
	('mastercard', 'mastercard', '4444', 'pays', null, null, null),
	('amex', 'amex', '8431', 'pays', null, null, null),
	('discover', 'discover', '1117', 'pays', null, null, null),
	('chargeDeclined', 'visa', '0002', 'declines', 'card_declined', 'generic_decline', 'Your card was declined.'),
	('chargeDeclinedInsufficientFunds', 'visa', '9995', 'declines', 'card_declined', 'insufficient_funds', 'Your card has insufficient funds.'),
	('chargeDeclinedLostCard', 'visa', '9987', 'declines', 'card_declined', 'lost_card', 'Your card was declined.'),
	('chargeDeclinedStolenCard', 'visa', '9979', 'declines', 'card_declined', 'stolen_card', 'Your card was declined.'),
	('chargeDeclinedExpiredCard', 'visa', '0069', 'declines', 'expired_card', null, 'Your card has expired.'),
	('chargeDeclinedIncorrectCvc', 'visa', '0127', 'declines', 'incorrect_cvc', null, 'Your card''s security code is incorrect.'),
	('chargeDeclinedProcessingError', 'visa', '0119', 'declines', 'processing_error', null,
		'An error occurred while processing your card. Try again in a little bit.'),
	('chargeCustomerFail', 'visa', '0341', 'declines', 'card_declined', 'do_not_honor', 'Your card was declined.'),
	('authenticationRequired', 'visa', '3184', 'asks', null, null, null),
	('authenticationRequiredChargeDeclinedInsufficientFunds', 'visa', '3178', 'asks', 'card_declined', 'insufficient_funds',
		'Your card has insufficient funds.'),
	('authenticationDeclined', 'visa', '3184', 'declines', 'authentication_required', 'authentication_required',
		'Your card was declined. This transaction requires authentication.'),
	('authenticationRefused', 'visa', '3184', 'declines', 'payment_intent_authentication_failure', null,
		'We are unable to authenticate your payment method. Please choose a different payment method and try again.'),
	('captureFail', 'visa', '0259', 'capture_fails', null, null, null),
	('refundFail', 'visa', '5126', 'refund_fails', null, null, null),
	('pendingRefund', 'visa', '7726', 'refund_waits', null, null, null),
	('pendingRefundFail', 'visa', '7727', 'refund_waits_fails', null, null, null)
on conflict (name) do update set brand = excluded.brand, last4 = excluded.last4, behaviour = excluded.behaviour,
	code = excluded.code, decline_code = excluded.decline_code, message = excluded.message;

-- Runs the route's handler. Refusals become their answers.
create or replace function route_run(p_method text, p_path text, p_params jsonb, out status int, out body jsonb)
language plpgsql as $$
declare
	r route;
	unknown text;
	failure text;
begin
	select * into r from route
	where method = p_method and p_path like as_like and segments = array_length(string_to_array(p_path, '/'), 1)
	order by path like '%\%%' limit 1;
	if r.path is null then
		perform refuse(404, format('Unrecognized request URL (%s: %s). Please see https://stripe.com/docs.', p_method, p_path));
	end if;
	perform card_number_refuse(p_params);
	select key into unknown from jsonb_object_keys(p_params) key where key <> 'expand' and key <> all (r.params) limit 1;
	if found then
		perform refuse(400, format('Received unknown parameter: %s', unknown), 'parameter_unknown', unknown);
	end if;
	execute format('select %I($1, $2)', r.handler) into body
	using (string_to_array(p_path, '/'))[array_position(string_to_array(r.path, '/'), '%')], p_params;
	status := case when body ? 'error' then 402 else 200 end;
exception
	when sqlstate 'SB000' then
		get stacked diagnostics failure = pg_exception_detail;
		status := (failure::jsonb ->> 'status')::int;
		body := failure::jsonb - 'status';
end
$$;

create or replace function error_body(p_type text, p_message text, p_code text default null) returns jsonb
language sql immutable as $$
	select jsonb_build_object('error', jsonb_strip_nulls(jsonb_build_object('type', p_type, 'message', p_message, 'code', p_code)))
$$;

-- Whether a key remembers the answer: what failed before it began is forgotten.
create or replace function is_kept(p_status int, p_body jsonb) returns boolean
language sql immutable as $$
	select p_status in (200, 402) or p_status >= 500 or p_body #>> '{error,code}' in ('payment_intent_unexpected_state',
		'charge_already_refunded', 'charge_not_captured', 'amount_too_large')
$$;

-- Runs a request under its idempotency key: the first one's answer is every one's.
create or replace function keyed_run(p_method text, p_path text, p_params jsonb, p_key text, f fault, out status int, out body jsonb,
	out is_replayed boolean)
language plpgsql as $$
declare
	print text := md5(p_path || ' ' || p_params::text);
	known idempotency;
begin
	perform pg_advisory_xact_lock(hashtextextended(p_key, 0));
	delete from idempotency where key = p_key and created <= sandbox_now() - interval '24 h';
	select * into known from idempotency where key = p_key;
	is_replayed := known.fingerprint is not distinct from print;
	if known.fingerprint <> print then
		status := 400;
		body := error_body('idempotency_error', format('Keys for idempotent requests can only be used with the same parameters they '
			'were first used with. Try using a key other than ''%s'' if you meant to execute a different request.', p_key));
	elsif is_replayed then
		status := known.status;
		body := known.body;
	else
		if f.does is distinct from 'stored_error' or f.has_effect then
			select r.status, r.body into status, body from route_run(p_method, p_path, p_params) r;
		end if;
		if f.does = 'stored_error' then
			status := f.status;
			body := error_body('api_error', 'An unknown error occurred');
		end if;
		insert into idempotency (key, fingerprint, status, body, created)
		select p_key, print, status, body, sandbox_now() where is_kept(status, body);
	end if;
end
$$;

-- What a fault answers by itself.
create or replace function fault_answer(f fault, out status int, out body jsonb)
language sql immutable as $$
	select case f.does when 'rate_limit' then 429 else f.status end, case f.does
		when 'rate_limit' then error_body('invalid_request_error', 'Too many requests hit the API too quickly.', 'rate_limit')
		else error_body('api_error', 'An unknown error occurred') end
	where f.does in ('rate_limit', 'error', 'cut_before', 'refuse', 'delay_before')
$$;

/*
 * One request. p_params: the form's or the query's parameters, as text of a JSON object. p_is_repeated: the same once more, after
 * the fault delay_before was waited out. fault and delay_ms tell the program what to do to the connection; type and location are
 * the answer's headers.
 */
create or replace function call(p_method text, p_path text, p_params text, p_key text, p_url text, p_is_repeated text,
	out status int, out body text, out type text, out location text, out fault text, out delay_ms int, out is_replayed boolean)
language plpgsql as $$
declare
	params jsonb;
	answer jsonb;
	f fault;
	is_api boolean := starts_with(p_path, '/v1/');
begin
	params := p_params::jsonb;
	perform set_config('sandbox.url', p_url, true), set_config('sandbox.key', coalesce(p_key, ''), true),
		intents_expire(), refunds_settle(false);
	if is_api and p_is_repeated = 'false' then
		f := fault_take(p_method, p_path, params);
		fault := f.does;
		delay_ms := f.delay_ms;
	end if;
	perform set_config('sandbox.decline', case f.does when 'decline' then f.code else '' end, true),
		set_config('sandbox.is_blind', case f.does when 'blind' then 'yes' else '' end, true);
	select a.status, a.body into status, answer from fault_answer(f) a;
	if status is null and is_api and p_method = 'POST' and p_key is not null then
		select k.status, k.body, k.is_replayed into status, answer, is_replayed from keyed_run(p_method, p_path, params, p_key, f) k;
	elsif status is null then
		select r.status, r.body into status, answer from route_run(p_method, p_path, params) r;
	end if;
	is_replayed := coalesce(is_replayed, false);
	location := answer ->> 'location';
	status := case when location is not null then 303 else status end;
	type := case when answer ? 'html' then 'text/html; charset=utf-8' else 'application/json' end;
	body := coalesce(answer ->> 'html', answer::text);
exception
	when invalid_text_representation or invalid_parameter_value or untranslatable_character then
		status := 400;
		type := 'application/json';
		is_replayed := false;
		body := error_body('invalid_request_error', 'Invalid request: not a JSON object')::text;
end
$$;
