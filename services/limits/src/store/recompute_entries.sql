-- An empty array costs the server as much as a full one, an absent one nothing.
select matricola, production_unit_code, scheme, cause, first_day, last_day, hours_hundredths,
       case when array_ndims(hours_weeks) > 0 then hours_weeks end as hours_weeks,
       case when array_ndims(hours_by_week) > 0 then hours_by_week end as hours_by_week,
       case when array_ndims(flags) > 0 then flags end as flags,
       zero_hours, working_days, used_dates,
       case when array_ndims(used_weeks) > 0 then used_weeks end as used_weeks,
       case when array_ndims(used_by_week) > 0 then used_by_week end as used_by_week
from entry
where (matricola, production_unit_code) > ($1, $2) and (matricola, production_unit_code) <= ($3, $4)
  -- Says nothing new, but the planner knows how much lies between two values of a column, and not between two rows: of a
  -- nation it guessed a quarter, and read the whole table for each batch.
  and matricola >= $1 and matricola <= $3
  and (state = 'AUTHORISED' or (state = 'RESERVED' and expires_at > $5))
