//! Distinct workers. They do not add up, and few of them could be recognised (`claims.md` DAS-3).

/// Persons below this number are not told.
const TOLD_FROM: i64 = 3;

/// How many persons there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Persons(i64);

impl Persons {
    /// So many.
    pub fn new(count: i64) -> Self {
        Self(count)
    }

    /// The number; `None` below 3.
    pub fn told(self) -> Option<i64> {
        (self.0 >= TOLD_FROM).then_some(self.0)
    }
}

/// Prints what may be told, such as `<3`.
impl std::fmt::Display for Persons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.told() {
            Some(count) => write!(f, "{count}"),
            None => write!(f, "<{TOLD_FROM}"),
        }
    }
}

/// Distinct workers of the lines that are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinePersons {
    /// Of lines received in the interval.
    pub received: Persons,
    /// Of lines ordered in the interval.
    pub ordered: Persons,
    /// Of lines paid in the interval.
    pub paid: Persons,
    /// Of lines rejected in the interval.
    pub rejected: Persons,
    /// Of lines in stock.
    pub stock: Persons,
    /// Of lines in stock, without any line that is paid for the same product: who waits for a first payment.
    pub first_payment_pending: Persons,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_three_persons_are_not_told() {
        let told: Vec<String> = [0, 1, 2, 3, 40]
            .into_iter()
            .map(|count| Persons::new(count).to_string())
            .collect();
        assert_eq!(told, ["<3", "<3", "<3", "3", "40"]);
        assert_eq!(Persons::new(2).told(), None);
    }
}
