//! What the bank answers: pain.002 (status of orders) and camt.054 (notifications of what was booked), read for what they say
//! of each end-to-end id, and for the credits that carry the code of a recovery.

use chrono::NaiveDate;
use kernel::Cents;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::order::Outcome;
use super::recovery::code_in;

/// What a file says of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// End-to-end id.
    pub end_to_end_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Of how much money; `None` when the file does not say, 0 when it is not in euro.
    pub amount: Option<Cents>,
    /// Reason code of ISO 20022, such as `AC04`; empty without one.
    pub reason: String,
    /// Day of it; `None` when the file does not say.
    pub on: Option<NaiveDate>,
}

impl Answer {
    /// Whether it says that an order was executed, for more or less than its net.
    pub fn pays_other_than(&self, net: Cents) -> bool {
        self.outcome == Outcome::Paid && self.amount.is_some_and(|amount| amount != net)
    }
}

/// What a pain.002 says of every order of a file, or of a payment information in it, that it does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfMany {
    /// Where the orders stood.
    pub sent: Sent,
    /// What became of them.
    pub outcome: Outcome,
    /// Reason code of ISO 20022; empty without one.
    pub reason: String,
}

/// What went to the bank, as a pain.002 names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// A file, by the id of its message.
    File(String),
    /// A payment information, by its id.
    Information(String),
}

impl Sent {
    /// The id.
    pub fn id(&self) -> &str {
        match self {
            Self::File(id) | Self::Information(id) => id,
        }
    }
}

impl OfMany {
    /// The same of one of the orders.
    pub fn answer(&self, end_to_end_id: String) -> Answer {
        Answer {
            end_to_end_id,
            outcome: self.outcome,
            amount: None,
            reason: self.reason.clone(),
            on: None,
        }
    }
}

/// Money that came in and says for which recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// Code of the recovery.
    pub code: String,
    /// Reference of the bank.
    pub reference: String,
    /// Amount, in cents; 0 when it is not in euro.
    pub cents: i64,
    /// Day of the booking.
    pub on: NaiveDate,
}

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Of orders.
    pub answers: Vec<Answer>,
    /// Of orders together: of the file first, and then of what is in it.
    pub of_many: Vec<OfMany>,
    /// Of recoveries.
    pub credits: Vec<Credit>,
}

/// A file that is neither, or is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a pain.002 or a camt.054 in UTF-8, without a DTD")]
pub struct NotAnAnswer;

/// Reads a file.
pub fn read(file: &[u8]) -> Result<Told, NotAnAnswer> {
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
                if matches!(name, "Amt" | "InstdAmt") {
                    state.in_euro = is_in_euro(&start);
                }
            }
            Event::End(_) => state.close(),
            Event::Text(text) => state.text(&text.decode().map_err(|_| NotAnAnswer)?),
            Event::DocType(_) => return Err(NotAnAnswer),
            Event::Eof => break,
            _ => {}
        }
    }
    if state.path.is_empty() && state.is_answer {
        Ok(state.told)
    } else {
        Err(NotAnAnswer)
    }
}

fn is_in_euro(start: &BytesStart<'_>) -> bool {
    let currency = start.try_get_attribute("Ccy").ok().flatten();
    currency.is_some_and(|it| it.value.as_ref() == b"EUR")
}

/// One order or credit while it is read, or orders that are told of together.
#[derive(Debug, Clone, Default)]
struct Found {
    id: String,
    reference: String,
    remittance: String,
    amount: Option<Cents>,
    status: String,
    reason: String,
    returned: bool,
    on: Option<NaiveDate>,
}

impl Found {
    /// What a status of pain.002 says. Money that is blocked is neither paid nor given back; and a copy of what was sent before is
    /// refused as such whatever becomes of the first.
    fn outcome(&self) -> Outcome {
        match self.status.as_str() {
            "ACSC" | "ACCC" => Outcome::Paid,
            "RJCT" if is_duplicate(&self.reason) => Outcome::Unknown,
            "RJCT" | "CANC" => Outcome::Returned,
            "PDNG" | "BLCK" => Outcome::Unknown,
            _ => Outcome::Accepted,
        }
    }
}

/// Whether a reason code says that the same was sent before.
fn is_duplicate(reason: &str) -> bool {
    matches!(reason, "AM05" | "DU01" | "DU02" | "DU03" | "DU04" | "DU05")
}

/// Of the entry of a camt.054: credit or debit, booked or not, its day, its amount, and what was read of it so far.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    credit: bool,
    booked: bool,
    on: Option<NaiveDate>,
    amount: Option<Cents>,
    transactions: usize,
    answers_before: usize,
}

#[derive(Default)]
struct State {
    path: Vec<String>,
    is_answer: bool,
    entry: Entry,
    /// Whether the amount that is being read is in euro.
    in_euro: bool,
    one: Found,
    /// The payment information around it.
    around: Found,
    told: Told,
}

impl State {
    fn open(&mut self, name: &str) {
        match name {
            "CstmrPmtStsRpt" | "BkToCstmrDbtCdtNtfctn" => self.is_answer = true,
            "Ntry" => {
                self.entry = Entry {
                    answers_before: self.told.answers.len(),
                    ..Entry::default()
                };
            }
            "OrgnlGrpInfAndSts" | "OrgnlPmtInfAndSts" | "TxDtls" => self.one = Found::default(),
            "TxInfAndSts" => self.around = std::mem::take(&mut self.one),
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
            (_, "OrgnlEndToEndId" | "EndToEndId")
            | ("OrgnlGrpInfAndSts", "OrgnlMsgId")
            | ("OrgnlPmtInfAndSts", "OrgnlPmtInfId") => text.clone_into(&mut self.one.id),
            ("Refs", "AcctSvcrRef") => text.clone_into(&mut self.one.reference),
            ("RmtInf", "Ustrd") => self.one.remittance += text,
            ("TxDtls", "Amt") | ("Amt", "InstdAmt") => self.one.amount = Some(self.amount(text)),
            ("Ntry", "Amt") => self.entry.amount = Some(self.amount(text)),
            (_, "TxSts" | "PmtInfSts" | "GrpSts") => text.clone_into(&mut self.one.status),
            ("Rsn", "Cd") => text.clone_into(&mut self.one.reason),
            ("Ntry", "CdtDbtInd") => self.entry.credit = text == "CRDT",
            ("Ntry", "Sts") | ("Sts", "Cd") => self.entry.booked = text == "BOOK",
            ("BookgDt", "Dt") => self.entry.on = text.parse().ok(),
            ("AccptncDtTm", _) | (_, "AccptncDtTm") => {
                self.one.on = text.get(..10).and_then(|day| day.parse().ok());
            }
            _ => {}
        }
    }

    fn amount(&self, text: &str) -> Cents {
        let in_euro = text.parse().ok().filter(|_| self.in_euro);
        in_euro.unwrap_or_default()
    }

    fn close(&mut self) {
        match self.path.pop().as_deref() {
            Some("TxInfAndSts") => {
                self.answer(self.one.outcome(), self.one.on);
                self.one = std::mem::take(&mut self.around);
            }
            Some("OrgnlPmtInfAndSts") => self.of_many(Sent::Information),
            Some("OrgnlGrpInfAndSts") => self.of_many(Sent::File),
            Some("TxDtls") => {
                self.entry.transactions += 1;
                if self.entry.booked {
                    self.booked();
                }
            }
            // An entry of one transaction may tell the amount in its stead.
            Some("Ntry") if self.entry.transactions == 1 => {
                for answer in &mut self.told.answers[self.entry.answers_before..] {
                    answer.amount = answer.amount.or(self.entry.amount);
                }
            }
            _ => {}
        }
    }

    /// A booked transaction: money that comes in with the code of a recovery is a repayment; what else comes in was sent back.
    fn booked(&mut self) {
        let is_own_return = self.one.returned;
        let code = code_in(&self.one.remittance).filter(|_| self.entry.credit && !is_own_return);
        match (code, self.entry.on) {
            (Some(code), Some(on)) => {
                let one = std::mem::take(&mut self.one);
                self.told.credits.push(Credit {
                    code,
                    reference: one.reference,
                    cents: one.amount.unwrap_or_default().get(),
                    on,
                });
            }
            _ if self.entry.credit || is_own_return => {
                self.answer(Outcome::Returned, self.entry.on);
            }
            _ => self.answer(Outcome::Paid, self.entry.on),
        }
    }

    /// A status of a file or of a payment information. Without one, each order says its own.
    fn of_many(&mut self, sent: fn(String) -> Sent) {
        let one = std::mem::take(&mut self.one);
        if !one.id.is_empty() && !one.status.is_empty() {
            self.told.of_many.push(OfMany {
                outcome: one.outcome(),
                sent: sent(one.id),
                reason: one.reason,
            });
        }
    }

    fn answer(&mut self, outcome: Outcome, on: Option<NaiveDate>) {
        let one = std::mem::take(&mut self.one);
        if !one.id.is_empty() {
            self.told.answers.push(Answer {
                end_to_end_id: one.id,
                outcome,
                amount: one.amount,
                reason: one.reason,
                on,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use uuid::Uuid;

    use super::*;
    use crate::domain::recovery::code_of;
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
            .answers
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
    fn a_status_of_the_bank_is_the_end_of_an_order_or_is_not() {
        let outcome = |code: &str, reason: &str| {
            let file = pain002(&status("A1", code, reason));
            read(file.as_bytes()).unwrap().answers[0].outcome
        };
        let cases = [
            ("ACCC", "", Outcome::Paid),
            ("CANC", "CUST", Outcome::Returned),
            ("BLCK", "", Outcome::Unknown),
            ("RJCT", "AM05", Outcome::Unknown),
            ("RJCT", "DU01", Outcome::Unknown),
            ("RCVD", "", Outcome::Accepted),
        ];
        for (code, reason, expected) in cases {
            assert_eq!(outcome(code, reason), expected, "{code} {reason}");
        }
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
            .answers
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
    fn a_pain_002_may_say_one_thing_of_a_whole_file_or_of_a_part_of_it() {
        let part = |id: &str, status: &str, orders: &str| {
            format!(
                "<OrgnlPmtInfAndSts><OrgnlPmtInfId>{id}</OrgnlPmtInfId>{status}{orders}</OrgnlPmtInfAndSts>"
            )
        };
        let refused = "<PmtInfSts>RJCT</PmtInfSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf>";
        let file = format!(
            "<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><GrpSts>PART</GrpSts>\
             </OrgnlGrpInfAndSts>{}{}{}</CstmrPmtStsRpt></Document>",
            part("MT", refused, &status("A1", "ACSC", "")),
            part("MD", "<PmtInfSts>ACCC</PmtInfSts>", ""),
            part("MX", "", &status("A2", "RJCT", "AC04")),
        );
        let told = read(file.as_bytes()).unwrap();
        let of_many = |sent, outcome, reason: &str| OfMany {
            sent,
            outcome,
            reason: reason.to_owned(),
        };
        let expected = [
            of_many(Sent::File("M".to_owned()), Outcome::Accepted, ""),
            of_many(
                Sent::Information("MT".to_owned()),
                Outcome::Returned,
                "AC01",
            ),
            of_many(Sent::Information("MD".to_owned()), Outcome::Paid, ""),
        ];
        assert_eq!(told.of_many, expected);
        let named: Vec<_> = told
            .answers
            .iter()
            .map(|it| (it.end_to_end_id.as_str(), it.outcome))
            .collect();
        assert_eq!(named, [("A1", Outcome::Paid), ("A2", Outcome::Returned)]);
    }

    #[test]
    fn an_answer_says_of_how_much_where_the_file_does() {
        let original = |amount: &str| {
            status("A1", "ACSC", "").replace(
                "</TxInfAndSts>",
                &format!("<OrgnlTxRef><Amt>{amount}</Amt></OrgnlTxRef></TxInfAndSts>"),
            )
        };
        let transaction = |amount: &str| {
            format!("<TxDtls><Refs><EndToEndId>A1</EndToEndId></Refs>{amount}</TxDtls>")
        };
        let booked = |transactions: &str| {
            format!(
                "<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Ntry><Amt Ccy=\"EUR\">9.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>\
                 <Sts><Cd>BOOK</Cd></Sts><NtryDtls>{transactions}</NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
            )
        };
        let own = transaction("<Amt Ccy=\"EUR\">4.5</Amt>");
        let without = transaction("");
        let cases = [
            (pain002(&status("A1", "ACSC", "")), None),
            (
                pain002(&original("<InstdAmt Ccy=\"EUR\">638.36</InstdAmt>")),
                Some(63_836),
            ),
            (
                pain002(&original("<InstdAmt Ccy=\"CHF\">638.36</InstdAmt>")),
                Some(0),
            ),
            (booked(&own), Some(450)),
            (booked(&without), Some(900)),
            (booked(&(without + &own)), None),
        ];
        for (file, amount) in cases {
            let told = read(file.as_bytes()).unwrap();
            assert_eq!(told.answers[0].amount, amount.map(Cents::new), "{file}");
        }
    }

    #[test]
    fn nothing_is_paid_by_another_amount() {
        let answer = |outcome, amount: Option<i64>| Answer {
            end_to_end_id: "A1".to_owned(),
            outcome,
            amount: amount.map(Cents::new),
            reason: String::new(),
            on: None,
        };
        let net = Cents::new(63_836);
        assert!(answer(Outcome::Paid, Some(63_835)).pays_other_than(net));
        assert!(!answer(Outcome::Paid, Some(63_836)).pays_other_than(net));
        assert!(!answer(Outcome::Paid, None).pays_other_than(net));
        assert!(!answer(Outcome::Returned, Some(63_335)).pays_other_than(net));
    }

    /// A booked credit of the bank with what its sender wrote.
    fn credit(way: &str, currency: &str, written: &str) -> String {
        format!(
            "<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Ntry><Amt Ccy=\"EUR\">9.00</Amt><CdtDbtInd>{way}</CdtDbtInd>\
             <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-10-31</Dt></BookgDt><NtryDtls><TxDtls><Refs>\
             <AcctSvcrRef>TRN-1</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy=\"{currency}\">100.50</Amt>\
             <RmtInf><Ustrd>{written}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Ntfctn>\
             </BkToCstmrDbtCdtNtfctn></Document>"
        )
    }

    #[test]
    fn money_that_comes_in_with_the_code_of_a_recovery_is_a_repayment() {
        let code = code_of(Uuid::from_u128(7));
        let told = |file: &str| read(file.as_bytes()).unwrap();
        let written = format!("Restituzione {code}");
        let repaid = Credit {
            code,
            reference: "TRN-1".to_owned(),
            cents: 10_050,
            on: day(2026, 10, 31),
        };
        let came = told(&credit("CRDT", "EUR", &written));
        assert_eq!((came.credits, came.answers.len()), (vec![repaid], 0));
        let dollars = told(&credit("CRDT", "USD", &written));
        assert_eq!(dollars.credits[0].cents, 0);
        let paid_out = told(&credit("DBIT", "EUR", &written));
        assert_eq!((paid_out.credits.len(), paid_out.answers.len()), (0, 1));
        let without = told(&credit("CRDT", "EUR", "Grazie"));
        assert_eq!((without.credits.len(), without.answers.len()), (0, 1));
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
