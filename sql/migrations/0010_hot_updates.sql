-- Room beside each row for its next version: an update that touches no indexed column and finds room writes no index.
set local role foodfast_owner;
alter table account.session set (fillfactor = 70);
alter table account.refresh_token set (fillfactor = 60); -- each is used once, and then told its successor
