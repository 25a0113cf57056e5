import type { Knex } from 'knex';

/** What sellers sell, to whom, and what of it is under way at their processors. */
export const billing = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table sellers (
      id uuid primary key,
      name text not null check (name <> '')
    );
    insert into sellers (id, name) values ('00000000-0000-7000-8000-000000000001', 'platform');

    create table customers (
      seller_id uuid not null references sellers,
      id uuid not null,
      version integer not null check (version > 0),
      payer_account_id uuid not null references accounts,
      processor_id text check (processor_id <> ''),
      created_at timestamptz not null,
      primary key (seller_id, id),
      -- The account first: whoever deletes one asks what it pays, whatever the seller.
      unique (payer_account_id, seller_id)
    );
    -- Partial, so that to bind one changes no key that a reference holds on to.
    create unique index customers_processor on customers (seller_id, processor_id) where processor_id is not null;
    create index customers_bound on customers (seller_id, id) where processor_id is not null;

    create table plans (
      seller_id uuid not null references sellers,
      id uuid not null,
      number bigint generated always as identity unique,
      version integer not null check (version > 0),
      catalogue text not null check (catalogue in ('training-pipes', 'datilio')),
      name text not null check (name <> ''),
      product_id text check (product_id <> ''),
      traits jsonb not null check (jsonb_typeof(traits) = 'object'),
      created_at timestamptz not null,
      updated_at timestamptz not null,
      primary key (seller_id, id),
      unique (seller_id, catalogue, name)
    );
    create index plans_catalogue on plans (seller_id, catalogue, id);

    create table plan_prices (
      seller_id uuid not null,
      id uuid not null,
      plan_id uuid not null,
      -- In the order in which they were written down.
      position bigint generated always as identity,
      processor_id text check (processor_id <> ''),
      amount bigint not null check (amount >= 0),
      currency text not null check (currency ~ '^[a-z]{3}$'),
      interval text not null check (interval in ('day', 'week', 'month', 'year')),
      interval_count integer not null check (interval_count > 0),
      active boolean not null,
      primary key (seller_id, id),
      unique (seller_id, processor_id),
      foreign key (seller_id, plan_id) references plans (seller_id, id)
    );
    create index plan_prices_plan on plan_prices (seller_id, plan_id, position);

    create table subscriptions (
      seller_id uuid not null,
      id uuid not null,
      number bigint generated always as identity unique,
      version integer not null check (version > 0),
      -- How often this version, or one before it, was found to stand as it is.
      confirmed integer not null default 0 check (confirmed >= 0),
      customer_id uuid not null,
      truth_source text not null check (truth_source in ('mirrored', 'derived', 'asserted')),
      status text not null
        check (status in ('pending', 'trialing', 'active', 'past_due', 'paused', 'on_hold', 'ended')),
      processor_id text check (processor_id <> ''),
      processor_status text check (processor_status <> ''),
      processor_price_id text check (processor_price_id <> ''),
      price_id uuid,
      cancel_at_period_end boolean not null,
      next_price_id uuid,
      period_start timestamptz not null,
      period_end timestamptz not null,
      started_at timestamptz not null,
      ended_at timestamptz,
      primary key (seller_id, id),
      foreign key (seller_id, customer_id) references customers (seller_id, id),
      foreign key (seller_id, price_id) references plan_prices (seller_id, id),
      foreign key (seller_id, next_price_id) references plan_prices (seller_id, id),
      check (num_nulls(processor_id, processor_status, processor_price_id) in (0, 3)),
      check (truth_source <> 'mirrored' or processor_id is not null),
      check (period_end >= period_start)
    );
    create unique index subscriptions_live on subscriptions (seller_id, customer_id)
      where status not in ('ended', 'pending');
    create unique index subscriptions_processor on subscriptions (seller_id, processor_id)
      where processor_id is not null;
    create index subscriptions_customer on subscriptions (seller_id, customer_id, started_at, id);

    create table billing_intents (
      seller_id uuid not null,
      id uuid not null,
      customer_id uuid not null,
      kind text not null
        check (kind in ('checkout', 'change_plan', 'change_plan_later', 'cancel', 'resume', 'end_surplus')),
      data jsonb not null check (jsonb_typeof(data) = 'object'),
      created_at timestamptz not null,
      state text not null check (state in ('open', 'done', 'failed')),
      outcome jsonb check (jsonb_typeof(outcome) = 'object'),
      settled_at timestamptz,
      primary key (seller_id, id),
      foreign key (seller_id, customer_id) references customers (seller_id, id),
      check ((state = 'open') = (settled_at is null)),
      check (state <> 'open' or outcome is null)
    );
    create unique index billing_intents_change on billing_intents (seller_id, customer_id)
      where state = 'open' and kind not in ('checkout', 'end_surplus');
    create index billing_intents_open on billing_intents (seller_id, customer_id, created_at, id)
      where state = 'open';

    -- Held while there is a lease_until; the lease of one who lives no more runs out.
    create table inbound_events (
      connection text not null check (connection <> ''),
      event_id text not null check (event_id <> ''),
      type text not null check (type <> ''),
      door text not null check (door <> ''),
      received_at timestamptz not null,
      epoch integer not null check (epoch > 0),
      lease_until timestamptz,
      done_at timestamptz,
      primary key (connection, event_id),
      check (done_at is null or lease_until is null)
    );
    create index inbound_events_done on inbound_events (done_at) where done_at is not null;

    create table reported_usage (
      seller_id uuid not null,
      line_id text collate "C" not null check (line_id <> ''),
      customer_id uuid not null,
      cents bigint not null check (cents >= 0),
      used_at timestamptz not null,
      intended_at timestamptz not null,
      reported_at timestamptz,
      primary key (seller_id, line_id),
      foreign key (seller_id, customer_id) references customers (seller_id, id)
    );
    create index reported_usage_waiting on reported_usage (seller_id, used_at, line_id) where reported_at is null;
  `);
};
