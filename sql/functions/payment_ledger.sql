-- The books: double entry, append-only. What guards them is here too: they cannot be changed, they come to nothing,
-- and nothing is posted twice.
-- To post something else: its entries, by ledger_post(), in the transaction that makes it true.
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

create or replace function ledger_is_append_only() returns trigger
language plpgsql as $$
begin
	raise exception using errcode = 'restrict_violation', message = 'the ledger is append-only';
end
$$;

create or replace trigger append_only before update or delete or truncate on ledger_transaction
	for each statement execute function ledger_is_append_only();
create or replace trigger append_only before update or delete or truncate on ledger_entry
	for each statement execute function ledger_is_append_only();

create or replace function ledger_adds_up() returns trigger
language plpgsql security definer set search_path from current as $$
begin
	if (select coalesce(sum(amount), 0) <> 0 or count(*) < 2 from ledger_entry where transaction_id = new.transaction_id) then
		raise exception using errcode = 'check_violation', message = 'the entries of a ledger transaction come to nothing, and are two at least';
	end if;
	return null;
end
$$;

do $$
begin
	if not exists (select from pg_trigger where tgname = 'adds_up' and tgrelid = 'ledger_entry'::regclass) then
		create constraint trigger adds_up after insert on ledger_entry deferrable initially deferred
			for each row execute function ledger_adds_up();
		create constraint trigger adds_up after insert on ledger_transaction deferrable initially deferred
			for each row execute function ledger_adds_up();
	end if;
end
$$;

-- Posts a transaction. A second one under the same reference is an error: unique is what makes "once" true.
create or replace function ledger_post(p_reference text, o orders, p_entries jsonb) returns void
language plpgsql volatile as $$
declare
	made uuid := uuid_v7();
begin
	insert into ledger_transaction (transaction_id, reference, order_id, currency) values (made, p_reference, o.order_id, o.currency);
	insert into ledger_entry (transaction_id, account, amount)
	select made, account::ledger_account, amount::bigint
	  from jsonb_each_text(p_entries) as entry(account, amount)
	 where amount::bigint <> 0;
end
$$;

-- The gateway holds the money; it is for the food, its delivery and the tip.
create or replace function ledger_post_capture(o orders, p_attempt int, p_amount bigint) returns void
language plpgsql volatile as $$
declare
	is_all boolean := p_amount = o.total_price;
begin
	perform ledger_post(format('capture %s/%s', o.order_id, p_attempt), o, jsonb_build_object('gateway', p_amount,
		'food', case when is_all then -o.subtotal else 0 end, 'delivery', case when is_all then -o.delivery_fee else 0 end,
		'tips', case when is_all then -o.tip else 0 end, 'unallocated', case when is_all then 0 else -p_amount end));
end
$$;

create or replace function ledger_post_refund(o orders, r refund) returns void
language plpgsql volatile as $$
begin
	perform ledger_post('refund ' || r.refund_id, o, jsonb_build_object('gateway', -r.amount, 'refunds', r.amount));
end
$$;

create or replace function ledger_post_refund_return(o orders, r refund) returns void
language plpgsql volatile as $$
begin
	perform ledger_post('refund returned ' || r.refund_id, o, jsonb_build_object('gateway', r.amount, 'refunds', -r.amount));
end
$$;

-- What the books say that the gateway holds of an order.
create or replace function ledger_balance(p_order_id uuid) returns bigint
language sql stable
begin atomic
	select coalesce(sum(amount), 0)::bigint
	  from ledger_transaction
	  join ledger_entry using (transaction_id)
	 where order_id = p_order_id and account = 'gateway';
end;
