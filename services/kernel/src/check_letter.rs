//! The check letter of the codice fiscale, which is also the CIN of Italian IBANs (`claims.md` §2.1, §2.3).

/// Values of characters in odd positions, for 0–9 then A–Z.
const ODD: [u32; 36] = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6,
    8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/// The letter over upper-case alphanumerics, counted from position 1; `None` when another character occurs.
pub(crate) fn check_letter(text: &str) -> Option<u8> {
    let mut sum = 0;
    for (index, byte) in text.bytes().enumerate() {
        let (plain, odd) = match byte {
            b'0'..=b'9' => (byte - b'0', byte - b'0'),
            b'A'..=b'Z' => (byte - b'A', byte - b'A' + 10),
            _ => return None,
        };
        sum += if index % 2 == 0 {
            ODD[usize::from(odd)]
        } else {
            u32::from(plain)
        };
    }
    u8::try_from(sum % 26).ok().map(|letter| b'A' + letter)
}
