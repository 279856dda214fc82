//! Reads and checks the rule files: every fault at once, each with its file, row and rule.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use chrono::NaiveDate;
use csv::StringRecord;
use kernel::Period;
pub use kernel::{RuleFault as Fault, RuleFaults as Faults};

use super::{
    Ahead, Allowed, CausaleRule, CovidRule, Dated, DeclarationNeed, DeclarationRule, Family,
    FundRule, Late, Need, Postponement, ProductRule, Report, Rules, SectionRule, TermClass,
    TermFrom, TermLength, TermRule,
};
use crate::domain::product::{Causale, Product};

const PRODUCTS: &str = "products.csv";
const CAUSALI: &str = "causali.csv";
const ALLOWED: &str = "allowed.csv";
const TERMS: &str = "terms.csv";
const COVID: &str = "covid.csv";
const POSTPONEMENTS: &str = "postponements.csv";
const SECTIONS: &str = "sections.csv";
const DECLARATIONS: &str = "declarations.csv";
const FUNDS: &str = "funds.csv";

/// The text of the rule files.
#[derive(Debug, Clone, Copy)]
pub struct RuleFiles<'a> {
    /// The instruments.
    pub products: &'a str,
    /// The reasons.
    pub causali: &'a str,
    /// Which reasons each instrument takes.
    pub allowed: &'a str,
    /// The terms of filing.
    pub terms: &'a str,
    /// COVID windows and maxima.
    pub covid: &'a str,
    /// Postponements of COVID terms.
    pub postponements: &'a str,
    /// Sections of the technical report by reason.
    pub sections: &'a str,
    /// The self-declarations.
    pub declarations: &'a str,
    /// The bilateral funds.
    pub funds: &'a str,
}

impl RuleFiles<'static> {
    /// The files that come with the program.
    pub fn embedded() -> Self {
        Self {
            products: include_str!("../../../data/products.csv"),
            causali: include_str!("../../../data/causali.csv"),
            allowed: include_str!("../../../data/allowed.csv"),
            terms: include_str!("../../../data/terms.csv"),
            covid: include_str!("../../../data/covid.csv"),
            postponements: include_str!("../../../data/postponements.csv"),
            sections: include_str!("../../../data/sections.csv"),
            declarations: include_str!("../../../data/declarations.csv"),
            funds: include_str!("../../../data/funds.csv"),
        }
    }
}

/// Reads the rules, or tells everything that is wrong with them.
pub fn read(files: &RuleFiles<'_>) -> Result<Rules, Faults> {
    let mut faults = Vec::new();
    let rules = Rules {
        products: File::new(PRODUCTS, &mut faults).read(files.products, product),
        causali: File::new(CAUSALI, &mut faults).read(files.causali, causale),
        allowed: File::new(ALLOWED, &mut faults).read(files.allowed, allowed),
        terms: File::new(TERMS, &mut faults).read(files.terms, term),
        covid: File::new(COVID, &mut faults).read(files.covid, covid),
        postponements: File::new(POSTPONEMENTS, &mut faults)
            .read(files.postponements, postponement),
        sections: File::new(SECTIONS, &mut faults).read(files.sections, section),
        declarations: File::new(DECLARATIONS, &mut faults).read(files.declarations, declaration),
        funds: File::new(FUNDS, &mut faults).read(files.funds, fund),
    };
    if faults.is_empty() {
        whole(&rules, &mut faults);
    }
    if faults.is_empty() {
        Ok(rules)
    } else {
        Err(Faults(faults))
    }
}

/// The files must fit each other: nothing that can be asked for may lack a rule.
fn whole(rules: &Rules, faults: &mut Vec<Fault>) {
    let mut missing = |file, rule: String, wrong: &str| {
        faults.push(Fault {
            file,
            row: 0,
            rule,
            wrong: wrong.to_owned(),
        });
    };
    for product in Product::ALL {
        if !rules
            .products
            .iter()
            .any(|row| row.value.product == *product)
        {
            missing(PRODUCTS, product.code().into(), "has no row");
        }
    }
    for causale in Causale::ALL {
        if rules.causale(*causale).is_none() {
            missing(CAUSALI, causale.code().into(), "has no row");
        }
    }
    for Dated { value, .. } in &rules.allowed {
        let pair = format!("{} {}", value.product.code(), value.causale.code());
        let Some(causale) = rules.causale(value.causale).map(|row| &row.value) else {
            continue;
        };
        let class = causale.term_class();
        let has_term =
            |row: &Dated<TermRule>| row.value.product == value.product && row.value.class == class;
        if !rules.terms.iter().any(has_term) {
            missing(TERMS, pair.clone(), "may be asked for and has no term");
        }
        let has_window = |row: &Dated<CovidRule>| {
            row.value.product == value.product && row.value.causale == value.causale
        };
        if causale.family == Family::Covid && !rules.covid.iter().any(has_window) {
            missing(COVID, pair, "may be asked for and has no window");
        }
    }
}

/// A row under reading: what is wrong with it is noted, and the row then left out.
struct Row<'r> {
    columns: &'r StringRecord,
    fields: &'r StringRecord,
    wrong: Vec<String>,
}

impl Row<'_> {
    fn text(&self, name: &str) -> &str {
        let position = self.columns.iter().position(|column| column == name);
        position
            .and_then(|position| self.fields.get(position))
            .unwrap_or("")
    }

    /// A cell that must not be empty.
    fn filled(&mut self, name: &str) -> Option<String> {
        let text = self.text(name).to_owned();
        if text.is_empty() {
            self.wrong.push(format!("{name} is empty"));
            None
        } else {
            Some(text)
        }
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
        what: &str,
    ) -> Option<T> {
        let text = self.text(name).to_owned();
        let value = parse(&text);
        if value.is_none() {
            self.wrong
                .push(format!("{name} must be {what}, is `{text}`"));
        }
        value
    }

    fn number<T: FromStr>(&mut self, name: &str) -> Option<T> {
        self.parsed(name, |text| text.parse().ok(), "a number")
    }

    /// A cell that may be empty; what it holds must then be right.
    fn optional<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&mut Self, &str) -> Option<T>,
    ) -> Result<Option<T>, Unread> {
        if self.text(name).is_empty() {
            Ok(None)
        } else {
            parse(self, name).map(Some).ok_or(Unread)
        }
    }

    fn day(&mut self, name: &str) -> Option<NaiveDate> {
        self.parsed(name, |text| text.parse().ok(), "a day such as 2026-07-01")
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        let parse = |text: &str| match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        self.parsed(name, parse, "yes or no")
    }

    fn list(&self, name: &str) -> Vec<String> {
        let parts = self.text(name).split('|');
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn period(&mut self, from: &str, to: &str) -> Option<Period> {
        let (first, last) = (self.day(from), self.day(to));
        let period = Period::new(first?, last?).ok();
        if period.is_none() {
            self.wrong.push(format!("{to} comes before {from}"));
        }
        period
    }

    fn product(&mut self) -> Option<Product> {
        self.parsed("product", Product::parse, "an instrument")
    }

    fn causale(&mut self) -> Option<Causale> {
        self.parsed("causale", Causale::parse, "a reason")
    }
}

/// A cell that is wrong; what is wrong with it was noted.
struct Unread;

/// What a file is made of.
trait Kind {
    /// Columns besides validity and source.
    const COLUMNS: &'static str;
    /// Rows with the same key must not hold on the same day.
    fn key(&self) -> String;
}

struct File<'f> {
    name: &'static str,
    faults: &'f mut Vec<Fault>,
}

impl<'f> File<'f> {
    fn new(name: &'static str, faults: &'f mut Vec<Fault>) -> Self {
        Self { name, faults }
    }

    fn fault(&mut self, row: u64, rule: impl Into<String>, wrong: impl Into<String>) {
        self.faults.push(Fault {
            file: self.name,
            row,
            rule: rule.into(),
            wrong: wrong.into(),
        });
    }

    fn read<T: Kind>(mut self, text: &str, value: fn(&mut Row<'_>) -> Option<T>) -> Vec<Dated<T>> {
        let mut reader = csv::ReaderBuilder::new()
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let wanted = format!("{},from,to,source", T::COLUMNS);
        let columns = match reader.headers() {
            Ok(header) if header.iter().eq(wanted.split(',')) => header.clone(),
            _ => {
                self.fault(0, "header", format!("must be {wanted}"));
                return Vec::new();
            }
        };
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(fields) => {
                    let line = fields.position().map_or(0, csv::Position::line);
                    let dated = self.row(line, &columns, &fields, value);
                    rows.extend(dated.map(|dated| (line, dated)));
                }
                Err(error) => self.fault(0, "format", error.to_string()),
            }
        }
        if rows.is_empty() {
            self.fault(0, "format", "has no row");
        }
        self.apart(&rows);
        rows.into_iter().map(|(_, dated)| dated).collect()
    }

    fn row<T>(
        &mut self,
        line: u64,
        columns: &StringRecord,
        fields: &StringRecord,
        value: fn(&mut Row<'_>) -> Option<T>,
    ) -> Option<Dated<T>> {
        let rule = fields.get(0).unwrap_or("").to_owned();
        let (wanted, has) = (columns.len(), fields.len());
        if wanted != has {
            self.fault(line, rule, format!("must have {wanted} columns, has {has}"));
            return None;
        }
        let mut row = Row {
            columns,
            fields,
            wrong: Vec::new(),
        };
        let value = value(&mut row);
        let from = row.day("from");
        let to = row.optional("to", Row::day).ok();
        let source = row.filled("source");
        if from.zip(to.flatten()).is_some_and(|(from, to)| to < from) {
            row.wrong.push("ends before it starts".to_owned());
        }
        let fine = row.wrong.is_empty();
        for wrong in row.wrong {
            self.fault(line, rule.clone(), wrong);
        }
        let dated = Dated {
            value: value?,
            from: from?,
            to: to?,
            source: source?,
        };
        fine.then_some(dated)
    }

    /// On no day may two rows of one key hold.
    fn apart<T: Kind>(&mut self, rows: &[(u64, Dated<T>)]) {
        let mut by_key: BTreeMap<String, Vec<&(u64, Dated<T>)>> = BTreeMap::new();
        for row in rows {
            by_key.entry(row.1.value.key()).or_default().push(row);
        }
        for (key, mut rows) in by_key {
            rows.sort_by_key(|(_, dated)| dated.from);
            let overlapping: BTreeSet<_> = rows
                .windows(2)
                .filter(|pair| pair[0].1.to.is_none_or(|to| to >= pair[1].1.from))
                .map(|pair| (pair[1].0, pair[0].0))
                .collect();
            for (line, before) in overlapping {
                self.fault(line, key.clone(), format!("overlaps with row {before}"));
            }
        }
    }
}

impl Kind for ProductRule {
    const COLUMNS: &'static str =
        "product,weeks_most,days_most,decree,consultation,direct_only,schemes";

    fn key(&self) -> String {
        self.product.code().to_owned()
    }
}

fn product(row: &mut Row<'_>) -> Option<ProductRule> {
    let rule = (
        row.product(),
        row.number("weeks_most"),
        row.optional("days_most", Row::number),
        row.parsed("decree", Need::parse, "REQUIRED, OPTIONAL or NONE"),
        row.flag("consultation"),
        row.flag("direct_only"),
    );
    Some(ProductRule {
        product: rule.0?,
        weeks_most: rule.1?,
        days_most: rule.2.ok()?,
        decree: rule.3?,
        consultation: rule.4?,
        direct_only: rule.5?,
        schemes: row.list("schemes"),
    })
}

impl Kind for CausaleRule {
    const COLUMNS: &'static str = "causale,family,article,inps,eone,indicators,label_it,label_en";

    fn key(&self) -> String {
        self.causale.code().to_owned()
    }
}

fn causale(row: &mut Row<'_>) -> Option<CausaleRule> {
    let rule = (
        row.causale(),
        row.parsed("family", Family::parse, "ORDINARY, CIGS, CISOA or COVID"),
        row.number("article"),
        row.optional("inps", Row::number),
        row.flag("eone"),
        row.parsed("indicators", Need::parse, "REQUIRED, OPTIONAL or NONE"),
        row.filled("label_it"),
        row.filled("label_en"),
    );
    Some(CausaleRule {
        causale: rule.0?,
        family: rule.1?,
        article: rule.2?,
        inps_code: rule.3.ok()?,
        eone: rule.4?,
        indicators: rule.5?,
        label_it: rule.6?,
        label_en: rule.7?,
    })
}

impl Kind for Allowed {
    const COLUMNS: &'static str = "product,causale,report,heads_most";

    fn key(&self) -> String {
        format!("{} {}", self.product.code(), self.causale.code())
    }
}

fn allowed(row: &mut Row<'_>) -> Option<Allowed> {
    let rule = (
        row.product(),
        row.causale(),
        row.parsed("report", Report::parse, "FULL, SIMPLIFIED or NONE"),
        row.optional("heads_most", Row::number),
    );
    Some(Allowed {
        product: rule.0?,
        causale: rule.1?,
        report: rule.2?,
        heads_most: rule.3.ok()?,
    })
}

impl Kind for TermRule {
    const COLUMNS: &'static str = "product,class,ahead,term,late";

    fn key(&self) -> String {
        format!("{} {}", self.product.code(), self.class.code())
    }
}

fn term(row: &mut Row<'_>) -> Option<TermRule> {
    let ahead = |text: &str| match text {
        "" => Some(Ahead::Any),
        "EVENT" => Some(Ahead::Event),
        days => days.parse().ok().map(Ahead::Days),
    };
    let rule = (
        row.product(),
        row.parsed("class", TermClass::parse, "ORDINARY, EONE or COVID"),
        row.parsed("ahead", ahead, "a number of days, EVENT or empty"),
        row.optional("term", |row, name| {
            row.parsed(name, length, "empty, or such as START+15D or EVENT+1M")
        }),
        row.parsed("late", Late::parse, "FROM_MONDAY_BEFORE, REFUSED or NONE"),
    );
    let term = TermRule {
        product: rule.0?,
        class: rule.1?,
        ahead: rule.2?,
        term: rule.3.ok()?,
        late: rule.4?,
    };
    if term.term.is_none() != (term.late == Late::None) {
        row.wrong
            .push("late is NONE exactly where there is no term".to_owned());
    }
    Some(term)
}

/// A term such as `START+15D`.
fn length(text: &str) -> Option<(TermFrom, TermLength)> {
    let (from, length) = text.split_once('+')?;
    let from = match from {
        "START" => TermFrom::Start,
        "EVENT" => TermFrom::Event,
        _ => return None,
    };
    let length = match (length.strip_suffix('D'), length.strip_suffix('M')) {
        (Some(days), _) => TermLength::Days(days.parse().ok()?),
        (_, Some(months)) => TermLength::Months(months.parse().ok()?),
        _ => return None,
    };
    Some((from, length))
}

impl Kind for CovidRule {
    const COLUMNS: &'static str =
        "causale,product,window_from,window_to,weeks_most,days_most,hired_by,regions,ateco";

    fn key(&self) -> String {
        format!("{} {}", self.causale.code(), self.product.code())
    }
}

fn covid(row: &mut Row<'_>) -> Option<CovidRule> {
    let rule = (
        row.causale(),
        row.product(),
        row.period("window_from", "window_to"),
        row.optional("weeks_most", Row::number),
        row.optional("days_most", Row::number),
        row.optional("hired_by", Row::day),
    );
    let rule = CovidRule {
        causale: rule.0?,
        product: rule.1?,
        window: rule.2?,
        weeks_most: rule.3.ok()?,
        days_most: rule.4.ok()?,
        hired_by: rule.5.ok()?,
        regions: row.list("regions"),
        ateco: row.list("ateco"),
    };
    if rule.weeks_most.is_some() == rule.days_most.is_some() {
        row.wrong
            .push("has a maximum either in weeks or in days".to_owned());
    }
    Some(rule)
}

impl Kind for Postponement {
    const COLUMNS: &'static str = "term_from,term_to,moved_to";

    fn key(&self) -> String {
        format!("{:?}", self.terms)
    }
}

fn postponement(row: &mut Row<'_>) -> Option<Postponement> {
    let (terms, moved_to) = (row.period("term_from", "term_to"), row.day("moved_to"));
    let moved = Postponement {
        terms: terms?,
        moved_to: moved_to?,
    };
    if moved.moved_to < moved.terms.last_day() {
        row.wrong.push("moves a term back".to_owned());
    }
    Some(moved)
}

impl Kind for SectionRule {
    const COLUMNS: &'static str = "causale,section,label_it,label_en";

    fn key(&self) -> String {
        format!("{} {}", self.causale.code(), self.section)
    }
}

fn section(row: &mut Row<'_>) -> Option<SectionRule> {
    let rule = (
        row.causale(),
        row.filled("section"),
        row.filled("label_it"),
        row.filled("label_en"),
    );
    Some(SectionRule {
        causale: rule.0?,
        section: rule.1?,
        label_it: rule.2?,
        label_en: rule.3?,
    })
}

impl Kind for DeclarationRule {
    const COLUMNS: &'static str = "declaration,needed,text_it,text_en";

    fn key(&self) -> String {
        self.declaration.clone()
    }
}

fn declaration(row: &mut Row<'_>) -> Option<DeclarationRule> {
    let needed = |text: &str| match text {
        "CHOICE" => Some(DeclarationNeed::Choice),
        "USED_WEEKS" => Some(DeclarationNeed::UsedWeeks),
        other => Causale::parse(other.strip_prefix("CAUSALE:")?).map(DeclarationNeed::Causale),
    };
    let rule = (
        row.filled("declaration"),
        row.parsed("needed", needed, "CHOICE, USED_WEEKS or CAUSALE:<reason>"),
        row.filled("text_it"),
        row.filled("text_en"),
    );
    Some(DeclarationRule {
        declaration: rule.0?,
        needed: rule.1?,
        text_it: rule.2?,
        text_en: rule.3?,
    })
}

impl Kind for FundRule {
    const COLUMNS: &'static str = "fund,name";

    fn key(&self) -> String {
        self.fund.clone()
    }
}

fn fund(row: &mut Row<'_>) -> Option<FundRule> {
    let rule = (row.filled("fund"), row.filled("name"));
    Some(FundRule {
        fund: rule.0?,
        name: rule.1?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::day;

    fn wrong(files: &RuleFiles<'_>) -> Vec<(&'static str, String, String)> {
        read(files)
            .unwrap_err()
            .0
            .into_iter()
            .map(|fault| (fault.file, fault.rule, fault.wrong))
            .collect()
    }

    fn fault(file: &'static str, rule: &str, wrong: &str) -> (&'static str, String, String) {
        (file, rule.to_owned(), wrong.to_owned())
    }

    #[test]
    fn the_embedded_rules_are_whole() {
        if let Err(faults) = Rules::embedded() {
            panic!("{faults}");
        }
    }

    #[test]
    fn a_longer_claim_by_decree_holds_from_its_own_day_and_leaves_the_past_as_it_was() {
        let embedded = RuleFiles::embedded();
        let products = embedded.products.replace(
            "CIGO,13,,NONE,yes,no,CIGO|CIGO_CIGS,2015-09-24,,",
            "CIGO,20,,NONE,yes,no,CIGO|CIGO_CIGS,2027-01-01,,DL di prova\n\
             CIGO,13,,NONE,yes,no,CIGO|CIGO_CIGS,2015-09-24,2026-12-31,",
        );
        let rules = read(&RuleFiles {
            products: &products,
            ..embedded
        })
        .unwrap();
        let most = |on| {
            rules
                .product(Product::Cigo, day(on))
                .unwrap()
                .value
                .weeks_most
        };
        assert_eq!((most("2026-12-31"), most("2027-01-01")), (13, 20));
    }

    #[test]
    fn every_fault_of_a_row_is_told_with_its_file_row_and_rule() {
        let files = RuleFiles {
            funds: "fund,name,from,to,source\nSOLIMARE,,2020-01-01,2019-01-01,\n",
            ..RuleFiles::embedded()
        };
        let faults = read(&files).unwrap_err();
        assert_eq!(
            faults.to_string(),
            "the rules are faulty:\n  \
             funds.csv, row 2, SOLIMARE: name is empty\n  \
             funds.csv, row 2, SOLIMARE: source is empty\n  \
             funds.csv, row 2, SOLIMARE: ends before it starts\n  \
             funds.csv, row 0, format: has no row"
        );
    }

    #[test]
    fn two_rows_of_one_rule_may_not_hold_on_one_day() {
        let funds = "fund,name,from,to,source\nF,Uno,2020-01-01,,a\nF,Due,2021-01-01,,b\n";
        let files = RuleFiles {
            funds,
            ..RuleFiles::embedded()
        };
        assert_eq!(wrong(&files), [fault(FUNDS, "F", "overlaps with row 2")]);
    }

    #[test]
    fn a_reason_that_may_be_asked_for_without_a_term_is_told() {
        let embedded = RuleFiles::embedded();
        let terms: Vec<&str> = embedded
            .terms
            .lines()
            .filter(|line| !line.starts_with("CISOA,ORDINARY"))
            .collect();
        let terms = terms.join("\n");
        let files = RuleFiles {
            terms: &terms,
            ..embedded
        };
        let untimed = "may be asked for and has no term";
        assert_eq!(
            wrong(&files),
            [
                fault(TERMS, "CISOA SEASONAL_BAD_WEATHER", untimed),
                fault(TERMS, "CISOA NOT_ATTRIBUTABLE_CAUSE", untimed)
            ]
        );
    }

    #[test]
    fn another_header_is_refused_as_a_whole() {
        let files = RuleFiles {
            funds: "code,name\n",
            ..RuleFiles::embedded()
        };
        let wanted = fault(FUNDS, "header", "must be fund,name,from,to,source");
        assert_eq!(wrong(&files), [wanted]);
    }
}
