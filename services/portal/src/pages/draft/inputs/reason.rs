//! The reason, the decree where there is one, and who pays.

use proto::google::r#type::Date;
use proto::omnia::claims::v1::{
    Causale, CausaleChoice, Decree, DraftContent, PaymentMode, Product,
};

use super::{Around, Ask, Choice, Input, Typed, is_derogation, line, number, stated};
use crate::fields::Fields;
use crate::text::{Language, Text, format, names};

/// Days of a claim in the contract.
const MOST_DAYS: u32 = 366;

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields, content: &DraftContent, around: &Around) -> Vec<Input> {
    let rule = around.product(content);
    let mut inputs = Vec::new();
    if content.product() == Product::AisFund {
        inputs.push(
            Input::new("fondo", t.fund(), Ask::Select(funds(t, values, around)))
                .source("D.Lgs. 148/2015 artt. 26-27, 30"),
        );
    }
    inputs.push(
        Input::new(
            "causale",
            t.causale(),
            Ask::Select(causali(t, values, around)),
        )
        .hint(t.causale_hint())
        .source("DM 95442/2016 artt. 1-9; D.Lgs. 148/2015 artt. 11, 21, 30"),
    );
    if rule.is_some_and(|rule| rule.decree_required) || is_derogation(content.product()) {
        inputs.extend(decree(t));
    }
    if let Some(rule) = rule.filter(|rule| rule.days_most > 0) {
        let most = u32::try_from(rule.days_most).unwrap_or(MOST_DAYS);
        inputs.push(
            Input::new("giorni", t.days_requested(), Ask::Number { least: 1, most })
                .hint(t.product_days(rule.days_most))
                .source("L. 457/1972 art. 8"),
        );
    }
    let direct_only = rule.is_some_and(|rule| rule.direct_only);
    let modes = [PaymentMode::Conguaglio, PaymentMode::Direct];
    let payments = modes
        .iter()
        .filter(|mode| !direct_only || **mode == PaymentMode::Direct)
        .map(|mode| Choice {
            value: mode.as_str_name().to_owned(),
            text: names::payment(t, *mode).to_owned(),
            more: String::new(),
            chosen: values.text("pagamento") == mode.as_str_name(),
        })
        .collect();
    let hint = if direct_only {
        t.product_direct_only()
    } else {
        t.payment_hint()
    };
    inputs.push(
        Input::new("pagamento", t.payment_mode(), Ask::Radio(payments))
            .hint(hint)
            .source("D.Lgs. 148/2015 art. 7"),
    );
    inputs
}

fn funds(t: Text, values: &Fields, around: &Around) -> Vec<Choice> {
    let chosen = values.text("fondo");
    let all = around.funds.iter().map(|fund| Choice {
        value: fund.fund_code.clone(),
        text: fund.name.clone(),
        more: String::new(),
        chosen: fund.fund_code == chosen,
    });
    std::iter::once(nothing(t, chosen)).chain(all).collect()
}

fn causali(t: Text, values: &Fields, around: &Around) -> Vec<Choice> {
    let chosen = values.text("causale");
    let all = around.causali.iter().map(|choice| Choice {
        value: choice.causale().as_str_name().to_owned(),
        text: causale_text(t, choice),
        more: String::new(),
        chosen: choice.causale().as_str_name() == chosen,
    });
    std::iter::once(nothing(t, chosen)).chain(all).collect()
}

fn nothing(t: Text, chosen: &str) -> Choice {
    Choice {
        value: String::new(),
        text: t.choose().to_owned(),
        more: String::new(),
        chosen: chosen.is_empty(),
    }
}

/// The name, with what narrows it: the article, the window, the size of the firm.
fn causale_text(t: Text, choice: &CausaleChoice) -> String {
    let Text(language) = t;
    let label = match language {
        Language::Italian => &choice.label_it,
        Language::English => &choice.label_en,
    };
    let (article, _) = names::article(choice.causale());
    let mut told = Vec::new();
    if article > 0 {
        told.push(format!("art. {article}"));
    }
    if choice.eone {
        told.push("EONE".to_owned());
    }
    if let (Some(from), Some(to)) = (&choice.window_from, &choice.window_to) {
        told.push(t.causale_window(&format::date(Some(from)), &format::date(Some(to))));
    }
    if choice.weeks_most > 0 {
        told.push(t.causale_weeks(&t.weeks(choice.weeks_most.into())));
    }
    if choice.heads_most > 0 {
        told.push(t.causale_heads(choice.heads_most));
    }
    if told.is_empty() {
        label.clone()
    } else {
        format!("{label} ({})", told.join(", "))
    }
}

fn decree(t: Text) -> [Input; 6] {
    const SOURCE: &str = "D.Lgs. 148/2015 art. 25; DL 18/2020 art. 22";
    [
        Input::new("decreto_autorita", t.decree_authority(), line("text", 200))
            .hint(t.decree_authority_hint())
            .source(SOURCE),
        Input::new("decreto_numero", t.decree_number(), line("text", 40)),
        Input::new("decreto_data", t.decree_date(), line("date", 10)),
        Input::new("decreto_dal", t.decree_from(), line("date", 10)),
        Input::new("decreto_al", t.decree_to(), line("date", 10)),
        Input::new("decreto_ore", t.decree_hours(), line("decimal", 16))
            .hint(t.decree_hours_hint()),
    ]
}

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    put("fondo", content.fund_code.clone());
    let causale = content.causale().as_str_name();
    put("causale", stated(content.causale, causale));
    let decree = content.decree.clone().unwrap_or_default();
    let day = |date: Option<&Date>| format::input_value(date);
    put("decreto_autorita", decree.authority);
    put("decreto_numero", decree.number);
    put("decreto_data", day(decree.date.as_ref()));
    put("decreto_dal", day(decree.from.as_ref()));
    put("decreto_al", day(decree.to.as_ref()));
    let hours = match decree.hours_hundredths {
        0 => String::new(),
        hours => format::hundredths(hours, Language::Italian),
    };
    put("decreto_ore", hours);
    put("giorni", number(content.days_requested));
    let payment = content.payment_mode().as_str_name();
    put("pagamento", stated(content.payment_mode, payment));
}

/// Writes what was typed into a draft.
pub(super) fn apply(typed: &mut Typed<'_>, content: &mut DraftContent) {
    typed.text_into("fondo", &mut content.fund_code);
    if typed.asks("causale") {
        let causale = Causale::from_str_name(typed.fields.text("causale")).unwrap_or_default();
        content.set_causale(causale);
        // Only an event that nobody can avoid has days of its own.
        if !names::article(causale).1 {
            content.event_days.clear();
        }
    }
    if typed.asks("decreto_autorita") {
        content.decree = decree_typed(typed, &content.decree.take().unwrap_or_default());
    }
    let days = 1..=i32::try_from(MOST_DAYS).unwrap_or(i32::MAX);
    content.days_requested = typed.number("giorni", days, content.days_requested);
    if let Some(mode) = PaymentMode::from_str_name(typed.fields.text("pagamento")) {
        content.set_payment_mode(mode);
        content.advance_40_requested &= mode == PaymentMode::Direct;
    }
}

/// The decree as typed; none when nothing of it was.
fn decree_typed(typed: &mut Typed<'_>, before: &Decree) -> Option<Decree> {
    let hours = typed.fields.text("decreto_ore");
    let read = format::typed_hundredths(hours);
    let decree = Decree {
        authority: typed.prose("decreto_autorita"),
        number: typed.prose("decreto_numero"),
        date: typed.day("decreto_data", before.date),
        from: typed.day("decreto_dal", before.from),
        to: typed.day("decreto_al", before.to),
        hours_hundredths: match read {
            _ if hours.is_empty() => 0,
            Some(hours) => hours,
            None => {
                typed.fault("decreto_ore", typed.t.fault_hours());
                before.hours_hundredths
            }
        },
    };
    (decree != Decree::default()).then_some(decree)
}
