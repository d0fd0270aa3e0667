-- Who may watch what is now told by functions of the same names that return rows; what returned something else goes first.
drop function if exists log.channels_resolve(account.actor, text[]);
drop function if exists log.may_watch(account.actor, text);
drop function if exists log.may_watch_order(account.actor, uuid);
