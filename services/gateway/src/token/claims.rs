//! What a token says, in the spellings that are about.

use chassis::identity::Level;
use kernel::CodiceFiscale;
use serde::Deserialize;

use super::Subject;

/// Longest name that is taken over, in characters.
const LONGEST_NAME: usize = 120;
/// Longest session id that is used as it stands.
const LONGEST_SESSION: usize = 128;

#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: OneOrMany,
    pub(super) exp: i64,
    pub(super) nbf: Option<i64>,
    pub(super) iat: Option<i64>,
    sub: Option<String>,
    sid: Option<String>,
    acr: Option<String>,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    client_id: Option<String>,
    azp: Option<String>,
    role: Option<OneOrMany>,
    roles: Option<OneOrMany>,
    /// SPID and CIE over OpenID Connect.
    #[serde(rename = "https://attributes.eid.gov.it/fiscal_number")]
    eid: Option<String>,
    /// Early SPID guidelines.
    #[serde(rename = "https://attributes.spid.gov.it/fiscalNumber")]
    spid: Option<String>,
    /// The SAML attribute.
    #[serde(rename = "fiscalNumber")]
    saml: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn contains(&self, text: &str) -> bool {
        match self {
            Self::One(one) => one == text,
            Self::Many(many) => many.iter().any(|one| one == text),
        }
    }
}

impl Claims {
    /// A person by the codice fiscale, else a system client that holds SYS-P. `None` for everybody else, and when the
    /// spellings contradict each other.
    pub(super) fn subject(&self) -> Option<Subject> {
        let mut numbers = [&self.eid, &self.spid, &self.saml].into_iter().flatten();
        let Some(first) = numbers.next() else {
            return self.client();
        };
        let code = codice_fiscale(first)?;
        numbers
            .all(|other| codice_fiscale(other).as_ref() == Some(&code))
            .then_some(Subject::Person(code))
    }

    fn client(&self) -> Option<Subject> {
        let is_system = [&self.role, &self.roles]
            .into_iter()
            .flatten()
            .any(|roles| roles.contains("SYS-P"));
        let id = self
            .client_id
            .as_ref()
            .or(self.azp.as_ref())
            .filter(|id| !id.is_empty())?;
        is_system.then(|| Subject::Client(id.clone()))
    }

    /// A client proved the possession of its key, which is two factors' worth; a person without `acr` proved little.
    pub(super) fn level(&self, subject: &Subject) -> Level {
        let stated = self.acr.as_deref().and_then(Level::of_acr);
        stated.unwrap_or(match subject {
            Subject::Client(_) => Level::L2,
            Subject::Person(_) => Level::L1,
        })
    }

    /// Name of the person: given and family name, else the name as one; empty when the issuer states none.
    pub(super) fn name(&self) -> String {
        let parts =
            [&self.given_name, &self.family_name].map(|it| it.as_deref().unwrap_or("").trim());
        let whole = match parts {
            ["", ""] => self.name.as_deref().unwrap_or("").trim().to_owned(),
            [given, family] => format!("{given} {family}").trim().to_owned(),
        };
        let printed = whole.chars().filter(|it| !it.is_control());
        printed.take(LONGEST_NAME).collect()
    }

    /// The session: `sid`, else what comes nearest to one.
    pub(super) fn session(&self, subject: &Subject) -> String {
        match (subject, &self.sid, &self.sub) {
            (Subject::Client(id), ..) => id.clone(),
            (_, Some(sid), _) if !sid.is_empty() && sid.len() <= LONGEST_SESSION => sid.clone(),
            (.., Some(sub)) => sub.chars().take(LONGEST_SESSION).collect(),
            _ => String::new(),
        }
    }
}

/// Strips `TINIT-`, turns to upper case, checks the control character.
fn codice_fiscale(text: &str) -> Option<CodiceFiscale> {
    let text = text.trim().to_ascii_uppercase();
    text.strip_prefix("TINIT-").unwrap_or(&text).parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CODE: &str = "RSSMRA80A01H501U";

    fn claims(extra: &serde_json::Value) -> Claims {
        let mut claims = json!({"iss": "i", "aud": ["omnia"], "exp": 2, "sub": "pairwise"});
        claims
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        serde_json::from_value(claims).unwrap()
    }

    fn person() -> Subject {
        Subject::Person(CODE.parse().unwrap())
    }

    #[test]
    fn three_spellings_of_the_fiscal_number_are_one() {
        for extra in [
            json!({"https://attributes.eid.gov.it/fiscal_number": format!("TINIT-{CODE}")}),
            json!({"https://attributes.spid.gov.it/fiscalNumber": format!("tinit-{}", CODE.to_lowercase())}),
            json!({"fiscalNumber": CODE}),
            json!({"fiscalNumber": CODE, "https://attributes.eid.gov.it/fiscal_number": format!("TINIT-{CODE}")}),
        ] {
            assert_eq!(claims(&extra).subject(), Some(person()), "{extra}");
        }
    }

    #[test]
    fn a_wrong_control_character_or_two_different_numbers_are_no_identity() {
        for extra in [
            json!({"fiscalNumber": "RSSMRA80A01H501X"}),
            json!({"fiscalNumber": ""}),
            json!({"fiscalNumber": CODE, "https://attributes.eid.gov.it/fiscal_number": "VRDGPP80A01H501F"}),
            json!({}),
            json!({"client_id": "portal"}),
        ] {
            assert_eq!(claims(&extra).subject(), None, "{extra}");
        }
    }

    #[test]
    fn a_name_is_given_and_family_name_or_one_and_no_longer_than_a_line() {
        assert_eq!(
            claims(&json!({"given_name": "Ada", "family_name": " Bruni", "name": "A. B."})).name(),
            "Ada Bruni"
        );
        assert_eq!(claims(&json!({"family_name": "Bruni"})).name(), "Bruni");
        assert_eq!(
            claims(&json!({"name": "Ada\u{7} Bruni"})).name(),
            "Ada Bruni"
        );
        assert_eq!(claims(&json!({})).name(), "");
        assert_eq!(
            claims(&json!({"name": "x".repeat(500)})).name().len(),
            LONGEST_NAME
        );
    }

    #[test]
    fn a_system_client_needs_its_id_and_its_role() {
        let client = Some(Subject::Client("comune-di-prova".to_owned()));
        assert_eq!(
            claims(&json!({"client_id": "comune-di-prova", "role": "SYS-P"})).subject(),
            client
        );
        assert_eq!(
            claims(&json!({"azp": "comune-di-prova", "roles": ["SYS-P"]})).subject(),
            client
        );
        assert_eq!(
            claims(&json!({"azp": "comune-di-prova", "roles": ["DSEDE"]})).subject(),
            None
        );
    }

    #[test]
    fn a_person_without_a_stated_level_is_at_the_first() {
        let person = person();
        assert_eq!(claims(&json!({})).level(&person), Level::L1);
        assert_eq!(
            claims(&json!({"acr": "https://www.spid.gov.it/SpidL2"})).level(&person),
            Level::L2
        );
        assert_eq!(
            claims(&json!({"acr": "unheard of"})).level(&person),
            Level::L1
        );
        assert_eq!(
            claims(&json!({})).level(&Subject::Client("c".to_owned())),
            Level::L2
        );
    }
}
