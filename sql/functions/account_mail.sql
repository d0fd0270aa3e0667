-- Mail to people and the single-use tokens in it: confirming an e-mail address, a forgotten password. Tokens are made
-- by the programs (an HMAC of email_id); what is here knows their hashes alone.
-- To add a mail: a purpose (a migration), its text in workers/mail.c.
set local role foodfast_owner;
set local search_path = account, log, api, catalogue, ordering, public, pg_temp;

-- How long the token in a mail is good.
create or replace function email_life(purpose email_purpose) returns interval
language sql immutable
return case purpose when 'confirm' then interval '24 hours' when 'reset' then interval '1 hour' end;

-- Puts a mail into the outbox. Five of a kind an hour are enough for anybody: what is more goes to nobody, like a mail to
-- an unknown person (null), at the same cost.
create or replace function email_queue(p_user_id uuid, p_purpose email_purpose, p_id uuid, p_hash bytea default null) returns void
language plpgsql volatile as $$
declare
	recent bigint := (select count(*) from email
	                   where user_id = p_user_id and purpose = p_purpose and created_at > now() - interval '1 hour');
begin
	insert into email (email_id, user_id, purpose, token_hash, expires_at)
	values (p_id, case when recent < 5 then p_user_id end, p_purpose, p_hash, case when p_hash is not null then now() + email_life(p_purpose) end);
end
$$;

-- The mail whose token was shown, if it is good: not expired, and not used. Locked, so that of two at once one is late.
create or replace function email_of_token(p_hash bytea, p_purpose email_purpose) returns email
language plpgsql volatile as $$
declare
	mail email;
begin
	select * into mail from email
	 where token_hash = p_hash and purpose = p_purpose and user_id is not null
	   for update;
	if mail.used_at is not null or mail.expires_at > now() is not true then
		perform fail_field('link_invalid', '/token', 'This link is not good any more. Ask for a new one.');
	end if;
	return mail;
end
$$;

-- Sends the confirmation again.
create or replace function email_confirmation_create(p_session uuid, p_id uuid, p_hash bytea) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	me actor := actor(p_session);
begin
	if (select email_confirmed_at is not null from users where user_id = me.user_id) then
		perform fail(409, 'already_confirmed', 'Your e-mail address is confirmed already.');
	end if;
	perform email_queue(me.user_id, 'confirm', p_id, p_hash);
	return reply_commit(202, null, null);
end
$$;

create or replace function email_confirm(p_hash bytea) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	mail email := email_of_token(p_hash, 'confirm');
begin
	update email set used_at = now() where user_id = mail.user_id and purpose = 'confirm' and used_at is null;
	update users set email_confirmed_at = coalesce(email_confirmed_at, now()), updated_at = now() where user_id = mail.user_id;
	return reply_commit(204, null, user_updated(mail.user_id, '{email_confirmed}'));
end
$$;

-- Whether or not somebody has this e-mail: the same answer after the same work.
create or replace function password_forget(p_email text, p_id uuid, p_hash bytea) returns reply
language plpgsql volatile security definer set search_path from current as $$
begin
	perform email_queue((select user_id from users where email = lower(btrim(p_email))), 'reset', p_id, p_hash);
	return reply_commit(202, null, null);
end
$$;

-- The mail was read where it was sent to, so the address is confirmed too. All sessions end, whoever's they are, and no
-- other link to a new password is good.
create or replace function password_reset(p_hash bytea, p_password_hash text) returns reply
language plpgsql volatile security definer set search_path from current as $$
declare
	mail email := email_of_token(p_hash, 'reset');
begin
	update email set used_at = now() where user_id = mail.user_id and token_hash is not null and used_at is null;
	update users
	   set password_hash = p_password_hash, email_confirmed_at = coalesce(email_confirmed_at, now()), updated_at = now()
	 where user_id = mail.user_id;
	perform email_queue(mail.user_id, 'password_changed', uuid_v7());
	return reply_commit(204, null, user_updated(mail.user_id, '{password}'), hints => sessions_end(mail.user_id));
end
$$;

-- For the sender. Leases the mail that is due first; no row: nothing is due. A lease that runs out is another sender's turn.
create or replace function email_take(p_lease_ms int)
returns table (email_id uuid, lease uuid, purpose text, address text, created_at text)
language plpgsql volatile security definer set search_path from current as $$
begin
	delete from email where email.user_id is null and email.sent_at is null and email.run_at <= now();
	return query
	update email as due
	   set lease = gen_random_uuid(), run_at = now() + make_interval(secs => p_lease_ms / 1000.0), tries = tries + 1
	  from (select mail.email_id, users.email as address
	          from email as mail
	          join users using (user_id)
	         where mail.sent_at is null and mail.run_at <= now()
	         order by mail.run_at
	         limit 1
	           for update of mail skip locked) as first
	 where due.email_id = first.email_id
	returning due.email_id, due.lease, due.purpose::text, first.address::text, iso_time(due.created_at);
end
$$;

create or replace function email_sent(p_id uuid, p_lease uuid) returns void
language sql volatile security definer set search_path from current
begin atomic
	update email set sent_at = now(), lease = null where email_id = p_id and lease = p_lease;
end;
