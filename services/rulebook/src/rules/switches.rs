//! The readings chosen where the sources are silent (`limits.md` §14): each is a setting with a stated default.

use serde::{Deserialize, Serialize};

/// A yes or no of the rulebook, spelled as in TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "bool", into = "bool")]
pub enum Switch {
    /// `true`.
    On,
    /// `false`.
    Off,
}

impl From<bool> for Switch {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

impl From<Switch> for bool {
    fn from(switch: Switch) -> Self {
        switch.is_on()
    }
}

impl Switch {
    /// Whether it is on.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Which hours use up art. 12 c. 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HoursBasis {
    /// The hours authorised, as comma 5 is worded.
    Authorised,
    /// The hours really used where they are known, else the hours authorised.
    Used,
}

/// How a day with both CIGO and CIGS counts toward art. 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Overlap {
    /// Once, as CIGO: the CIGS day is cut out.
    Cigo,
    /// Once, as CIGS: the CIGO day is not counted.
    Cigs,
}

/// From when a late CIGO or AIS application covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LateRule {
    /// From the Monday of the week before that of filing.
    Monday,
    /// From the seventh day before filing.
    SevenDays,
}

/// What triggers the bar of comma 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WaitingTrigger {
    /// 52 weeks really consumed.
    Units,
    /// 52 weeks touched, however little.
    Touched,
}

/// The readings of the rulebook. Every field is named as the setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// Declared days count for the bad weather of letter m too.
    pub construction_weather_by_day: Switch,
    /// EONE hours use up art. 12 c. 5.
    pub one_third_includes_eone: Switch,
    /// Which hours use up art. 12 c. 5.
    pub hours_basis: HoursBasis,
    /// Public holidays on working days are taken out of the workable hours of art. 12 c. 5 and of the 80 % cap.
    pub deduct_holidays: Switch,
    /// AIS counts toward art. 4.
    pub art4_includes_ais: Switch,
    /// EONE counts toward art. 4.
    pub art4_includes_eone: Switch,
    /// Letters n and o keep the halving of the contratto di solidarietà.
    pub cds_half_for_stone: Switch,
    /// How a day with both CIGO and CIGS counts toward art. 4.
    pub overlap: Overlap,
    /// From when a late application covers.
    pub late_rule: LateRule,
    /// What triggers the bar of comma 2.
    pub c2_trigger: WaitingTrigger,
    /// EONE is outside the weeks of AIS.
    pub ais_eone_exempt: Switch,
}

impl Switches {
    /// Each reading by its name, spelled as in the settings: `true`, `false`, or a word such as `AUTHORISED`.
    pub fn readings(&self) -> Vec<(String, String)> {
        let named = match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(named)) => named,
            _ => serde_json::Map::new(),
        };
        let spelled = |value: serde_json::Value| match value {
            serde_json::Value::String(word) => word,
            other => other.to_string(),
        };
        named
            .into_iter()
            .map(|(name, value)| (name, spelled(value)))
            .collect()
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            construction_weather_by_day: Switch::On,
            one_third_includes_eone: Switch::On,
            hours_basis: HoursBasis::Authorised,
            deduct_holidays: Switch::Off,
            art4_includes_ais: Switch::On,
            art4_includes_eone: Switch::On,
            cds_half_for_stone: Switch::On,
            overlap: Overlap::Cigo,
            late_rule: LateRule::Monday,
            c2_trigger: WaitingTrigger::Units,
            ais_eone_exempt: Switch::Off,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_spelled_as_the_settings_spell_them() {
        let readings = Switches::default().readings();
        assert_eq!(readings.len(), 11);
        let of = |name: &str| {
            let found = readings.iter().find(|(one, _)| one == name);
            found.map(|(_, reading)| reading.as_str())
        };
        assert_eq!(of("deduct_holidays"), Some("false"));
        assert_eq!(of("art4_includes_ais"), Some("true"));
        assert_eq!(of("late_rule"), Some("MONDAY"));
    }
}
