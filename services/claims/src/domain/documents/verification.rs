//! The code by which anybody checks that an act is genuine (CLM-22).
//!
//! 120 random bits in 24 letters and a check letter, of an alphabet without letters that look like digits (that of
//! Crockford's base 32). The check letter makes the letters a code word over GF(32): one letter that is wrong, or any two
//! that changed places, are told apart from a code that nobody was given. Acts adopted before have codes of 16 letters and
//! digits, without a check.

/// Letters by value. No I, L, O: they are read as 1, 1 and 0; no U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code, the check letter included.
const LENGTH: usize = 25;
/// Letters of a group, as they are printed.
const GROUP: usize = 5;
/// Letters of the codes before.
const LENGTH_BEFORE: usize = 16;
/// Longest text that is looked at.
const LONGEST: usize = 64;

/// A code that can have been given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationCode(String);

/// A text that no act was ever given: a letter is wrong, missing or too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

impl VerificationCode {
    /// The code of 120 random bits.
    pub fn of(random: [u8; 15]) -> Self {
        let mut values: Vec<u8> = Vec::with_capacity(LENGTH);
        for five in random.chunks_exact(5) {
            let mut bits = five
                .iter()
                .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            let mut eight = [0_u8; 8];
            for value in eight.iter_mut().rev() {
                *value = u8::try_from(bits & 31).unwrap_or(0);
                bits >>= 5;
            }
            values.extend(eight);
        }
        values.push(times_alpha(remainder(&values)));
        let letters = values
            .into_iter()
            .map(|it| char::from(ALPHABET[usize::from(it)]));
        Self(letters.collect())
    }

    /// Reads a code as people write it: in groups or not, in small letters, with O for 0 and I or L for 1.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        if text.len() > LONGEST {
            return Err(Unreadable);
        }
        let letters: String = text
            .chars()
            .filter(|it| !it.is_whitespace() && !matches!(it, '-' | '–' | '.'))
            .flat_map(char::to_uppercase)
            .collect();
        if letters.chars().count() == LENGTH_BEFORE {
            let plain = letters
                .chars()
                .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
            return if plain {
                Ok(Self(letters))
            } else {
                Err(Unreadable)
            };
        }
        let values: Option<Vec<u8>> = letters.chars().map(value).collect();
        let values = values.filter(|it| it.len() == LENGTH && remainder(it) == 0);
        let letters = values.ok_or(Unreadable)?.into_iter();
        Ok(Self(
            letters
                .map(|it| char::from(ALPHABET[usize::from(it)]))
                .collect(),
        ))
    }

    /// The letters without groups, as they are kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<VerificationCode> for String {
    fn from(code: VerificationCode) -> Self {
        code.0
    }
}

/// A kept code in groups, as it is printed: `4T7RM-…`. Those of 16 letters are in groups of four.
pub fn grouped(code: &str) -> String {
    let group = if code.len() == LENGTH { GROUP } else { 4 };
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters
        .chunks(group)
        .map(|it| it.iter().collect())
        .collect();
    groups.join("-")
}

fn value(letter: char) -> Option<u8> {
    let letter = match letter {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|it| char::from(*it) == letter)?;
    u8::try_from(place).ok()
}

/// What is left of the letters as a polynomial, at the generator of the field: 0 for a code word.
fn remainder(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_alpha(sum) ^ value)
}

/// The product with the generator in GF(32) of x⁵ + x² + 1.
fn times_alpha(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 {
        doubled
    } else {
        doubled ^ 0b10_0101
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_written() {
        let code = VerificationCode::of(*b"fifteen bytes!!");
        let printed = grouped(code.as_str());
        assert_eq!((printed.len(), printed.matches('-').count()), (29, 4));
        for written in [
            printed.clone(),
            printed.to_lowercase(),
            printed.replace('-', " "),
            code.as_str().replace('0', "o").replace('1', "l"),
        ] {
            assert_eq!(
                VerificationCode::read(&written).as_ref(),
                Ok(&code),
                "{written}"
            );
        }
    }

    #[test]
    fn a_code_of_an_act_adopted_before_is_still_a_code() {
        let code = VerificationCode::read("zm85 gcd1 ft0c g8ca").unwrap();
        assert_eq!(code.as_str(), "ZM85GCD1FT0CG8CA");
        assert_eq!(grouped(code.as_str()), "ZM85-GCD1-FT0C-G8CA");
    }

    #[test]
    fn what_is_no_code_is_unreadable() {
        let long = "A".repeat(1_000);
        for text in [
            "",
            "ABC",
            "ZM85GCD1FT0CG8C?",
            "UUUUU-UUUUU-UUUUU-UUUUU-UUUUU",
            &long,
        ] {
            assert_eq!(VerificationCode::read(text), Err(Unreadable), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_letter_is_told(random: [u8; 15], place in 0_usize..LENGTH, other in 1_u8..32) {
            let mut letters = VerificationCode::of(random).0.into_bytes();
            let value = value(char::from(letters[place])).unwrap() ^ other;
            letters[place] = ALPHABET[usize::from(value)];
            let text = String::from_utf8(letters).unwrap();
            prop_assert_eq!(VerificationCode::read(&text), Err(Unreadable));
        }

        #[test]
        fn two_letters_that_changed_places_are_told(random: [u8; 15], one in 0_usize..LENGTH, other in 0_usize..LENGTH) {
            let mut letters = VerificationCode::of(random).0.into_bytes();
            prop_assume!(letters[one] != letters[other]);
            letters.swap(one, other);
            let text = String::from_utf8(letters).unwrap();
            prop_assert_eq!(VerificationCode::read(&text), Err(Unreadable));
        }

        #[test]
        fn every_code_is_read_back(random: [u8; 15]) {
            let code = VerificationCode::of(random);
            prop_assert_eq!(VerificationCode::read(&grouped(code.as_str())), Ok(code));
        }
    }
}
