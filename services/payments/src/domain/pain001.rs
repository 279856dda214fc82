//! The file of a batch: pain.001.001.09 (ISO 20022), as the SEPA credit transfer rulebook of the EPC fills it in. One payment
//! information for transfers and one for bonifici domiciliati, which name no account: the post office of the payee pays in cash
//! (`claims.md` PAY-7 b).

use std::io;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use kernel::{Cents, Iban};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::line::{Address, Way};

/// Namespace of the message.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
/// Characters of a name in a SEPA credit transfer.
const NAME_MOST: usize = 70;

/// Whose money it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtor {
    /// Name.
    pub name: String,
    /// Account of the treasury.
    pub iban: Iban,
    /// BIC of the bank that executes.
    pub bic: String,
    /// BIC of the post, which pays bonifici domiciliati.
    pub post_bic: String,
}

/// An order as the bank reads it.
#[derive(Clone, PartialEq, Eq)]
pub struct Transfer {
    /// End-to-end id.
    pub end_to_end_id: String,
    /// Amount.
    pub amount: Cents,
    /// Who is paid.
    pub creditor: String,
    /// How.
    pub way: Way,
    /// What it is for.
    pub remittance: String,
}

/// A batch.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Id of the message.
    pub id: String,
    /// When the batch was made.
    pub created_at: DateTime<Utc>,
    /// Day of execution.
    pub execution_date: NaiveDate,
    /// Debtor.
    pub debtor: Debtor,
    /// Orders.
    pub transfers: Vec<Transfer>,
}

/// Ends of the ids of payment informations: that of transfers, and that of bonifici domiciliati.
const SUFFIXES: [&str; 2] = ["T", "D"];

/// Id of the message that a payment information is in, and whether it holds its bonifici domiciliati; `None` of an id that no
/// message gives.
pub fn information_in(id: &str) -> Option<(&str, bool)> {
    let [transfers, domiciled] = SUFFIXES.map(|suffix| id.strip_suffix(suffix));
    transfers
        .map(|message| (message, false))
        .or(domiciled.map(|message| (message, true)))
}

/// Writes the message.
pub fn write(message: &Message) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("Document")
        .with_attribute(("xmlns", NAMESPACE))
        .write_inner_content(|writer| {
            let mut file = Inner(writer);
            file.parent("CstmrCdtTrfInitn", |file| {
                file.parent("GrpHdr", |file| header(file, message))?;
                let (transfers, domiciled): (Vec<_>, Vec<_>) = message
                    .transfers
                    .iter()
                    .partition(|one| matches!(one.way, Way::Transfer(_)));
                for (suffix, orders) in SUFFIXES.into_iter().zip([transfers, domiciled]) {
                    if !orders.is_empty() {
                        file.parent("PmtInf", |file| information(file, message, suffix, &orders))?;
                    }
                }
                Ok(())
            })
        })?;
    Ok(writer.into_inner())
}

/// A writer of elements.
struct Inner<'w>(&'w mut Writer<Vec<u8>>);

impl Inner<'_> {
    fn parent(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut Inner<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.0
            .create_element(name)
            .write_inner_content(|writer| content(&mut Inner(writer)))?;
        Ok(())
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.0
            .create_element(name)
            .write_text_content(BytesText::new(text))?;
        Ok(())
    }

    fn amount(&mut self, name: &str, amount: Cents) -> io::Result<()> {
        self.0
            .create_element(name)
            .with_attribute(("Ccy", "EUR"))
            .write_text_content(BytesText::new(&amount.to_string()))?;
        Ok(())
    }
}

fn sum<'t>(transfers: impl Iterator<Item = &'t Transfer>) -> Cents {
    Cents::new(transfers.map(|one| one.amount.get()).sum())
}

fn header(file: &mut Inner<'_>, message: &Message) -> io::Result<()> {
    file.text("MsgId", &message.id)?;
    let created_at = message
        .created_at
        .to_rfc3339_opts(SecondsFormat::Secs, true);
    file.text("CreDtTm", &created_at)?;
    file.text("NbOfTxs", &message.transfers.len().to_string())?;
    file.text("CtrlSum", &sum(message.transfers.iter()).to_string())?;
    file.parent("InitgPty", |file| {
        file.text("Nm", &sepa(&message.debtor.name, NAME_MOST))
    })
}

fn information(
    file: &mut Inner<'_>,
    message: &Message,
    suffix: &str,
    orders: &[&Transfer],
) -> io::Result<()> {
    file.text("PmtInfId", &format!("{}{suffix}", message.id))?;
    file.text("PmtMtd", "TRF")?;
    file.text("BtchBookg", "true")?;
    file.text("NbOfTxs", &orders.len().to_string())?;
    file.text("CtrlSum", &sum(orders.iter().copied()).to_string())?;
    file.parent("PmtTpInf", |file| {
        file.parent("SvcLvl", |file| file.text("Cd", "SEPA"))?;
        if suffix == "D" {
            file.parent("LclInstrm", |file| {
                file.text("Prtry", "BONIFICO DOMICILIATO")
            })?;
        }
        file.parent("CtgyPurp", |file| file.text("Cd", "SSBE"))
    })?;
    file.parent("ReqdExctnDt", |file| {
        file.text("Dt", &message.execution_date.to_string())
    })?;
    file.parent("Dbtr", |file| {
        file.text("Nm", &sepa(&message.debtor.name, NAME_MOST))
    })?;
    file.parent("DbtrAcct", |file| account(file, &message.debtor.iban))?;
    file.parent("DbtrAgt", |file| agent(file, &message.debtor.bic))?;
    file.text("ChrgBr", "SLEV")?;
    for order in orders {
        file.parent("CdtTrfTxInf", |file| transfer(file, message, order))?;
    }
    Ok(())
}

fn transfer(file: &mut Inner<'_>, message: &Message, order: &Transfer) -> io::Result<()> {
    file.parent("PmtId", |file| {
        file.text("EndToEndId", &order.end_to_end_id)
    })?;
    file.parent("Amt", |file| file.amount("InstdAmt", order.amount))?;
    if matches!(order.way, Way::Domiciled(_)) {
        file.parent("CdtrAgt", |file| agent(file, &message.debtor.post_bic))?;
    }
    file.parent("Cdtr", |file| {
        file.text("Nm", &sepa(&order.creditor, NAME_MOST))?;
        match &order.way {
            Way::Transfer(_) => Ok(()),
            Way::Domiciled(to) => file.parent("PstlAdr", |file| address(file, to)),
        }
    })?;
    if let Way::Transfer(iban) = &order.way {
        file.parent("CdtrAcct", |file| account(file, iban))?;
    }
    file.parent("RmtInf", |file| {
        file.text("Ustrd", &sepa(&order.remittance, 140))
    })
}

fn account(file: &mut Inner<'_>, iban: &Iban) -> io::Result<()> {
    file.parent("Id", |file| file.text("IBAN", iban.as_str()))
}

fn agent(file: &mut Inner<'_>, bic: &str) -> io::Result<()> {
    file.parent("FinInstnId", |file| file.text("BICFI", bic))
}

fn address(file: &mut Inner<'_>, to: &Address) -> io::Result<()> {
    file.text("PstCd", &to.postal_code)?;
    file.text("TwnNm", &sepa(&to.municipality, 35))?;
    file.text("CtrySubDvsn", &to.province)?;
    file.text("Ctry", "IT")?;
    file.text("AdrLine", &sepa(&to.street, NAME_MOST))
}

/// Text in the characters that every bank of the SEPA scheme takes (EPC217-08): accents are dropped, what else is not among them
/// becomes a space; never empty.
pub fn sepa(text: &str, most: usize) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => clean.push('a'),
            'è' | 'é' | 'ê' | 'ë' => clean.push('e'),
            'ì' | 'í' | 'î' | 'ï' => clean.push('i'),
            'ò' | 'ó' | 'ô' | 'ö' | 'õ' => clean.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => clean.push('u'),
            'ç' => clean.push('c'),
            'ñ' => clean.push('n'),
            'ß' => clean.push_str("ss"),
            'À' | 'Á' | 'Â' | 'Ä' | 'Ã' | 'Å' => clean.push('A'),
            'È' | 'É' | 'Ê' | 'Ë' => clean.push('E'),
            'Ì' | 'Í' | 'Î' | 'Ï' => clean.push('I'),
            'Ò' | 'Ó' | 'Ô' | 'Ö' | 'Õ' => clean.push('O'),
            'Ù' | 'Ú' | 'Û' | 'Ü' => clean.push('U'),
            'Ç' => clean.push('C'),
            'Ñ' => clean.push('N'),
            'a'..='z'
            | 'A'..='Z'
            | '0'..='9'
            | '/'
            | '-'
            | '?'
            | ':'
            | '('
            | ')'
            | '.'
            | ','
            | '\''
            | '+' => {
                clean.push(character);
            }
            _ => clean.push(' '),
        }
    }
    let words: Vec<&str> = clean.split_whitespace().collect();
    let clean: String = words.join(" ").chars().take(most).collect();
    if clean.trim().is_empty() {
        "-".to_owned()
    } else {
        clean.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::escape::resolve_xml_entity;

    use super::*;
    use crate::domain::samples::day;

    fn transfers() -> Vec<Transfer> {
        let iban = "IT98Q0306903200100000012345".parse().unwrap();
        let address = Address {
            street: "Via Roma 1".into(),
            postal_code: "20100".into(),
            municipality: "Milano".into(),
            province: "MI".into(),
        };
        let one = |id: &str, amount, creditor: &str, way| Transfer {
            end_to_end_id: id.into(),
            amount: Cents::new(amount),
            creditor: creditor.into(),
            way,
            remittance: "CIGO 2026-09 490026000001".into(),
        };
        vec![
            one("A1", 63_836, "Niccolò D'Élia & figli", Way::Transfer(iban)),
            one("A2", 27_118, "Maria Bianchi", Way::Domiciled(address)),
        ]
    }

    fn message(transfers: Vec<Transfer>) -> Message {
        Message {
            id: "B1".into(),
            created_at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            execution_date: day(2026, 10, 30),
            debtor: Debtor {
                name: "INPS".into(),
                iban: "IT60X0542811101000000123456".parse().unwrap(),
                bic: "BITAITRRXXX".into(),
                post_bic: "BPPIITRRXXX".into(),
            },
            transfers,
        }
    }

    /// The texts of the elements of a name, in order.
    fn texts(file: &[u8], element: &str) -> Vec<String> {
        let mut reader = Reader::from_reader(file);
        let (mut buffer, mut found, mut text) = (Vec::new(), Vec::new(), None);
        loop {
            match reader.read_event_into(&mut buffer).unwrap() {
                Event::Start(start) => {
                    text = (start.name().as_ref() == element.as_bytes()).then(String::new);
                }
                Event::Text(part) => {
                    if let Some(text) = &mut text {
                        *text += &part.decode().unwrap();
                    }
                }
                Event::GeneralRef(name) => {
                    let character = resolve_xml_entity(&name.decode().unwrap()).unwrap();
                    if let Some(text) = &mut text {
                        *text += character;
                    }
                }
                Event::End(_) => found.extend(text.take()),
                Event::Eof => return found,
                _ => {}
            }
            buffer.clear();
        }
    }

    #[test]
    fn transfers_and_bonifici_domiciliati_are_told_apart_and_add_up() {
        let file = write(&message(transfers())).unwrap();
        assert_eq!(texts(&file, "NbOfTxs"), ["2", "1", "1"]);
        assert_eq!(texts(&file, "CtrlSum"), ["909.54", "638.36", "271.18"]);
        assert_eq!(texts(&file, "PmtInfId"), ["B1T", "B1D"]);
        assert_eq!(texts(&file, "EndToEndId"), ["A1", "A2"]);
        assert_eq!(texts(&file, "Prtry"), ["BONIFICO DOMICILIATO"]);
        assert_eq!(
            texts(&file, "Nm"),
            [
                "INPS",
                "INPS",
                "Niccolo D'Elia figli",
                "INPS",
                "Maria Bianchi"
            ]
        );
        assert_eq!(
            texts(&file, "IBAN"),
            [
                "IT60X0542811101000000123456",
                "IT98Q0306903200100000012345",
                "IT60X0542811101000000123456"
            ]
        );
    }

    #[test]
    fn the_same_batch_is_the_same_bytes() {
        let file = || write(&message(transfers())).unwrap();
        assert_eq!(file(), file());
    }

    proptest! {
        #[test]
        fn any_name_becomes_one_that_banks_take(name in any::<String>()) {
            let clean = sepa(&name, NAME_MOST);
            prop_assert!((1..=NAME_MOST).contains(&clean.len()));
            prop_assert!(clean.is_ascii());
            prop_assert_eq!(sepa(&clean, NAME_MOST), clean);
        }
    }
}
