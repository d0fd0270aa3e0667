-- The sandbox's objects as Stripe shows them, the refusals, and the calls on customers and payment methods.

create or replace function sandbox_now() returns timestamptz
language sql stable as $$
	select clock_timestamp() + clock_offset from setting
$$;

create or replace function new_id(p_prefix text) returns text
language sql volatile as $$
	select p_prefix || '_' || left(replace(gen_random_uuid()::text, '-', ''), 24)
$$;

create or replace function unix(p_at timestamptz) returns bigint
language sql immutable as $$
	select floor(extract(epoch from p_at))::bigint
$$;

-- Refuses the request: nothing of it stays.
create or replace function refuse(p_status int, p_message text, p_code text default null, p_param text default null,
	p_members jsonb default '{}') returns void
language plpgsql as $$
begin
	raise exception using errcode = 'SB000', message = p_message, detail = jsonb_build_object('status', p_status,
		'error', jsonb_strip_nulls(jsonb_build_object('type', 'invalid_request_error', 'message', p_message,
			'code', p_code, 'param', p_param)) || p_members)::text;
end
$$;

create or replace function refuse_missing(p_what text, p_id text, p_param text, p_status int default 404) returns void
language sql as $$
	select refuse(p_status, format('No such %s: ''%s''', p_what, p_id), 'resource_missing', p_param)
$$;

-- Parameters

create or replace function param_text(p_params jsonb, p_name text) returns text
language plpgsql stable as $$
begin
	if jsonb_typeof(p_params -> p_name) in ('object', 'array') then
		perform refuse(400, format('Invalid string: %s', p_params -> p_name), p_param => p_name);
	end if;
	return nullif(p_params ->> p_name, '');
end
$$;

create or replace function param_required(p_params jsonb, p_name text) returns text
language plpgsql stable as $$
begin
	if param_text(p_params, p_name) is null then
		perform refuse(400, format('Missing required param: %s.', p_name), 'parameter_missing', p_name);
	end if;
	return p_params ->> p_name;
end
$$;

create or replace function param_int(p_params jsonb, p_name text, p_min bigint, p_max bigint) returns bigint
language plpgsql stable as $$
declare
	value text := param_text(p_params, p_name);
begin
	if value !~ '^-?[0-9]{1,15}$' then
		perform refuse(400, format('Invalid integer: %s', value), 'parameter_invalid_integer', p_name);
	end if;
	if value::bigint < p_min then
		perform refuse(400, format('This value must be greater than or equal to %s.', p_min), 'parameter_invalid_integer', p_name);
	end if;
	if value::bigint > p_max then
		perform refuse(400, format('This value must be less than or equal to %s.', p_max), 'parameter_invalid_integer', p_name);
	end if;
	return value::bigint;
end
$$;

create or replace function param_bool(p_params jsonb, p_name text) returns boolean
language plpgsql stable as $$
declare
	value text := param_text(p_params, p_name);
begin
	if value not in ('true', 'false') then
		perform refuse(400, format('Invalid boolean: %s', value), p_param => p_name);
	end if;
	return coalesce(value = 'true', false);
end
$$;

create or replace function param_choice(p_params jsonb, p_name text, p_choices text[]) returns text
language plpgsql stable as $$
declare
	value text := param_text(p_params, p_name);
begin
	if value <> all (p_choices) then
		perform refuse(400, format('Invalid %s: must be one of %s', p_name, array_to_string(p_choices, ', ')), p_param => p_name);
	end if;
	return value;
end
$$;

-- OLD with what the request sets; an empty value takes a key away.
create or replace function metadata_set(p_old jsonb, p_params jsonb) returns jsonb
language plpgsql stable as $$
declare
	new jsonb := coalesce(p_params -> 'metadata', '{}');
begin
	if new = '""' then
		return '{}';
	end if;
	if jsonb_typeof(new) <> 'object' then
		perform refuse(400, 'Invalid object', p_param => 'metadata');
	end if;
	return coalesce((select jsonb_object_agg(key, value) from jsonb_each_text(p_old || new) where value <> ''), '{}');
end
$$;

-- A list as Stripe pages it. ITEMS, one more than the limit of them, come in order.
create or replace function list_of(p_url text, p_items jsonb, p_limit int) returns jsonb
language sql immutable as $$
	select jsonb_build_object('object', 'list', 'url', p_url, 'has_more', jsonb_array_length(p_items) > p_limit,
		'data', jsonb_path_query_array(p_items, '$[0 to $n]', jsonb_build_object('n', p_limit - 1)))
$$;

create or replace function list_limit(p_params jsonb) returns int
language sql stable as $$
	select coalesce(param_int(p_params, 'limit', 1, 100), 10)::int
$$;

-- Whether AT is in the range that ?created= or ?created[gte]= … asks for.
create or replace function is_created_in(p_at timestamptz, p_params jsonb) returns boolean
language sql stable as $$
	select case jsonb_typeof(p_params -> 'created')
		when 'object' then unix(p_at) >= coalesce(param_int(p_params -> 'created', 'gte', 0, 1e12::bigint), 0)
			and unix(p_at) > coalesce(param_int(p_params -> 'created', 'gt', 0, 1e12::bigint), -1)
			and unix(p_at) <= coalesce(param_int(p_params -> 'created', 'lte', 0, 1e12::bigint), 1e12::bigint)
			and unix(p_at) < coalesce(param_int(p_params -> 'created', 'lt', 0, 1e12::bigint), 1e12::bigint)
		else unix(p_at) = coalesce(param_int(p_params, 'created', 0, 1e12::bigint), unix(p_at)) end
$$;

-- Objects

create or replace function customer_json(c customer) returns jsonb
language sql stable as $$
	select case when c.is_deleted then jsonb_build_object('id', c.id, 'object', 'customer', 'deleted', true)
		else jsonb_build_object('id', c.id, 'object', 'customer', 'address', null, 'balance', 0, 'created', unix(c.created),
			'currency', null, 'default_source', null, 'delinquent', false, 'description', c.description, 'discount', null,
			'email', c.email, 'invoice_settings', '{"custom_fields": null, "default_payment_method": null, "footer": null}'::jsonb,
			'livemode', false, 'metadata', c.metadata, 'name', c.name, 'phone', c.phone, 'preferred_locales', '[]'::jsonb,
			'shipping', null, 'tax_exempt', 'none') end
$$;

create or replace function card_json(p_card text, p_created timestamptz) returns jsonb
language sql stable as $$
	select jsonb_build_object('brand', brand, 'display_brand', brand, 'country', 'US', 'funding', 'credit', 'last4', last4,
		'exp_month', extract(month from p_created)::int, 'exp_year', extract(year from p_created)::int + 1,
		'fingerprint', left(md5(name), 16), 'checks', '{"address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass"}'::jsonb)
	from card where name = p_card
$$;

create or replace function method_json(m method) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', m.id, 'object', 'payment_method', 'type', 'card', 'card', card_json(m.card, m.created),
		'billing_details', m.billing_details, 'customer', m.customer, 'created', unix(m.created), 'livemode', false,
		'metadata', m.metadata)
$$;

-- What was given back of an intent; a refund that failed has come back.
create or replace function refunded_of(p_intent text) returns bigint
language sql stable as $$
	select coalesce(sum(amount), 0)::bigint from refund where intent = p_intent and status <> 'failed'
$$;

create or replace function charge_json(c charge, i intent) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', c.id, 'object', 'charge', 'amount', i.amount,
		'amount_captured', case when c.is_declined then 0 else i.captured end,
		'amount_refunded', case when c.is_declined then 0 else refunded_of(i.id) end,
		'captured', not c.is_declined and i.captured > 0, 'created', unix(c.created), 'currency', i.currency,
		'customer', i.customer, 'description', i.description, 'failure_code', c.code, 'failure_message', c.message,
		'livemode', false, 'metadata', i.metadata, 'paid', not c.is_declined, 'payment_intent', i.id,
		'payment_method', c.method, 'payment_method_details',
		jsonb_build_object('type', 'card', 'card', (select card_json(m.card, m.created) from method m where m.id = c.method)),
		'refunded', not c.is_declined and i.captured > 0 and refunded_of(i.id) >= i.captured,
		'status', case when c.is_declined then 'failed' else 'succeeded' end)
$$;

create or replace function intent_json(i intent, p_params jsonb default '{}') returns jsonb
language sql stable as $$
	select jsonb_build_object('id', i.id, 'object', 'payment_intent', 'amount', i.amount,
		'amount_capturable', case i.status when 'requires_capture' then i.amount else 0 end,
		'amount_details', '{"tip": {}}'::jsonb, 'amount_received', i.captured, 'canceled_at', unix(i.canceled_at),
		'cancellation_reason', i.cancellation_reason, 'capture_method', i.capture_method, 'client_secret', i.secret,
		'confirmation_method', 'automatic', 'created', unix(i.created), 'currency', i.currency, 'customer', i.customer,
		'description', i.description, 'last_payment_error', i.last_error, 'latest_charge',
		case when p_params -> 'expand' ? 'latest_charge' then (select charge_json(c, i) from charge c where c.id = i.charge)
			else to_jsonb(i.charge) end,
		'livemode', false, 'metadata', i.metadata, 'next_action', i.next_action, 'payment_method', i.method,
		'payment_method_options', '{}'::jsonb)
		|| jsonb_build_object('payment_method_types', '["card"]'::jsonb, 'processing', null, 'receipt_email', i.receipt_email,
		'setup_future_usage', null, 'shipping', null, 'status', i.status)
$$;

create or replace function refund_json(r refund, i intent) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', r.id, 'object', 'refund', 'amount', r.amount, 'charge', i.charge, 'created', unix(r.created),
		'currency', i.currency, 'metadata', r.metadata, 'payment_intent', r.intent, 'reason', r.reason, 'status', r.status)
		|| case r.status when 'failed' then '{"failure_reason": "expired_or_canceled_card"}'::jsonb else '{}' end
$$;

-- Customers

create or replace function customer_find(p_id text, p_status int default 404, p_param text default 'id') returns customer
language plpgsql stable as $$
declare
	c customer;
begin
	select * into c from customer where id = p_id;
	if c.id is null or c.is_deleted and p_status = 400 then
		perform refuse_missing('customer', p_id, p_param, p_status);
	end if;
	return c;
end
$$;

create or replace function customer_create(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	c customer;
begin
	insert into customer (id, name, email, phone, description, metadata, created)
	values (new_id('cus'), param_text(p_params, 'name'), param_text(p_params, 'email'), param_text(p_params, 'phone'),
		param_text(p_params, 'description'), metadata_set('{}', p_params), sandbox_now())
	returning * into c;
	return customer_json(c);
end
$$;

create or replace function customer_retrieve(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select customer_json(customer_find(p_id))
$$;

create or replace function customer_update(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	c customer := customer_find(p_id);
begin
	if c.is_deleted then
		perform refuse_missing('customer', p_id, 'id');
	end if;
	update customer set name = case when p_params ? 'name' then param_text(p_params, 'name') else name end,
		email = case when p_params ? 'email' then param_text(p_params, 'email') else email end,
		phone = case when p_params ? 'phone' then param_text(p_params, 'phone') else phone end,
		description = case when p_params ? 'description' then param_text(p_params, 'description') else description end,
		metadata = metadata_set(metadata, p_params)
	where id = p_id returning * into c;
	return customer_json(c);
end
$$;

-- Erases the person, and takes the cards away; payments stay.
create or replace function customer_delete(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	c customer := customer_find(p_id);
begin
	if c.is_deleted then
		perform refuse_missing('customer', p_id, 'id');
	end if;
	update method set customer = null where customer = p_id;
	update customer set is_deleted = true, name = null, email = null, phone = null, description = null, metadata = '{}'
	where id = p_id returning * into c;
	return customer_json(c);
end
$$;

create or replace function customer_list(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select list_of('/v1/customers', coalesce(jsonb_agg(customer_json(c) order by c.n desc), '[]'), list_limit(p_params))
	from (select * from customer
		where not is_deleted and coalesce(email, '') = coalesce(param_text(p_params, 'email'), email, '') and is_created_in(created, p_params)
			and n < coalesce((select n from customer where id = param_text(p_params, 'starting_after')), 1e18::bigint)
		order by n desc limit list_limit(p_params) + 1) c
$$;

-- Payment methods

-- A card number in a request is refused before anything is kept of it.
create or replace function card_number_refuse(p_params jsonb) returns void
language plpgsql stable as $$
begin
	if p_params #> '{card,number}' is not null or p_params #> '{payment_method_data,card,number}' is not null
		or p_params #> '{source,number}' is not null then
		perform refuse(402, 'Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test '
			'tokens that map to the test card you are using, see https://stripe.com/docs/testing.');
	end if;
end
$$;

-- The card that the token pm_card_NAME or tok_NAME stands for; null: no such token.
create or replace function token_card(p_token text) returns text
language sql stable as $$
	select name from card
	where p_token ~ '^(pm_card|tok)_' and name = regexp_replace(regexp_replace(p_token, '^(pm_card|tok)_', ''), '^visa_(?=charge)', '')
$$;

create or replace function method_make(p_card text, p_params jsonb) returns method
language sql as $$
	insert into method (id, card, billing_details, metadata, created)
	values (new_id('pm'), p_card, '{"address": {"city": null, "country": null, "line1": null, "line2": null, "postal_code": null,
		"state": null}, "email": null, "name": null, "phone": null}'::jsonb || coalesce(p_params -> 'billing_details', '{}'),
		metadata_set('{}', p_params), sandbox_now())
	returning *
$$;

-- The payment method ID; a token makes a new one.
create or replace function method_find(p_id text, p_param text, p_status int) returns method
language plpgsql as $$
declare
	m method;
begin
	if token_card(p_id) is not null then
		return method_make(token_card(p_id), '{}');
	end if;
	select * into m from method where id = p_id for update;
	if m.id is null then
		perform refuse_missing('PaymentMethod', p_id, p_param, p_status);
	end if;
	return m;
end
$$;

create or replace function method_create(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	token text := p_params #>> '{card,token}';
begin
	if param_required(p_params, 'type') <> 'card' then
		perform refuse(400, 'Invalid type: the sandbox knows cards alone', p_param => 'type');
	end if;
	if token is null then
		perform refuse(400, 'Missing required param: card[token].', 'parameter_missing', 'card[token]');
	end if;
	if token_card(token) is null then
		perform refuse_missing('token', token, 'card[token]', 400);
	end if;
	return method_json(method_make(token_card(token), p_params));
end
$$;

create or replace function method_retrieve(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select method_json(method_find(p_id, 'payment_method', 404))
$$;

create or replace function method_update(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	m method := method_find(p_id, 'payment_method', 404);
begin
	update method set metadata = metadata_set(metadata, p_params),
		billing_details = billing_details || coalesce(p_params -> 'billing_details', '{}')
	where id = m.id returning * into m;
	return method_json(m);
end
$$;

-- Unlike Stripe, any test card can be attached: the charge is what is declined.
create or replace function method_attach(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	c customer := customer_find(param_required(p_params, 'customer'), 400, 'customer');
	m method := method_find(p_id, 'payment_method', 404);
	declined text := nullif(current_setting('sandbox.decline', true), '');
begin
	if declined is not null then
		return card_error(declined, null, null);
	end if;
	if m.customer <> c.id then
		perform refuse(400, 'The payment method you provided has already been attached to a customer.');
	end if;
	if m.was_attached and m.customer is null then
		perform refuse(400, 'This PaymentMethod was previously used without being attached to a Customer or was detached from a '
			'Customer, and may not be used again.');
	end if;
	update method set customer = c.id, was_attached = true where id = m.id returning * into m;
	return method_json(m);
end
$$;

create or replace function method_detach(p_id text, p_params jsonb) returns jsonb
language plpgsql as $$
declare
	m method := method_find(p_id, 'payment_method', 404);
begin
	if m.customer is null then
		perform refuse(400, 'The payment method you provided is not attached to a customer so detachment is impossible.');
	end if;
	update method set customer = null where id = m.id returning * into m;
	return method_json(m);
end
$$;

create or replace function method_list_of(p_customer text, p_url text, p_params jsonb) returns jsonb
language sql as $$
	select list_of(p_url, coalesce(jsonb_agg(method_json(m) order by m.n desc), '[]'), list_limit(p_params))
	from (select * from method
		where customer = p_customer
			and n < coalesce((select n from method where id = param_text(p_params, 'starting_after')), 1e18::bigint)
		order by n desc limit list_limit(p_params) + 1) m
$$;

create or replace function method_list(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select method_list_of((customer_find(param_required(p_params, 'customer'), 400, 'customer')).id, '/v1/payment_methods', p_params)
$$;

create or replace function customer_methods(p_id text, p_params jsonb) returns jsonb
language sql as $$
	select method_list_of((customer_find(p_id)).id, format('/v1/customers/%s/payment_methods', p_id), p_params)
$$;
