"""The tables of the sandbox HIS. `ord` is the platform's order; the word itself is SQL's."""

SCHEMA = """
create table if not exists patient (
    id text primary key, name text, id_type text, id_no text, phone text, card_no text, sex text, birth_date text, insured integer);
create table if not exists slot (
    id text primary key, doctor text, date text, session text, starts text, ends text, places integer check (places >= 0), fee_fen integer);
create table if not exists appointment (
    id text primary key, patient text, doctor text, date text, session text, starts text, ends text, kind text, state text,
    fee_fen integer, slot text, plan text);
create table if not exists ticket (
    id integer primary key, appointment text, doctor text, date text, number text, place real, state text, ahead integer,
    beat integer);
create unique index if not exists one_ticket on ticket (appointment) where state <> 'void';
create table if not exists bill (
    id text primary key, appointment text, patient text, state text, total_fen integer, version integer, kind text, issued_at text,
    lines text, ord text, receipt text);
create table if not exists dispensing (appointment text primary key, bill text, state text, desk text, lines text);
create table if not exists ledger (
    id integer primary key, bill text, ord text, refund text, kind text, amount_fen integer,
    channel text, channel_no text, receipt text, at text);
create unique index if not exists one_refund on ledger (refund) where refund is not null;
create table if not exists request (number text primary key, content text, status integer, answer text);
create table if not exists stopped (doctor text primary key);
create table if not exists event (
    seq integer primary key, id text, type text, at text, campus text, patient text, appointment text, bill text, data text);
create table if not exists push (seq integer primary key, tries integer, due real, state text);
"""
