//! Where lines end.

use crate::face::Face;

/// The lines of a text within a width: broken at spaces, and within a word only when it is wider than a line. A line that a
/// space ended keeps it, so that the words are apart also for who does not see the break. There is always a line.
pub(crate) fn lines(text: &str, face: Face, size: i32, width: i32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let wide = face.width(word.trim_end_matches(' '), size);
        if used > 0 && used + wide > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if wide > width {
            used = broken(word, face, size, width, &mut lines, &mut line);
        } else {
            line.push_str(word);
            used += face.width(word, size);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Sets a word that is wider than a line, a letter at a time, and returns the width of the line that it leaves.
fn broken(
    word: &str,
    face: Face,
    size: i32,
    width: i32,
    lines: &mut Vec<String>,
    line: &mut String,
) -> i32 {
    let mut used = 0;
    for letter in word.chars() {
        let wide = face.width(letter.encode_utf8(&mut [0; 4]), size);
        if letter != ' ' && used > 0 && used + wide > width {
            lines.push(std::mem::take(line));
            used = 0;
        }
        line.push(letter);
        used += wide;
    }
    used
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(text: &str, width: i32) -> Vec<String> {
        lines(text, Face::Regular, 10_000, width)
    }

    #[test]
    fn lines_end_between_words() {
        assert_eq!(
            set("la domanda è accolta", 60_000),
            ["la domanda ", "è accolta"]
        );
        assert_eq!(set("breve", 60_000), ["breve"]);
        assert_eq!(set("", 60_000), [""]);
    }

    #[test]
    fn a_word_wider_than_the_line_is_broken() {
        let lines = set("un precipitevolissimevolmente", 40_000);
        assert_eq!(lines[0], "un ");
        assert!(lines.len() >= 4);
        assert_eq!(lines.concat(), "un precipitevolissimevolmente");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_wide(text in "[a-zàèìòù ]{0,200}", width in 20_000_i32..200_000) {
            let lines = set(&text, width);
            prop_assert_eq!(lines.concat(), text);
            for line in lines {
                prop_assert!(Face::Regular.width(line.trim_end(), 10_000) <= width, "{}", line);
            }
        }
    }
}
