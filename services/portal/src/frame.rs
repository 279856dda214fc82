//! What stands around the content of every page: header, person, path, language, footer.

use crate::assets;
use crate::session::Side;
use crate::text::{Text, names};
use crate::web::Visit;

/// Around the content.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Catalogue.
    pub(crate) t: Text,
    /// `lang` of the page.
    pub(crate) lang: &'static str,
    /// Title.
    pub(crate) title: String,
    /// Where the page stands, from the home on: text and address.
    pub(crate) crumbs: Vec<(String, String)>,
    /// Address of the page, for the change of language and for the login.
    pub(crate) path: String,
    /// The person, once logged in.
    pub(crate) person: Option<PersonView>,
    /// What the last action did, in words; empty for nothing.
    pub(crate) notice: String,
    /// Addresses of style sheets, scripts and icons.
    pub(crate) kit_style: &'static str,
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    pub(crate) upload_script: &'static str,
    pub(crate) charts: &'static str,
    pub(crate) htmx: &'static str,
    pub(crate) favicon: &'static str,
    pub(crate) icons: &'static str,
}

/// Who is logged in, and for whom they act.
#[derive(Debug, Clone)]
pub(crate) struct PersonView {
    /// How the person is called.
    pub(crate) name: String,
    /// Secret for the forms.
    pub(crate) csrf: String,
    /// Role in words; empty before the choice.
    pub(crate) role: String,
    /// Firm or office; empty when there is none.
    pub(crate) organisation: String,
    /// Whether somebody acts for somebody else.
    pub(crate) is_mandate: bool,
    /// The side of the counter on which they stand.
    pub(crate) side: Side,
    /// Address of the dashboard of workloads; empty for who cannot have it.
    pub(crate) dashboard: &'static str,
    /// Address of the delegations of signature; empty for who has nothing to do with them.
    pub(crate) delegations: &'static str,
    /// Address of the recoveries of over-payments; empty for who does not read them.
    pub(crate) recoveries: &'static str,
    /// Address of the orders to the bank; empty for who does not make them.
    pub(crate) treasury: &'static str,
    /// Seconds until the session ends.
    pub(crate) seconds_left: i64,
    /// The person is warned so many seconds before.
    pub(crate) warning_seconds: u64,
}

impl PersonView {
    /// Files claims.
    pub(crate) fn is_filer(&self) -> bool {
        self.side == Side::Filer
    }

    /// Works on claims.
    pub(crate) fn is_office(&self) -> bool {
        self.side == Side::Office
    }

    /// Is paid.
    pub(crate) fn is_worker(&self) -> bool {
        self.side == Side::Worker
    }
}

impl Frame {
    /// The frame of a visit.
    pub(crate) fn of(visit: &Visit, title: String) -> Self {
        let t = visit.text();
        let person = visit.session.as_ref().map(|session| {
            let profile = session.profile.as_ref();
            PersonView {
                name: session.name.clone(),
                csrf: session.csrf.clone(),
                role: profile.map_or(String::new(), |profile| {
                    names::role(t, &profile.role).to_owned()
                }),
                organisation: profile.map_or(String::new(), |profile| profile.name.clone()),
                is_mandate: profile.is_some_and(crate::session::Profile::is_mandate),
                side: session.side(),
                dashboard: if profile.is_some_and(crate::session::Profile::monitors) {
                    "/cruscotto"
                } else {
                    ""
                },
                delegations: if profile.is_some_and(crate::session::Profile::adopts) {
                    "/ufficio/deleghe"
                } else {
                    ""
                },
                recoveries: if session.side() == Side::Office {
                    "/pagamenti/recuperi"
                } else {
                    ""
                },
                treasury: if profile.is_some_and(crate::session::Profile::orders_payments) {
                    "/pagamenti/disposizioni"
                } else {
                    ""
                },
                seconds_left: visit.session_clock.0,
                warning_seconds: visit.session_clock.1,
            }
        });
        Self {
            t,
            lang: visit.language.code(),
            title,
            crumbs: Vec::new(),
            path: visit.path.clone(),
            person,
            notice: String::new(),
            kit_style: assets::KIT_STYLE,
            style: assets::STYLE,
            script: assets::SCRIPT,
            upload_script: assets::UPLOAD,
            charts: assets::CHARTS,
            htmx: assets::HTMX,
            favicon: assets::FAVICON,
            icons: assets::ICONS,
        }
    }

    /// Adds a step of the path from the home.
    #[must_use]
    pub(crate) fn crumb(mut self, text: impl Into<String>, address: impl Into<String>) -> Self {
        self.crumbs.push((text.into(), address.into()));
        self
    }

    /// Says what the last action did.
    #[must_use]
    pub(crate) fn noticing(mut self, notice: impl Into<String>) -> Self {
        self.notice = notice.into();
        self
    }

    /// Folder of the addresses of claims on the person's side of the counter.
    pub(crate) fn claims_path(&self) -> &'static str {
        match &self.person {
            Some(person) if person.side == Side::Office => "/ufficio",
            _ => "/domande",
        }
    }

    /// Secret for the forms of the page; empty without a session.
    pub(crate) fn csrf(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.csrf)
    }

    /// The address of the page, as a value in the query of another.
    pub(crate) fn path_in_query(&self) -> String {
        url::form_urlencoded::byte_serialize(self.path.as_bytes()).collect()
    }
}
