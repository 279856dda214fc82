//! What the bank answers: pain.002 (status of orders) and camt.054 (notifications of what was booked), read for what they say
//! of each end-to-end id.

use chrono::NaiveDate;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::order::Outcome;

/// What a file says of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// End-to-end id.
    pub end_to_end_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Reason code of ISO 20022, such as `AC04`; empty without one.
    pub reason: String,
    /// Day of it; `None` when the file does not say.
    pub on: Option<NaiveDate>,
}

/// A file that is neither, or is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a pain.002 or a camt.054 in UTF-8, without a DTD")]
pub struct NotAnAnswer;

/// Reads a file.
pub fn read(file: &[u8]) -> Result<Vec<Answer>, NotAnAnswer> {
    let mut reader = Reader::from_reader(file);
    reader.config_mut().trim_text(true);
    let mut state = State::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader
            .read_event_into(&mut buffer)
            .map_err(|_| NotAnAnswer)?
        {
            Event::Start(start) => {
                let local = start.local_name();
                let name = std::str::from_utf8(local.as_ref()).map_err(|_| NotAnAnswer)?;
                state.open(name);
            }
            Event::End(_) => state.close(),
            Event::Text(text) => state.text(&text.decode().map_err(|_| NotAnAnswer)?),
            Event::DocType(_) => return Err(NotAnAnswer),
            Event::Eof => break,
            _ => {}
        }
    }
    if state.path.is_empty() && state.is_answer {
        Ok(state.answers)
    } else {
        Err(NotAnAnswer)
    }
}

/// One order while it is read, and what holds for all of its group.
#[derive(Debug, Clone, Default)]
struct Found {
    end_to_end_id: String,
    status: String,
    reason: String,
    returned: bool,
    on: Option<NaiveDate>,
}

#[derive(Default)]
struct State {
    path: Vec<String>,
    is_answer: bool,
    /// Of the entry of a camt.054: credit or debit, booked or not, its day.
    entry_credit: bool,
    entry_booked: bool,
    entry_on: Option<NaiveDate>,
    one: Found,
    answers: Vec<Answer>,
}

impl State {
    fn open(&mut self, name: &str) {
        match name {
            "CstmrPmtStsRpt" | "BkToCstmrDbtCdtNtfctn" => self.is_answer = true,
            "Ntry" => {
                self.entry_credit = false;
                self.entry_booked = false;
                self.entry_on = None;
            }
            "TxInfAndSts" | "TxDtls" => self.one = Found::default(),
            "RtrInf" => self.one.returned = true,
            _ => {}
        }
        self.path.push(name.to_owned());
    }

    fn text(&mut self, text: &str) {
        let text = text.trim();
        let mut inner = self.path.iter().rev().map(String::as_str);
        let (here, parent) = (inner.next().unwrap_or(""), inner.next().unwrap_or(""));
        match (parent, here) {
            (_, "OrgnlEndToEndId" | "EndToEndId") => text.clone_into(&mut self.one.end_to_end_id),
            (_, "TxSts") => text.clone_into(&mut self.one.status),
            ("Rsn", "Cd") => text.clone_into(&mut self.one.reason),
            ("Ntry", "CdtDbtInd") => self.entry_credit = text == "CRDT",
            ("Ntry", "Sts") | ("Sts", "Cd") => self.entry_booked = text == "BOOK",
            ("BookgDt", "Dt") => self.entry_on = text.parse().ok(),
            ("AccptncDtTm", _) | (_, "AccptncDtTm") => {
                self.one.on = text.get(..10).and_then(|day| day.parse().ok());
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        match self.path.pop().as_deref() {
            Some("TxInfAndSts") => {
                let outcome = match self.one.status.as_str() {
                    "ACSC" | "ACCC" => Outcome::Paid,
                    "RJCT" => Outcome::Returned,
                    "PDNG" => Outcome::Unknown,
                    _ => Outcome::Accepted,
                };
                self.answer(outcome, self.one.on);
            }
            Some("TxDtls") if self.entry_booked => {
                let outcome = if self.entry_credit || self.one.returned {
                    Outcome::Returned
                } else {
                    Outcome::Paid
                };
                self.answer(outcome, self.entry_on);
            }
            _ => {}
        }
    }

    fn answer(&mut self, outcome: Outcome, on: Option<NaiveDate>) {
        let one = std::mem::take(&mut self.one);
        if !one.end_to_end_id.is_empty() {
            self.answers.push(Answer {
                end_to_end_id: one.end_to_end_id,
                outcome,
                reason: one.reason,
                on,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::samples::day;

    fn pain002(transactions: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt>\
             <OrgnlPmtInfAndSts>{transactions}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
        )
    }

    fn status(id: &str, status: &str, reason: &str) -> String {
        format!(
            "<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{status}</TxSts><StsRsnInf><Rsn>\
             <Cd>{reason}</Cd></Rsn></StsRsnInf><AccptncDtTm>2026-10-30T10:00:00Z</AccptncDtTm></TxInfAndSts>"
        )
    }

    fn entry(id: &str, way: &str, status: &str) -> String {
        format!(
            "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>\
             <BookgDt><Dt>2026-10-31</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs>\
             </TxDtls></NtryDtls></Ntry>"
        )
    }

    #[test]
    fn a_pain_002_says_what_was_settled_refused_and_is_pending() {
        let file = pain002(
            &[
                status("A1", "ACSC", ""),
                status("A2", "RJCT", "AC04"),
                status("A3", "PDNG", ""),
                status("A4", "ACSP", ""),
            ]
            .concat(),
        );
        let told: Vec<_> = read(file.as_bytes())
            .unwrap()
            .into_iter()
            .map(|it| (it.end_to_end_id, it.outcome, it.reason, it.on))
            .collect();
        let on = Some(day(2026, 10, 30));
        let expected = [
            ("A1", Outcome::Paid, ""),
            ("A2", Outcome::Returned, "AC04"),
            ("A3", Outcome::Unknown, ""),
            ("A4", Outcome::Accepted, ""),
        ];
        let expected =
            expected.map(|(id, outcome, reason)| (id.to_owned(), outcome, reason.to_owned(), on));
        assert_eq!(told, expected);
    }

    #[test]
    fn a_camt_054_says_what_was_booked_and_what_came_back() {
        let entries = [
            entry("A1", "DBIT", "BOOK"),
            entry("A2", "CRDT", "BOOK"),
            entry("A3", "DBIT", "PDNG"),
        ];
        let file = format!(
            "<Document><BkToCstmrDbtCdtNtfctn><Ntfctn>{}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>",
            entries.concat()
        );
        let told: Vec<_> = read(file.as_bytes())
            .unwrap()
            .into_iter()
            .map(|it| (it.end_to_end_id, it.outcome, it.on))
            .collect();
        let on = Some(day(2026, 10, 31));
        assert_eq!(
            told,
            [
                ("A1".to_owned(), Outcome::Paid, on),
                ("A2".to_owned(), Outcome::Returned, on)
            ]
        );
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for file in [
            "",
            "testo",
            "<Document/>",
            "<Document><CstmrPmtStsRpt></Document>",
            "<!DOCTYPE a><Document><CstmrPmtStsRpt/></Document>",
        ] {
            assert_eq!(read(file.as_bytes()), Err(NotAnAnswer), "{file}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
        }
    }
}
