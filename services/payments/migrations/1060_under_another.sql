-- What was ordered or paid before a later decision on the claim counts against what that decision grants (PAY-6).

create view ordered_under_another as
select in_force.number, person_id, sum(line.hours)::bigint as hours
from authorisation as in_force
join authorisation as other on other.claim_id = in_force.claim_id and other.number <> in_force.number
join line on authorization_number = other.number and line.state in ('ORDERED', 'PAID') and type in ('0', '1')
where in_force.active
group by in_force.number, person_id;
comment on view ordered_under_another is 'By the number of a grant in force and by worker: hours ordered or paid under other numbers of its claim.';
