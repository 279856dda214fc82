//! Who works in a unit, as columns hold it: averages as fractions, so that nothing is rounded.

use chassis::Failure;
use serde::{Deserialize, Serialize};

use crate::domain::Staff;
use crate::domain::exact::Exact;
use crate::domain::staff::{Average, HoursGroup};

/// A fraction, numerator first.
pub(super) type Fraction = (i64, i64);

/// The column `entry.staff`.
#[derive(Debug, Serialize, Deserialize)]
struct StaffColumn {
    /// Average heads of the employer.
    headcount: Option<Fraction>,
    /// Weekly hours and average heads of each group.
    groups: Vec<(Fraction, Fraction)>,
}

/// Staff as the column holds it.
pub(super) fn column(staff: &Staff) -> Result<serde_json::Value, Failure> {
    let groups = staff.groups.iter().map(|group| {
        Ok((
            fraction(group.weekly_hours)?,
            fraction(group.heads.heads())?,
        ))
    });
    let column = StaffColumn {
        headcount: staff
            .headcount
            .map(|heads| fraction(heads.heads()))
            .transpose()?,
        groups: groups.collect::<Result<_, Failure>>()?,
    };
    serde_json::to_value(column).map_err(Failure::internal)
}

/// Staff of the column.
pub(super) fn of_column(value: serde_json::Value) -> Result<Staff, Failure> {
    let column: StaffColumn = serde_json::from_value(value).map_err(Failure::internal)?;
    let groups = column.groups.into_iter().map(|(hours, heads)| {
        Ok(HoursGroup {
            weekly_hours: exact(hours)?,
            heads: Average::known(exact(heads)?),
        })
    });
    Ok(Staff {
        headcount: column
            .headcount
            .map(|heads| exact(heads).map(Average::known))
            .transpose()?,
        groups: groups.collect::<Result<_, Failure>>()?,
    })
}

/// A fraction of columns.
pub(super) fn fraction(value: Exact) -> Result<Fraction, Failure> {
    let part = |part: &i128| i64::try_from(*part).map_err(Failure::internal);
    Ok((part(value.numer())?, part(value.denom())?))
}

/// The fraction of columns.
pub(super) fn exact((numerator, denominator): Fraction) -> Result<Exact, Failure> {
    if denominator <= 0 {
        return Err(Failure::internal("a fraction without a denominator"));
    }
    Ok(Exact::new(numerator.into(), denominator.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_works_there_reads_back_exactly() {
        let staff = Staff {
            headcount: Some(Average::known(Exact::new(31, 6))),
            groups: vec![HoursGroup {
                weekly_hours: Exact::new(77, 2),
                heads: Average::known(Exact::new(67, 6)),
            }],
        };
        for staff in [staff, Staff::default()] {
            assert_eq!(of_column(column(&staff).unwrap()).unwrap(), staff);
        }
        assert!(exact((1, 0)).is_err());
    }
}
