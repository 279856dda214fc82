//! The named personas of the development profile: one or more for each role, all invented.
//!
//! Their codici fiscali are well formed but name a birthplace that does not exist (`Z990`), so that none can be
//! somebody's.

/// Somebody to try the platform as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Persona {
    /// Name on the command line, such as `consulente`.
    pub(crate) name: &'static str,
    /// Codice fiscale, or the client id of a system.
    pub(crate) subject: &'static str,
    /// Role held, as `identity.md` §4 spells it.
    pub(crate) role: &'static str,
    /// Organisation of the role: matricola, office, region, coordination; empty for none.
    pub(crate) organisation: &'static str,
    /// Subject areas of staff, separated by spaces.
    pub(crate) areas: &'static str,
    /// Whether DASMO was opened to them.
    pub(crate) dasmo: bool,
    /// Assurance level of their tokens.
    pub(crate) level: u8,
    /// What they are, in a line.
    pub(crate) about: &'static str,
}

/// Officine Ambrosiane, Milano: the firm of the journey.
pub(crate) const OFFICINE: &str = "4900000001";
/// Fonderie Taurinensi, Torino: somebody else's firm.
pub(crate) const FONDERIE: &str = "8100000002";

const AREA: &str = "AMMORTIZZATORI";

const fn person(
    name: &'static str,
    subject: &'static str,
    role: &'static str,
    organisation: &'static str,
    about: &'static str,
) -> Persona {
    Persona {
        name,
        subject,
        role,
        organisation,
        areas: "",
        dasmo: false,
        level: 2,
        about,
    }
}

const fn staff(persona: Persona, dasmo: bool) -> Persona {
    Persona {
        areas: AREA,
        dasmo,
        ..persona
    }
}

const fn strong(persona: Persona) -> Persona {
    Persona {
        level: 3,
        ..persona
    }
}

/// Every persona, in the order in which `omnia up` prints them.
pub(crate) const ALL: &[Persona] = &[
    person(
        "consulente",
        "XXXCNS80A01Z990H",
        "INT",
        "",
        "intermediary with a mandate of Officine Ambrosiane (Milano)",
    ),
    person(
        "consulente-torino",
        "XXXCTO81B02Z990C",
        "INT",
        "",
        "intermediary with a mandate of Fonderie Taurinensi (Torino)",
    ),
    person(
        "titolare",
        "XXXTTL75C03Z990Z",
        "AZ-TIT",
        OFFICINE,
        "owner of Officine Ambrosiane",
    ),
    person(
        "rappresentante",
        "XXXRPP70D04Z990P",
        "AZ-LR",
        OFFICINE,
        "legal representative of Officine Ambrosiane",
    ),
    person(
        "consulente-aziendale",
        "XXXCAZ82E05Z990S",
        "AZ-CON",
        OFFICINE,
        "company consultant of Officine Ambrosiane",
    ),
    staff(
        person(
            "operatore",
            "XXXPRT85H06Z990T",
            "SEDE",
            "490000",
            "operator of the office of Milano",
        ),
        false,
    ),
    staff(
        person(
            "operatrice",
            "XXXPRC87A65Z990S",
            "SEDE",
            "490000",
            "another operator of the office of Milano",
        ),
        false,
    ),
    staff(
        person(
            "operatore-torino",
            "XXXPTO86L07Z990K",
            "SEDE",
            "810000",
            "operator of the office of Torino",
        ),
        false,
    ),
    staff(
        person(
            "funzionario",
            "XXXFNZ78M08Z990H",
            "PO",
            "490000",
            "P.O. officer of Milano",
        ),
        true,
    ),
    staff(
        person(
            "dirigente",
            "XXXDRG72P09Z990H",
            "DIR",
            "490000",
            "manager of Milano",
        ),
        true,
    ),
    staff(
        person(
            "dirigente-centrale",
            "XXXDRC63B20Z990H",
            "DIR",
            "",
            "manager of the central directorate",
        ),
        true,
    ),
    staff(
        person(
            "direttore",
            "XXXDRT65R10Z990H",
            "DSEDE",
            "490000",
            "director of Milano",
        ),
        true,
    ),
    staff(
        person(
            "direttore-torino",
            "XXXDTO66S11Z990M",
            "DSEDE",
            "810000",
            "director of Torino",
        ),
        true,
    ),
    staff(
        person(
            "direttore-regionale",
            "XXXDRE64T12Z990B",
            "DREG",
            "03",
            "regional director of Lombardia",
        ),
        true,
    ),
    staff(
        person(
            "coordinatore",
            "XXXCRD67A13Z990R",
            "DCM",
            "MILANO",
            "metropolitan coordination of Milano",
        ),
        true,
    ),
    person("lavoratore", "XXXLVR90B14Z990Q", "LAV", "", "worker"),
    person("cittadino", "XXXCTT91C15Z990X", "CIT", "", "citizen"),
    person(
        "datore-domestico",
        "XXXDLD60D16Z990V",
        "DLD",
        "",
        "domestic employer",
    ),
    person(
        "ente",
        "XXXNTE77E17Z990D",
        "ENTE",
        "L219",
        "operator of a granting body",
    ),
    person(
        "advisor",
        "XXXDVS88H18Z990Q",
        "ADV",
        "",
        "advisor of INFO CIG",
    ),
    strong(person(
        "idm",
        "XXXDMI79L19Z990C",
        "IDM",
        "490000",
        "IDM delegate of Milano",
    )),
    strong(person("auditor", "XXXDTR74M20Z990X", "AUD", "", "auditor")),
    strong(person(
        "sre",
        "XXXSRE83P21Z990E",
        "SRE",
        "",
        "site reliability engineer",
    )),
    strong(person(
        "mlps",
        "XXXMLP76R22Z990Q",
        "MLPS",
        "",
        "analyst of the Ministry of Labour",
    )),
    person(
        "gdf",
        "XXXGDF73S23Z990G",
        "GDF",
        "",
        "officer of Guardia di Finanza",
    ),
    person(
        "pianificatore",
        "XXXPRG71T24Z990T",
        "PROG",
        "03",
        "planner of a region",
    ),
    person(
        "sistema",
        "sistema-esterno",
        "SYS-P",
        "C_F205",
        "external system client",
    ),
];

/// The persona of a name.
pub(crate) fn named(name: &str) -> Option<&'static Persona> {
    ALL.iter().find(|persona| persona.name == name)
}

impl Persona {
    /// Whether it is a system rather than a person.
    pub(crate) fn is_system(&self) -> bool {
        self.role == "SYS-P"
    }

    /// The assurance level as SPID spells it.
    pub(crate) fn acr(&self) -> String {
        format!("https://www.spid.gov.it/SpidL{}", self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_persona_has_a_well_formed_codice_fiscale_of_nobody() {
        for persona in ALL.iter().filter(|persona| !persona.is_system()) {
            persona
                .subject
                .parse::<kernel::CodiceFiscale>()
                .unwrap_or_else(|error| panic!("{}: {error}", persona.name));
            assert!(
                persona.subject.contains("Z990"),
                "{} names a real birthplace",
                persona.name
            );
        }
    }

    #[test]
    fn there_is_a_persona_for_every_role_but_internal_services() {
        for role in chassis::access::Role::ALL
            .into_iter()
            .filter(|role| role.id() != "SYS-I")
        {
            assert!(
                ALL.iter().any(|persona| persona.role == role.id()),
                "no persona is {role}"
            );
        }
    }
}
