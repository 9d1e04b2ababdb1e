"""The tables of the sandbox WeChat."""

SCHEMA = """
create table if not exists code (value text primary key, openid text, expires integer, used integer);
create table if not exists token (value text primary key, expires integer);
create table if not exists pay_order (
    out_trade_no text primary key, request text, prepay_id text unique, prepaid_at integer, state text, total integer, currency text,
    description text, openid text, appid text, attach text, notify_url text, expires integer, created text,
    transaction_id text unique, paid integer, booked integer, success_time text, bank_type text);
create table if not exists refund (
    out_refund_no text primary key, request text, refund_id text unique, out_trade_no text, transaction_id text, status text,
    amount integer, total integer, reason text, notify_url text, created text, success_time text, due real);
create table if not exists notice (
    id text primary key, url text, event_type text, kind text, summary text, plaintext text, tries integer, due real, state text, at text);
"""
