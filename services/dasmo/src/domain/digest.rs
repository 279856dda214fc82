//! The weekly digest as people read it: in plain text, and as a table.

use std::fmt::Write;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate};

use super::Language;

/// The Monday of a day's week (`claims.md` CAL-5).
pub fn week_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

/// When a mail comes, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// All figures, on Mondays.
    Weekly,
    /// After a night, the figures of offices where the stock began to grow or more of it is chronic.
    Alert,
}

impl Kind {
    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Weekly => "WEEKLY",
            Self::Alert => "ALERT",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(code: &str) -> Result<Self, UnknownKind> {
        [Self::Weekly, Self::Alert]
            .into_iter()
            .find(|kind| kind.code() == code)
            .ok_or(UnknownKind)
    }
}

/// The text names no kind of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not WEEKLY or ALERT")]
pub struct UnknownKind;

/// How an office stood in a picture, as far as alerts look at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watched {
    /// `GROWING` (`claims.md` DAS-2).
    pub growing: bool,
    /// `CHRONIC` cases or lines.
    pub chronic: i64,
}

impl Watched {
    /// What became worse since an earlier picture, in words; `None` when nothing did.
    pub fn worse_than(self, before: Self, language: Language) -> Option<String> {
        let began = self.growing && !before.growing;
        let more = (self.chronic - before.chronic).max(0);
        let mut told = Vec::new();
        if began {
            told.push(
                language
                    .choose("giacenza in crescita", "growing stock")
                    .to_owned(),
            );
        }
        if more > 0 {
            told.push(format!(
                "{} +{more}",
                language.choose("croniche", "chronic")
            ));
        }
        (!told.is_empty()).then(|| told.join(", "))
    }
}

/// A digest, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Language.
    pub language: Language,
    /// Subject of the mail, and heading.
    pub title: String,
    /// What the figures are of: names and values.
    pub about: Vec<(String, String)>,
    /// Said before everything else when the figures are not those of yesterday.
    pub warning: Option<String>,
    /// Heads of the columns.
    pub heads: Vec<String>,
    /// Rows under them, the total last.
    pub rows: Vec<Vec<String>>,
    /// Address of the same figures on the page.
    pub page: String,
    /// Address that ends the subscription.
    pub cancel: String,
}

impl Digest {
    fn see_page(&self) -> &'static str {
        self.language.choose(
            "Gli stessi dati nel cruscotto",
            "The same figures on the dashboard",
        )
    }

    fn see_cancel(&self) -> &'static str {
        self.language.choose(
            "Per non ricevere più questi messaggi",
            "To get these mails no more",
        )
    }

    /// As plain text: each row by its own lines, so that it reads well in any width and aloud.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.title);
        if let Some(warning) = &self.warning {
            let _ = write!(text, "{warning}\n\n");
        }
        for (name, value) in &self.about {
            let _ = writeln!(text, "{name}: {value}");
        }
        for row in &self.rows {
            let mut cells = row.iter().zip(&self.heads);
            if let Some((name, head)) = cells.next() {
                let _ = write!(text, "\n{head}: {name}\n");
            }
            for (cell, head) in cells {
                let _ = writeln!(text, "  {head}: {cell}");
            }
        }
        let _ = write!(
            text,
            "\n{}:\n{}\n\n{}:\n{}\n",
            self.see_page(),
            self.page,
            self.see_cancel(),
            self.cancel
        );
        text
    }

    /// As a page with a table.
    pub fn html(&self) -> String {
        let language = self.language.tag();
        let title = escaped(&self.title);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
             <body style=\"font-family: sans-serif; color: #17324d\"><h1 style=\"font-size: 1.4em\">{title}</h1>\n"
        );
        if let Some(warning) = &self.warning {
            let _ = writeln!(html, "<p><strong>{}</strong></p>", escaped(warning));
        }
        html.push_str("<p>");
        for (name, value) in &self.about {
            let _ = write!(html, "{}: {}<br>", escaped(name), escaped(value));
        }
        let _ = write!(
            html,
            "</p>\n<table border=\"1\" cellpadding=\"4\" style=\"border-collapse: collapse\"><caption>{title}</caption>\n<tr>"
        );
        for head in &self.heads {
            let _ = write!(html, "<th scope=\"col\">{}</th>", escaped(head));
        }
        html.push_str("</tr>\n");
        for row in &self.rows {
            html.push_str("<tr>");
            for (position, cell) in row.iter().enumerate() {
                let cell = escaped(cell);
                if position == 0 {
                    let _ = write!(html, "<th scope=\"row\" align=\"left\">{cell}</th>");
                } else {
                    let _ = write!(html, "<td align=\"right\">{cell}</td>");
                }
            }
            html.push_str("</tr>\n");
        }
        let link = |address: &str, words: &str| {
            format!(
                "<p><a href=\"{}\">{}</a></p>\n",
                escaped(address),
                escaped(words)
            )
        };
        html.push_str("</table>\n");
        html.push_str(&link(&self.page, self.see_page()));
        html.push_str(&link(&self.cancel, self.see_cancel()));
        html.push_str("</body></html>\n");
        html
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> Digest {
        Digest {
            language: Language::English,
            title: "DASMO – week".to_owned(),
            about: vec![("As of".to_owned(), "22/11/2026".to_owned())],
            warning: Some("Old figures".to_owned()),
            heads: ["Office", "Stock", "Workers"].map(str::to_owned).into(),
            rows: vec![
                ["490000", "5", "<3"].map(str::to_owned).into(),
                ["Total", "5", "<3"].map(str::to_owned).into(),
            ],
            page: "https://omnia.example.it/cruscotto?sede=490000&prodotto=CIGO".to_owned(),
            cancel: "https://omnia.example.it/x".to_owned(),
        }
    }

    #[test]
    fn an_office_is_told_of_when_it_became_worse_and_not_while_it_is_as_bad_as_before() {
        let stood = |growing, chronic| Watched { growing, chronic };
        let told = |now: Watched, before| now.worse_than(before, Language::English);
        let both = told(stood(true, 5), stood(false, 2)).unwrap();
        assert_eq!(both, "growing stock, chronic +3");
        assert_eq!(told(stood(true, 5), stood(true, 5)), None);
        assert_eq!(told(stood(false, 4), stood(true, 5)), None, "better");
        let first = told(stood(false, 1), Watched::default()).unwrap();
        assert_eq!(first, "chronic +1");
    }

    #[test]
    fn a_week_begins_on_monday() {
        let monday: NaiveDate = "2026-11-23".parse().unwrap();
        assert_eq!(week_of(monday), monday);
        assert_eq!(week_of("2026-11-29".parse().unwrap()), monday);
        assert_eq!(
            week_of("2026-11-22".parse().unwrap()),
            "2026-11-16".parse::<NaiveDate>().unwrap()
        );
    }

    #[test]
    fn plain_text_tells_every_figure_with_its_name() {
        let text = digest().text();
        assert!(text.contains("Old figures"));
        assert!(text.contains("Office: 490000\n  Stock: 5\n  Workers: <3\n"));
        assert!(text.contains("Office: Total"));
        assert!(text.ends_with("https://omnia.example.it/x\n"));
    }

    #[test]
    fn what_is_told_is_never_taken_for_markup() {
        let html = digest().html();
        assert!(html.contains("<td align=\"right\">&lt;3</td>"));
        assert!(html.contains("sede=490000&amp;prodotto=CIGO"));
        assert_eq!(html.matches("<tr>").count(), 3);
    }
}
