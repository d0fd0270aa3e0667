-- The steps: what is wanted of the payment gateway, who has it in hand, and what came of it.
-- To add a kind: a row of step_kind (a migration), what is sent in step_prepare(), what an answer means in step_answered().
set local role foodfast_owner;
set local search_path = payment, ordering, log, api, account, catalogue, public, pg_temp;

-- How long to wait after so many tries: twice as long each time, up to five minutes, half of it at random, so that what
-- failed together does not come back together.
create or replace function step_backoff(tries int) returns interval
language sql volatile
return make_interval(secs => least(power(2, least(tries, 20)) * coalesce(nullif(current_setting('foodfast.payment_backoff_ms', true), ''), '1000')::float8 / 1000, 300)
	* (0.5 + random() / 2));

-- Wants a step. It goes behind those of its subject that are open.
create or replace function step_want(p_subject text, p_kind step_kind, p_about jsonb default '{}', p_operation text default null,
	p_object_id text default null, p_params jsonb default null, p_in interval default '0 s') returns void
language plpgsql volatile as $$
declare
	made uuid := uuid_v7();
begin
	insert into step (step_id, subject, kind, about, operation, object_id, params, key, run_at)
	values (made, p_subject, p_kind, p_about, p_operation, p_object_id, p_params, made::text, clock_timestamp() + p_in);
end
$$;

-- What steps of one subject do is decided under the lock of its row, before any other. False: somebody has it.
create or replace function step_subject_lock(p_subject text, p_wait boolean) returns boolean
language plpgsql volatile as $$
declare
	id uuid := split_part(p_subject, ':', 2)::uuid;
begin
	if p_subject like 'order:%' and p_wait then
		perform from orders where order_id = id for no key update;
	elsif p_subject like 'order:%' then
		perform from orders where order_id = id for no key update skip locked;
	elsif p_wait then
		perform from users where user_id = id for no key update;
	else
		perform from users where user_id = id for no key update skip locked;
	end if;
	return found;
end
$$;

-- Whether one that was wanted earlier has to be settled first, or one is at the gateway: what is asked meanwhile may be true
-- no longer when it is heard. To ask changes nothing, so an ask that still waits for its time holds nobody up.
create or replace function step_is_blocked(p_subject text, p_turn bigint) returns boolean
language sql stable
return exists (select from step
                where subject = p_subject and state = 'open'
                  and (turn < p_turn and (kind <> 'ask' or lease is not null) or turn > p_turn and leased_until > now()));

-- A query for each case, so that each has an index of its own. The times are variables for the planner's sake. What a
-- person waits for is run by the request that wants it; the worker, who asks for all, leaves it half a second's head start.
create or replace function step_due(p_subject text) returns setof step
language plpgsql stable as $$
declare
	moment timestamptz := clock_timestamp();
	head_start timestamptz := moment - interval '500 ms';
begin
	if p_subject is not null then
		return query
		select s.* from step as s
		 where s.state = 'open' and s.subject = p_subject and s.run_at <= moment
		   and (s.leased_until is null or s.leased_until <= moment) and not step_is_blocked(s.subject, s.turn)
		 order by s.turn limit 1;
	else
		return query
		select s.* from step as s
		 where s.state = 'open' and s.run_at <= moment
		   and (s.leased_until is null or s.leased_until <= moment) and not step_is_blocked(s.subject, s.turn)
		   and (s.tries > 0 or s.created_at <= head_start or s.kind not in ('authorize', 'customer', 'attach'))
		 order by s.run_at limit 20;
	end if;
end
$$;

-- Ends a step.
create or replace function step_end(p_step uuid, p_state step_state, p_error text default null) returns void
language sql volatile
begin atomic
	update step
	   set state = p_state, settled_at = clock_timestamp(), lease = null, leased_until = null,
	       last_error = coalesce(left(p_error, 200), last_error)
	 where step_id = p_step;
end;

-- Leases a step of a subject that is locked; null: somebody else has it, or there is nothing left to be done. A dozen tries
-- are a person's business, whatever has become of them: of one whose answer cannot be taken in, nothing is heard but that.
create or replace function step_lease(p_step uuid, p_lease_ms int) returns step
language plpgsql volatile as $$
declare
	moment timestamptz := clock_timestamp();
	s step;
begin
	select * into s
	  from step
	 where step_id = p_step and state = 'open' and run_at <= moment and (leased_until is null or leased_until <= moment)
	   for update skip locked;
	if not found then
		return null;
	end if;
	s := step_prepare(s);
	if s.operation is null then
		return null;
	end if;
	update step
	   set operation = s.operation, object_id = s.object_id, lease = gen_random_uuid(),
	       leased_until = moment + make_interval(secs => p_lease_ms / 1000.0),
	       tries = tries + 1, sends = sends + 1, first_sent_at = coalesce(first_sent_at, moment)
	 where step_id = p_step
	returning lease into s.lease;
	if s.tries = 12 then
		perform event_append(array[escalation('payment_stuck', step_order(s),
			format('%s has been tried a dozen times: %s', s.operation, coalesce(s.last_error, 'nothing was taken in')))]);
	end if;
	return s;
end
$$;

-- Leases the next step that is due, of that subject if one is named. No row: there is none. Steps that turn out to have
-- nothing to do are ended on the way, hence the second look.
create or replace function payment_step_take(p_subject text, p_lease_ms int)
returns table (step_id uuid, lease uuid, operation text, object_id text, params text, key text, subject text)
language plpgsql volatile security definer set search_path from current as $$
declare
	due step;
	s step;
begin
	for look in 1 .. 4 loop
		for due in select * from step_due(p_subject) loop
			continue when not step_subject_lock(due.subject, p_subject is not null);
			s := step_lease(due.step_id, p_lease_ms);
			continue when s.step_id is null;
			return query select s.step_id, s.lease, s.operation, s.object_id, s.params::text, s.key, s.subject;
			return;
		end loop;
		exit when not found;
	end loop;
end
$$;

-- What is to be sent, decided now. Without operation: nothing is, and the step has been ended.
create or replace function step_prepare(s step) returns step
language plpgsql volatile as $$
begin
	if s.kind in ('authorize', 'refund') then
		s := step_prepare_create(s);
	elsif s.kind = 'release' then
		s := release_prepare(s);
	elsif s.kind in ('attach', 'forget') then
		s := method_step_prepare(s);
	elsif s.kind = 'capture' and s.sends = 0 and exists (select from orders where order_id = step_order(s) and status = 'cancelled') then
		perform step_end(s.step_id, 'dropped'); -- it was under way when the order was cancelled, and surely never arrived
		s.operation := null;
	elsif s.kind <> 'ask' and s.first_sent_at < clock_timestamp() - interval '23 hours' then
		s.key := gen_random_uuid(); -- to capture, detach and the like changes nothing the second time
		update step set key = s.key, first_sent_at = null where step_id = s.step_id;
	end if;
	if s.operation ~ '\.(retrieve|list|search)$' then
		s.key := null;
	end if;
	return s;
end
$$;

-- What makes something goes out again under its key as long as the gateway knows the key; then it is asked for. What
-- surely never went out, for an order that no longer waits for it, is not sent at all.
create or replace function step_prepare_create(s step) returns step
language plpgsql volatile as $$
declare
	id uuid := split_part(s.subject, ':', 2)::uuid;
	n int := s.about ->> 'attempt';
begin
	if s.kind = 'authorize' and s.sends = 0 and not exists (
			select from orders join payment as p using (order_id)
			 where order_id = id and status = 'awaiting_payment' and p.deadline_at > now()) then
		update intent set status = 'canceled', updated_at = now() where order_id = id and attempt = n and status = 'new';
		perform step_end(s.step_id, 'dropped');
		s.operation := null;
		return s;
	end if;
	if s.first_sent_at < clock_timestamp() - interval '23 hours' and not s.is_searching then
		s.is_searching := true;
		update step set is_searching = true where step_id = s.step_id;
	end if;
	if s.is_searching and s.kind = 'authorize' then
		s.operation := 'payment_intent.search';
		s.params := jsonb_build_object('query', format('metadata[''order_id'']:''%s''', id), 'limit', 100);
	elsif s.is_searching then
		s.operation := 'refund.list';
		s.params := jsonb_build_object('payment_intent', s.params ->> 'payment_intent', 'limit', 100);
	else
		s.operation := case s.kind when 'authorize' then 'payment_intent.create' else 'refund.create' end;
	end if;
	return s;
end
$$;

-- Tries it again later. Before the gateway has it, a step costs nothing.
create or replace function step_postpone(s step, p_was_sent boolean, p_error text) returns new_event[]
language plpgsql volatile as $$
begin
	update step
	   set lease = null, leased_until = null, run_at = clock_timestamp() + step_backoff(tries - 1),
	       sends = sends - (not p_was_sent)::int,
	       first_sent_at = case when sends > 1 or p_was_sent then first_sent_at end,
	       last_error = left(p_error, 200)
	 where step_id = s.step_id;
	return '{}';
end
$$;

create or replace function step_order(s step) returns uuid
language sql immutable
return case when s.subject like 'order:%' then split_part(s.subject, ':', 2)::uuid end;

-- It may have happened or not. The same key again tells, unless the gateway keeps an error of its own for the key: after
-- three of them it is asked, or, where the second time changes nothing, told again under another key.
create or replace function step_unknown(s step, p_http_status int) returns new_event[]
language plpgsql volatile as $$
declare
	is_refusal boolean := coalesce(p_http_status, 0) >= 500;
begin
	if is_refusal and s.refusals >= 2 and s.kind in ('authorize', 'refund') then
		update step set is_searching = true, refusals = 0 where step_id = s.step_id;
	elsif is_refusal and s.refusals >= 2 then
		update step set key = gen_random_uuid()::text, refusals = 0 where step_id = s.step_id;
	else
		update step set refusals = case when is_refusal then refusals + 1 else 0 end where step_id = s.step_id;
	end if;
	return step_postpone(s, true, case when is_refusal then 'HTTP ' || p_http_status else 'no answer' end);
end
$$;

-- What a search brought. Found: that is the answer. Not found: a search lags behind, so it is asked several times over
-- minutes before it is sent anew; and after a day, when the gateway has forgotten the key, a person has to look.
create or replace function step_searched(s step, p_body jsonb) returns new_event[]
language plpgsql volatile as $$
declare
	name text := case s.kind when 'authorize' then 'attempt' else 'refund_id' end;
	found_object jsonb;
begin
	select object into found_object
	  from jsonb_array_elements(p_body -> 'data') as object
	 where object -> 'metadata' ->> name = s.about ->> name;
	if found then
		return step_answered(s, 200, found_object);
	elsif s.asks < 4 then
		update step
		   set asks = asks + 1, lease = null, leased_until = null, run_at = clock_timestamp() + step_backoff(asks + 3)
		 where step_id = s.step_id;
		return '{}';
	elsif s.first_sent_at < clock_timestamp() - interval '23 hours' then
		return step_give_up(s);
	end if;
	update step
	   set key = gen_random_uuid()::text, is_searching = false, refusals = 0, asks = 0, sends = 0, first_sent_at = null,
	       lease = null, leased_until = null, run_at = clock_timestamp()
	 where step_id = s.step_id;
	return '{}';
end
$$;

create or replace function step_give_up(s step) returns new_event[]
language plpgsql volatile as $$
begin
	perform step_end(s.step_id, 'given_up', 'unknown for a day');
	return array[escalation('payment_unknown', step_order(s), format('Nobody knows whether %s (key %s) happened: look at the gateway.', s.kind, s.key))]
		|| case s.kind when 'authorize' then intent_lost(s) when 'refund' then refund_lost(s) end;
end
$$;

-- What came of a step: 'answer', 'unknown' or 'unavailable'. One row with the hints to publish; none when the lease is
-- no longer the caller's: then nothing has changed.
create or replace function payment_step_settle(p_step uuid, p_lease uuid, p_outcome text, p_http_status int, p_body text)
returns table (hints text)
language plpgsql volatile security definer set search_path from current as $$
declare
	s step;
	events new_event[];
begin
	select * into s from step where step_id = p_step;
	if not found or not step_subject_lock(s.subject, true) then
		return;
	end if;
	select * into s from step where step_id = p_step and state = 'open' and lease = p_lease for update;
	if not found then
		return;
	elsif p_outcome = 'unavailable' then
		events := step_postpone(s, false, 'unavailable');
	elsif p_outcome = 'unknown' then
		events := step_unknown(s, p_http_status);
	elsif p_http_status in (401, 403, 409, 429) then
		events := step_postpone(s, true, 'HTTP ' || p_http_status);
	elsif s.is_searching and p_http_status >= 400 then
		events := step_postpone(s, true, 'HTTP ' || p_http_status); -- not to be told is not to be told that there is none
	elsif s.is_searching then
		events := step_searched(s, p_body::jsonb);
	else
		events := step_answered(s, p_http_status, p_body::jsonb);
	end if;
	return query
	select concat_ws(E'\n', case when exists (select from step where subject = s.subject and state = 'open') then wake_hint() end,
		case when cardinality(events) > 0 then event_append(events) end);
end
$$;

-- An answer that says what happened: the step is done, and its kind knows what that means.
create or replace function step_answered(s step, p_status int, p_body jsonb) returns new_event[]
language plpgsql volatile as $$
declare
	code text := coalesce(p_body #>> '{error,decline_code}', p_body #>> '{error,code}', p_body #>> '{error,type}');
begin
	perform step_end(s.step_id, 'done', case when p_status >= 400 then concat_ws(' ', 'HTTP ' || p_status, code) end);
	case s.kind
		when 'authorize' then return authorize_answered(s, p_status, p_body, code);
		when 'capture' then return capture_answered(s, p_status, p_body, code);
		when 'release' then return release_answered(s, p_status, p_body, code);
		when 'refund' then return refund_answered(s, p_status, p_body, code);
		when 'ask' then return ask_answered(s, p_status, p_body);
		else return method_step_answered(s, p_status, p_body, code);
	end case;
end
$$;

-- Rings the worker that runs steps (lib/wake.h).
create or replace function wake_hint() returns text
language sql immutable
return E'wake:payment\t1';

-- Until the next step or deadline; a second at most, for what a program that died left rings nobody.
create or replace function payment_steps_due_in_ms() returns int
language plpgsql stable security definer set search_path from current as $$
declare
	soon timestamptz := clock_timestamp() + interval '1 s';
	next_at timestamptz;
begin
	select least(
		(select min(greatest(s.run_at, s.leased_until)) from step as s
		  where s.state = 'open' and s.run_at <= soon and not step_is_blocked(s.subject, s.turn)),
		(select min(p.deadline_at) from orders join payment as p using (order_id) where status = 'awaiting_payment')) into next_at;
	return least(greatest(coalesce(ceil(extract(epoch from next_at - clock_timestamp()) * 1000), 1000), 0), 1000);
end
$$;
