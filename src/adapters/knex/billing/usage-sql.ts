/** All that an account has: its buckets with their latest figures, its file systems with their open interval. */
export const RESOURCES = `
  select 'bucket' as kind, b.id, b.name, b.bucket_name, null as region, b.status,
         greatest(h.bytes, 0) as bytes, greatest(h.objects, 0) as objects, null::timestamptz as running_since
    from buckets b
    left join lateral (
      select bytes, objects from storage_hours where bucket_id = b.id order by hour desc limit 1
    ) h on true
   where b.account_id = :account
  union all
  select 'file_system', f.id, null, null, f.region, f.status, 0, 0, i.started_at
    from file_systems f
    left join file_system_intervals i on i.file_system_id = f.id and i.ended_at is null
   where f.account_id = :account and f.phase <> 'deleted'
   order by kind, id`;

/**
 * Byte-milliseconds by bucket and slot. A row of the meter is two stretches of time: from its hour to its last
 * moment, for which it has the integral, and from there to the next row, over which its bytes hold on. Most rows lie
 * in one slot. Where not, each stretch is spread evenly over the slots it touches: what lies before a slot's end less
 * what lies before its start, both rounded down, so that nothing is lost between slots. After a crash the meter may
 * be below nothing until the bucket is listed again: that is nobody's credit.
 */
export const STORED = `
  with asked as (select :edges::timestamptz[] as edges),
  rows as (
    select h.bucket_id, h.hour, h.last_at, greatest(h.byte_ms, 0) as byte_ms, greatest(h.bytes, 0) as bytes
      from buckets b
     cross join lateral (
       select * from storage_hours s
        where s.bucket_id = b.id and s.hour <= :start and s.hour < :until order by s.hour desc limit 1
     ) h
     where b.account_id = :account
    union all
    select bucket_id, hour, last_at, greatest(byte_ms, 0), greatest(bytes, 0)
      from storage_hours where account_id = :account and hour > :start and hour < :until
  ),
  held as (
    select *, greatest(last_at, lead(hour, 1, :until) over (partition by bucket_id order by hour)) as upto from rows
  ),
  placed as (
    select h.*, width_bucket(hour, a.edges) as first, width_bucket(upto, a.edges) as last from held h, asked a
  ),
  cut as (
    select bucket_id, began, ended, amount, extract(epoch from ended - began) as seconds,
           greatest(width_bucket(began, a.edges), 1) as first,
           least(width_bucket(ended, a.edges), cardinality(a.edges) - 1) as last
      from placed
     cross join asked a
     cross join lateral (values
       (hour, last_at, byte_ms), (last_at, upto, bytes * extract(epoch from upto - last_at) * 1000)
     ) as stretch (began, ended, amount)
     where placed.first < placed.last and began < ended and amount > 0
  ),
  spread as (
    select bucket_id, first as slot, byte_ms + bytes * extract(epoch from upto - last_at) * 1000 as amount
      from placed where first = last
    union all
    select c.bucket_id, slot,
           div(c.amount * extract(epoch from least(c.ended, a.edges[slot + 1]) - c.began), c.seconds)
           - div(c.amount * extract(epoch from greatest(c.began, a.edges[slot]) - c.began), c.seconds)
      from cut c
     cross join asked a
     cross join lateral generate_series(c.first, c.last) as slot
  )
  select bucket_id, slot - 1 as slot, trunc(sum(amount))::text as byte_ms
    from spread
   where slot between 1 and (select cardinality(edges) - 1 from asked)
   group by bucket_id, slot
  having sum(amount) > 0
   order by bucket_id, slot`;

/** Milliseconds by file system, slot, label and price. */
export const RAN = `
  with asked as (select :edges::timestamptz[] as edges),
  run as (
    select file_system_id, label, micros_per_hour,
           greatest(started_at, :start::timestamptz) as began, least(ended_at, :until::timestamptz) as ended
      from file_system_intervals
     where account_id = :account and started_at < :until and (ended_at is null or ended_at > :start)
  ),
  spread as (
    select r.file_system_id, r.label, r.micros_per_hour, slot,
           extract(epoch from least(r.ended, a.edges[slot + 1]) - greatest(r.began, a.edges[slot])) as seconds
      from run r
     cross join asked a
     cross join lateral generate_series(
       width_bucket(r.began, a.edges), least(width_bucket(r.ended, a.edges), cardinality(a.edges) - 1)
     ) as slot
  )
  select file_system_id, label, micros_per_hour, slot - 1 as slot, trunc(sum(seconds) * 1000)::text as ms
    from spread
   group by file_system_id, slot, label, micros_per_hour
  having sum(seconds) > 0
   order by file_system_id, slot, label collate "C", micros_per_hour`;
