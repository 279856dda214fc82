//! The catalogue: every sentence of the portal, in Italian and in English, under a key that the compiler knows. A key
//! without one of the two languages does not compile.

use super::Language;

/// The catalogue in a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) Language);

/// Sentences without variable parts: `key: "italiano", "english";`
macro_rules! sentences {
    ($($key:ident: $it:literal, $en:literal;)*) => {
        impl Text {
            $(pub(crate) fn $key(self) -> &'static str {
                match self.0 {
                    Language::Italian => $it,
                    Language::English => $en,
                }
            })*
        }

        #[cfg(test)]
        pub(super) const SENTENCES: &[(&str, &str, &str)] = &[$((stringify!($key), $it, $en)),*];
    };
}

/// Sentences with variable parts: `key(part): "italiano {part}", "english {part}";`
macro_rules! phrases {
    ($($key:ident($($part:ident: $kind:ty),*): $it:literal, $en:literal;)*) => {
        impl Text {
            $(pub(crate) fn $key(self, $($part: $kind),*) -> String {
                match self.0 {
                    Language::Italian => format!($it),
                    Language::English => format!($en),
                }
            })*
        }

        #[cfg(test)]
        pub(super) const PHRASES: &[(&str, &str, &str)] = &[$((stringify!($key), $it, $en)),*];
    };
}

pub(super) use {phrases, sentences};

phrases! {
    weeks_text(count: &str): "{count} settimane", "{count} weeks";
    months_text(count: &str): "{count} mesi", "{count} months";
    hours_text(count: &str): "{count} ore", "{count} hours";
    period(first: &str, last: &str, weeks: &str): "dal {first} al {last} ({weeks})", "from {first} to {last} ({weeks})";
    at_least(count: usize): "almeno {count}", "at least {count}";
    claim_title(protocol: &str): "Domanda {protocol}", "Claim {protocol}";
    step_title(step: &str): "Domanda: {step}", "Claim: {step}";
    band_run(first: &str, last: &str, kind: &str): "dal {first} al {last}: {kind}", "from {first} to {last}: {kind}";
    band_summary(used: usize, asked: usize, wanted: usize, free: usize):
        "Negli ultimi due anni: {used} settimane usate, {asked} chieste con altre domande, {wanted} chieste ora, {free} libere.",
        "In the last two years: {used} weeks used, {asked} asked for by other claims, {wanted} asked for now, {free} free.";
    line_fault(line: usize, column: &str, problem: &str): "Riga {line}, {column}: {problem}", "Line {line}, {column}: {problem}";
    line_text(line: usize, text: &str): "Riga {line}: {text}", "Line {line}: {text}";
    act_download_earlier(number: &i32): "Scarica il provvedimento precedente n. {number} (PDF/A)", "Download the earlier decision no. {number} (PDF/A, in Italian)";
    line_label(line: &usize): "Riga {line}:", "Line {line}:";
    too_many_workers(most: usize): "L'elenco può avere al massimo {most} lavoratori.", "The list may have at most {most} workers.";
    workers_list_hint(heading: &str):
        "Una riga per lavoratore, con punto e virgola tra le colonne, come nel file CSV: {heading}. Si può incollare da un foglio di calcolo; le date sono gg/mm/aaaa, le ore con la virgola.",
        "One line a worker, with semicolons between the columns, as in the CSV file: {heading}. You may paste from a spreadsheet; dates are dd/mm/yyyy, hours with a comma.";
    section_length(shortest: u32, longest: u32): "Da {shortest} a {longest} caratteri.", "{shortest} to {longest} characters.";
    workers_total(count: &str, hours: &str): "Salvati finora: {count} lavoratori, {hours} ore in tutto. I totali sono calcolati dal servizio.", "Saved so far: {count} workers, {hours} hours in all. The service computes the totals.";
    saved_at(at: &str): "Salvato automaticamente: {at}", "Saved automatically: {at}";
    preview_does_not_fit(weeks: &str): "Le settimane concesse superano i limiti: ci stanno {weeks}.", "The weeks granted exceed the limits: {weeks} fit.";
    act_claim(protocol: &str, employer: &str): "Domanda {protocol} – {employer}", "Claim {protocol} – {employer}";
    act_asked(causale: &str, period: &str): "Chiesto per {causale}, {period}.", "Asked for on the ground of {causale}, {period}.";
    act_granted(period: &str, workers: &str, hours: &str): "Si concede il trattamento {period}, per {workers} lavoratori e {hours} ore.", "Granted {period}, for {workers} workers and {hours} hours.";
    act_refused(reason: &str, what: &str): "Non si concede: {what} ({reason}).", "Not granted: {what} ({reason}).";
    found_total(count: &str): "{count} domande trovate", "{count} claims found";
    found_more(count: &str): "Più di {count} domande trovate", "More than {count} claims found";
    queue_select_one(protocol: &str): "Scegli la domanda {protocol}", "Select claim {protocol}";
    colleague(role: &str, code: &str): "{role} n. {code}", "{role} no. {code}";
    colleague_you(role: &str): "{role} (tu)", "{role} (you)";
    sort_by(column: &str): "Ordina per {column}", "Sort by {column}";
    note_of(at: &str, who: &str): "{at}, {who}", "{at} by {who}";
    delegation_end_of(who: &str, from: &str): "Revoca la delega di {who} dal {from}", "Withdraw the delegation of {who} from {from}";
    act_motivation(text: &str): "Motivazione: {text}", "Grounds: {text}";
}

impl Text {
    /// `1 settimana`, `10 settimane`.
    pub(crate) fn weeks(self, count: i64) -> String {
        match (self.0, count) {
            (Language::Italian, 1) => "1 settimana".to_owned(),
            (Language::English, 1) => "1 week".to_owned(),
            (language, count) => self.weeks_text(&super::format::number(count, language)),
        }
    }

    /// `1 giorno`, `12 giorni`.
    pub(crate) fn days(self, count: i64) -> String {
        match (self.0, count) {
            (Language::Italian, 1) => "1 giorno".to_owned(),
            (Language::English, 1) => "1 day".to_owned(),
            (Language::Italian, count) => format!("{count} giorni"),
            (Language::English, count) => format!("{count} days"),
        }
    }

    /// `1 domanda trovata`, `10 domande trovate`.
    pub(crate) fn found(self, count: i64) -> String {
        match (self.0, count) {
            (Language::Italian, 1) => "1 domanda trovata".to_owned(),
            (Language::English, 1) => "1 claim found".to_owned(),
            (language, count) => self.found_total(&super::format::number(count, language)),
        }
    }

    /// A month by its number from 0, short.
    pub(crate) fn month(self, month0: usize) -> &'static str {
        let names = match self.0 {
            Language::Italian => [
                "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic",
            ],
            Language::English => [
                "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            ],
        };
        names.get(month0).copied().unwrap_or_default()
    }

    /// The qualifiche of a worker and their codes (`claims.md` CLM-3).
    pub(crate) fn qualifiche(self) -> [(&'static str, &'static str); 9] {
        [
            ("1", self.qualifica_1()),
            ("2", self.qualifica_2()),
            ("7", self.qualifica_7()),
            ("8", self.qualifica_8()),
            ("Q", self.qualifica_q()),
            ("O", self.qualifica_o()),
            ("Y", self.qualifica_y()),
            ("W", self.qualifica_w()),
            ("R", self.qualifica_r()),
        ]
    }
}

sentences! {
    // Around every page.
    service_name: "Omnia", "Omnia";
    service_tagline: "Integrazioni salariali", "Wage integration";
    owner_name: "Piattaforma unica delle integrazioni salariali", "The one platform for wage integration";
    skip_to_content: "Vai al contenuto", "Skip to the content";
    skip_to_footer: "Vai al piè di pagina", "Skip to the footer";
    main_menu: "Menu principale", "Main menu";
    breadcrumb: "Percorso di navigazione", "Breadcrumb";
    contact_center: "Serve aiuto? Contact Center 803 164 da rete fissa.", "Need help? Contact Center 803 164 from a landline in Italy.";
    login: "Accedi", "Log in";
    logout: "Esci", "Log out";
    acting_label: "Profilo in uso", "Profile in use";
    acting_for: "Stai operando per conto di", "You are acting on behalf of";
    acting_as: "Stai operando come", "You are acting as";
    profile_change: "Cambia profilo", "Change profile";
    session_ends: "La sessione sta per scadere per inattività. Vuoi continuare?", "Your session is about to end for inactivity. Do you want to go on?";
    session_extend: "Continua", "Go on";
    session_ended_here: "La sessione è scaduta. Quello che hai scritto è ancora in questa pagina: premi Salva, e ti verrà chiesto di accedere senza perdere nulla.", "The session has ended. What you wrote is still in this page: press Save, and you will be asked to log in without losing anything.";
    go_home: "Vai alla pagina iniziale", "Go to the home page";
    cancel: "Annulla", "Cancel";
    none: "nessuno", "none";
    choose: "Scegli", "Choose";
    trace_label: "Codice da indicare all'assistenza:", "Code to give to support:";
    source_label: "Fonte:", "Source:";
    pages: "Pagine", "Pages";
    first_page: "Prima pagina", "First page";
    next_page: "Pagina successiva", "Next page";

    // Login and the end of a session.
    login_title: "Accedi al servizio", "Log in to the service";
    login_lead: "Per presentare ed esaminare le domande di integrazione salariale serve la tua identità digitale, almeno di livello 2.", "To file and examine wage-integration claims you need your digital identity, at level 2 at least.";
    login_button: "Entra con la tua identità digitale", "Log in with your digital identity";
    login_what_title: "Che cosa puoi fare", "What you can do";
    login_what_filer: "Aziende e intermediari compilano la domanda passo per passo, la inviano e leggono subito la decisione.", "Employers and intermediaries fill in the claim step by step, send it and read the decision at once.";
    login_what_counters: "I contatori mostrano quante settimane si possono ancora chiedere, e perché.", "Counters show how many weeks may still be asked for, and why.";
    login_what_office: "Le Sedi esaminano le domande e adottano i provvedimenti.", "Offices examine claims and adopt decisions.";
    login_failed_title: "Accesso non riuscito", "The login failed";
    login_lost: "L'accesso è durato troppo o è stato iniziato in un'altra finestra. Prova di nuovo.", "The login took too long, or was begun in another window. Try again.";
    login_refused: "L'accesso presso il gestore della tua identità non si è concluso, o non è stato accettato. Prova di nuovo tra poco.", "The login at your identity provider was not concluded, or was not accepted. Try again shortly.";
    login_again: "Accedi di nuovo", "Log in again";
    logged_out_title: "Sei uscito", "You are logged out";
    logged_out_text: "La sessione è chiusa anche presso il gestore dell'identità. Puoi chiudere la finestra.", "The session is closed, at the identity provider too. You may close the window.";
    expired_title: "La sessione è scaduta", "The session has ended";
    expired_lead: "Quello che hai scritto non è andato perso: è conservato in questa pagina, cifrato, e solo tu puoi riprenderlo.", "What you wrote is not lost: it is kept in this page, encrypted, and only you can take it up again.";
    expired_login: "Accedi di nuovo", "Log in again";
    expired_resume: "Ho fatto l'accesso: riprendi", "I have logged in: take it up again";
    expired_how: "Se l'accesso si apre in un'altra scheda, torna qui dopo averlo fatto e premi il secondo pulsante.", "If the login opens in another tab, come back here afterwards and press the second button.";
    resume_title: "Riprendi da dove eri rimasto", "Go on from where you were";
    resume_lead: "Ecco quello che avevi scritto prima che la sessione scadesse. Nulla è stato inviato: conferma per salvarlo.", "Here is what you had written before the session ended. Nothing was sent: confirm to save it.";
    resume_send: "Conferma e salva", "Confirm and save";
    resume_leave: "Lascia perdere", "Leave it";
    resume_text_title: "Il testo conservato", "The text that was kept";
    resume_not_yours: "Il testo conservato appartiene a un'altra persona, oppure è trascorso troppo tempo.", "The text that was kept belongs to somebody else, or too much time has passed.";
    resume_nothing: "Non c'è testo da riprendere in questa finestra.", "There is no text to take up again in this window.";

    // Profiles and roles.
    profile_title: "Scegli il profilo", "Choose your profile";
    profile_lead: "Scegli per chi e in quale veste operi in questa sessione. Puoi cambiare in ogni momento.", "Choose for whom and as what you act in this session. You may change at any time.";
    profile_none: "Non risulta alcun profilo attivo a tuo nome. Se pensi che sia un errore, rivolgiti alla tua azienda, alla tua Sede o al Contact Center.", "No profile is active under your name. If you think this is a mistake, ask your firm, your office or the Contact Center.";
    profile_mandate: "Delega", "Mandate";
    profile_until: "valida fino al", "valid until";
    profile_choose: "Scegli", "Choose";
    profile_go_on: "Continua così", "Go on like this";
    role_owner: "Titolare", "Owner";
    role_legal_representative: "Rappresentante legale", "Legal representative";
    role_consultant: "Consulente aziendale", "Company consultant";
    role_intermediary: "Intermediario", "Intermediary";
    role_operator: "Operatore di Sede", "Office operator";
    role_officer: "Funzionario titolare di P.O.", "Position officer (P.O.)";
    role_manager: "Dirigente", "Manager";
    role_director: "Direttore di Sede", "Director of the office";
    role_regional_director: "Direttore regionale", "Regional director";
    role_metropolitan_director: "Direttore di coordinamento metropolitano", "Director of metropolitan coordination";
    role_citizen: "Cittadino", "Citizen";
    role_worker: "Lavoratore", "Worker";
    role_other: "Altro profilo", "Other profile";

    // Home.
    home_title: "Pagina iniziale", "Home";
    home_hello: "Le tue domande", "Your claims";
    home_empty_title: "Non hai ancora domande", "You have no claims yet";
    home_empty_text: "Comincia una domanda: i dati che l'Istituto conosce sono già compilati, e ogni passo viene salvato da solo.", "Start a claim: what the Institute knows is filled in already, and every step is saved by itself.";
    home_drafts: "Bozze da completare", "Drafts to complete";
    home_no_drafts: "Nessuna bozza aperta.", "No open drafts.";
    home_waiting: "In attesa di decisione", "Awaiting a decision";
    home_no_waiting: "Nessuna domanda in attesa.", "No claims are waiting.";
    home_decided: "Ultime decisioni", "Latest decisions";
    home_no_decided: "Ancora nessuna decisione.", "No decisions yet.";
    see_all_drafts: "Tutte le bozze", "All drafts";
    see_all_claims: "Tutte le domande", "All claims";
    home_office_title: "Il lavoro della Sede", "The work of the office";
    home_counts: "Domande in lavorazione", "Claims in work";
    home_to_adopt: "Proposte da adottare", "Proposals to adopt";
    home_nothing_to_adopt: "Nessuna proposta attende l'adozione.", "No proposal awaits adoption.";
    home_mine: "Le mie pratiche", "My claims";
    home_nothing_mine: "Non hai pratiche in carico: prendine una dalla coda.", "You have no claims in charge: take one from the queue.";
    home_other_title: "Nessun servizio per questo profilo", "Nothing here for this profile";
    home_other_text: "Con questo profilo non si presentano né si esaminano domande di integrazione salariale. Se hai un altro profilo, sceglilo.", "This profile neither files nor examines wage-integration claims. If you have another profile, choose it.";

    // Claims.
    claims_title: "Domande", "Claims";
    claim: "Domanda", "Claim";
    claims_none_filtered: "Nessuna domanda corrisponde ai filtri.", "No claim matches the filters.";
    new_claim: "Nuova domanda", "New claim";
    draft: "Bozza", "Draft";
    draft_of: "Bozza –", "Draft –";
    draft_go_on: "Continua la bozza", "Go on with the draft";
    filters: "Filtri", "Filters";
    filter_state: "Stato", "State";
    filter_all_states: "Tutti gli stati", "All states";
    filter_in_work: "In lavorazione", "In work";
    filter_mine: "Solo le mie", "Only mine";
    filter_apply: "Filtra", "Filter";
    filter_clear: "Togli i filtri", "Remove the filters";
    state: "Stato", "State";
    employer: "Azienda", "Employer";
    employer_and_unit: "Azienda e unità", "Employer and unit";
    matricola: "Matricola", "Matricola";
    unit_short: "unità", "unit";
    production_unit: "Unità produttiva", "Production unit";
    production_unit_hint: "La sede, lo stabilimento o il cantiere in cui il lavoro è sospeso o ridotto.", "The seat, plant or site where work is suspended or reduced.";
    period_label: "Periodo", "Period";
    submitted_on: "Presentata il", "Filed on";
    protocol: "Protocollo", "Protocol number";
    product: "Prestazione", "Instrument";
    causale: "Causale", "Reason";
    causale_hint: "EONE: evento oggettivamente non evitabile; ha termini più lunghi e non richiede 30 giorni di anzianità.", "EONE: an event that objectively cannot be avoided; terms are longer and 30 days of seniority are not needed.";
    effective_start: "Data di inizio effettivo", "Actual first day";
    effective_start_hint: "Solo se la sospensione non comincia di lunedì: un giorno della prima settimana.", "Only if the suspension does not begin on the Monday: a day of the first week.";
    event_days: "Giorni dell'evento", "Days of the event";
    event_days_hint: "Solo per le causali EONE: un giorno per riga, gg/mm/aaaa. Ogni settimana chiesta deve averne almeno uno.", "Only for EONE reasons: one day a line, dd/mm/yyyy. Each week asked for needs at least one.";
    workers: "Lavoratori", "Workers";
    hours: "Ore", "Hours";
    hours_requested: "Ore richieste", "Hours asked for";
    payment_mode: "Modalità di pagamento", "Mode of payment";
    payment_conguaglio: "A conguaglio: l'azienda anticipa e poi recupera", "Set-off: the employer advances and recovers";
    payment_direct: "Pagamento diretto dell'INPS ai lavoratori", "Direct payment by INPS to the workers";
    direct_statement: "Difficoltà finanziarie", "Financial difficulty";
    direct_statement_hint: "Solo per il pagamento diretto: le serie e documentate difficoltà finanziarie.", "Only for direct payment: the serious and documented financial difficulties.";
    office: "Sede competente", "Competent office";
    ticket: "Ticket", "Ticket";
    ticket_hint: "Solo se l'azienda ne ha già generato uno: 16 lettere e cifre. Altrimenti lo assegna il servizio.", "Only if the employer has one already: 16 letters and digits. Otherwise the service issues it.";
    days_since: "Giorni dalla presentazione", "Days since filing";
    filed_late: "La domanda è stata presentata oltre il termine.", "The claim was filed after its term.";
    earliest_day: "Si può riconoscere il trattamento solo dal", "The treatment may be recognised only from";
    nothing_recognisable: "Nessun giorno del periodo può essere riconosciuto.", "No day of the period can be recognised.";
    late_consequence: "Se per il ritardo i lavoratori perdono il diritto, l'azienda deve loro una somma equivalente (art. 15 c. 4 D.Lgs. 148/2015).", "If the workers lose their right because of the delay, the employer owes them the same sum (art. 15 c. 4 D.Lgs. 148/2015).";
    section_request: "Che cosa si chiede", "What is asked for";
    section_report: "Relazione tecnica", "Technical report";
    section_workers: "Lavoratori interessati", "Workers concerned";
    section_statements: "Consultazione, dichiarazioni, recapiti", "Consultation, statements, contacts";
    workers_omitted: "L'elenco è troppo lungo per questa pagina: resta com'è, a meno che tu non ne scriva un altro.", "The list is too long for this page: it stays as it is, unless you write another.";
    workers_none: "Nessun lavoratore in elenco.", "No workers in the list.";
    codice_fiscale: "Codice fiscale", "Codice fiscale";
    qualifica: "Qualifica", "Qualifica";
    weekly_hours: "Orario settimanale", "Weekly hours";
    hired_on: "Data di assunzione", "Hired on";
    qualifica_1: "1 – Operaio", "1 – Worker";
    qualifica_2: "2 – Impiegato", "2 – Clerk";
    qualifica_7: "7 – Equiparato o intermedio", "7 – Intermediate";
    qualifica_8: "8 – Viaggiatore o piazzista", "8 – Travelling salesman";
    qualifica_q: "Q – Quadro", "Q – Middle manager";
    qualifica_o: "O – Operaio part time", "O – Part-time worker";
    qualifica_y: "Y – Impiegato part time", "Y – Part-time clerk";
    qualifica_w: "W – Apprendista operaio", "W – Apprentice worker";
    qualifica_r: "R – Apprendista impiegato", "R – Apprentice clerk";
    consultation_date: "Comunicazione ai sindacati", "Communication to the unions";
    consultation_date_hint: "Il giorno in cui la sospensione è stata comunicata a RSA/RSU e organizzazioni territoriali.", "The day on which the suspension was communicated to RSA/RSU and the territorial unions.";
    joint_exam: "Esame congiunto", "Joint examination";
    joint_exam_requested: "È stato chiesto l'esame congiunto", "A joint examination was asked for";
    joint_exam_yes: "chiesto; concluso il", "asked for; ended on";
    joint_exam_end: "Fine dell'esame congiunto", "End of the joint examination";
    joint_exam_end_hint: "Solo se è stato chiesto. La procedura dura al massimo 25 giorni, 10 fino a 50 dipendenti.", "Only if it was asked for. The procedure lasts 25 days at most, 10 up to 50 employees.";
    report_of_reason: "Elementi richiesti dalla causale", "What the reason asks for";
    recipients: "Destinatari della comunicazione", "Who was told";
    recipient_rsa: "RSA", "RSA (workplace representatives of a union)";
    recipient_rsu: "RSU", "RSU (elected workplace representatives)";
    recipient_unions: "Organizzazioni sindacali territoriali", "Territorial unions";
    recipients_hint: "Il nome, uno per riga. Almeno un destinatario in uno dei tre campi.", "The name, one a line. At least one in one of the three fields.";
    consultation_outcome: "Esito della consultazione", "Outcome of the consultation";
    outcome_not_requested: "Nessuno ha chiesto l'esame congiunto", "Nobody asked for a joint examination";
    outcome_agreement: "Accordo", "Agreement";
    outcome_no_agreement: "Mancato accordo", "No agreement";
    outcome_lapsed: "Termine decorso", "The term lapsed";
    filer_code: "Codice fiscale di chi presenta", "Codice fiscale of who files";
    contact_phone: "Telefono", "Phone";
    contact_phone_hint: "Per le richieste urgenti dell'ufficio.", "For urgent questions of the office.";
    declaration: "Dichiarazione", "Statement";
    declarations: "Dichiarazioni", "Statements";
    declarations_hint: "Le dichiarazioni possono essere verificate; quelle false sono punite dalla legge.", "Statements may be verified; false ones are punished by law.";
    override_note: "Nota di forzatura", "Override note";
    override_note_hint: "Se sei sicuro dei dati, spiega perché: almeno 20 caratteri.", "If you are sure of the data, say why: at least 20 characters.";
    filed_as: "Presentata in qualità di", "Filed as";
    contact_pec: "PEC per le risposte", "PEC address for the answers";
    contact_pec_hint: "A questo indirizzo arrivano richieste e decisioni.", "Requests and decisions come to this address.";
    contact_email: "E-mail per le risposte", "E-mail address for the answers";
    history: "Cronologia", "History";
    what_you_may_do: "Che cosa puoi fare", "What you may do";
    decision: "Provvedimento", "Decision";
    granted_period: "Periodo concesso", "Period granted";
    granted_workers: "Lavoratori", "Workers";
    granted_hours: "Ore concesse", "Hours granted";
    authorization_number: "Numero di autorizzazione", "Authorisation number";
    decision_protocol: "Protocollo in uscita", "Outgoing protocol number";
    adopted_on: "Adottato il", "Adopted on";
    refused: "Non concesso", "Not granted";
    motivation: "Motivazione", "Grounds";
    verification_code: "Codice di verifica", "Verification code";
    appeal_until: "Ricorso fino al", "Appeal until";

    // Receipt, print, remedies.
    receipt_title: "Ricevuta", "Receipt";
    receipt_lead: "La domanda è protocollata. Conserva questa ricevuta.", "The claim is protocolled. Keep this receipt.";
    receipt_next_title: "Che cosa succede ora", "What happens now";
    receipt_next: "La Sede competente esamina la domanda. Se servono altri elementi te li chiede; la decisione compare qui appena è adottata.", "The competent office examines the claim. If more is needed it will ask you; the decision appears here as soon as it is adopted.";
    receipt_download: "Scarica la ricevuta (PDF)", "Download the receipt (PDF, in Italian)";
    act_download: "Scarica il provvedimento (PDF/A)", "Download the decision (PDF/A, in Italian)";
    verify_title: "Verifica di un provvedimento", "Check a decision";
    verify_lead: "Chiunque può verificare che un provvedimento è autentico, con il codice stampato nel documento. Non serve l'accesso.", "Anybody can check that a decision is genuine, by the code printed on the document. No login is needed.";
    verify_hint: "Cinque gruppi di cinque lettere e cifre, con o senza trattini; maiuscole e minuscole non contano.", "Five groups of five letters and digits, with or without dashes; capitals do not matter.";
    verify_button: "Verifica", "Check";
    verify_link: "Pagina di verifica", "Page of the check";
    verify_genuine_title: "Il provvedimento è autentico", "The decision is genuine";
    verify_genuine: "Il codice è quello di un provvedimento adottato. Confronta questi dati con il documento che hai.", "The code is that of a decision that was adopted. Compare these data with the document that you have.";
    verify_unknown_title: "Nessun provvedimento ha questo codice", "No decision has this code";
    verify_unknown: "Il codice è scritto correttamente, ma non è mai stato assegnato. Il documento che lo riporta non è autentico: segnalalo alla Sede.", "The code is well formed, but it was never given. The document that bears it is not genuine: tell the office.";
    verify_mistyped_title: "Il codice non è scritto correttamente", "The code is not well formed";
    verify_mistyped: "Manca un carattere, o uno è sbagliato. Ricontrolla il codice sul documento e inseriscilo di nuovo.", "A character is missing or wrong. Look at the code on the document again and type it anew.";
    verify_kind: "Tipo di provvedimento", "Kind of decision";
    verify_effect: "La verifica non dice se il provvedimento ha ancora effetto: chi può leggere la domanda lo vede lì, gli altri lo chiedono alla Sede.", "The check does not say whether the decision still has effect: who may read the claim sees it there, others ask the office.";
    receipt_to_claim: "Vai alla domanda", "Go to the claim";
    forced_finding: "Segnalazione forzata", "Forced finding";
    print_title: "Anteprima di stampa", "Print preview";
    print_button: "Stampa", "Print";
    print_draft: "Questa è una bozza: non è stata presentata.", "This is a draft: it has not been filed.";
    withdraw_title: "Ritira la domanda", "Withdraw the claim";
    withdraw_lead: "Una domanda ritirata non viene più esaminata, e le sue settimane tornano libere. Non si può tornare indietro.", "A withdrawn claim is no longer examined, and its weeks are free again. This cannot be undone.";
    withdraw_label: "Motivo del ritiro", "Reason of the withdrawal";
    withdraw_button: "Ritira", "Withdraw";
    reexamine_title: "Chiedi il riesame", "Ask for a reexamination";
    reexamine_lead: "Si può chiedere una volta per ogni decisione.", "It may be asked for once for each decision.";
    reexamine_label: "Motivi", "Grounds";
    reexamine_button: "Chiedi il riesame", "Ask for the reexamination";
    appeal_title: "Presenta ricorso", "File an appeal";
    appeal_lead: "Il ricorso al Comitato si presenta entro 30 giorni dal ricevimento della decisione (art. 17 D.Lgs. 148/2015).", "The appeal to the committee must be filed within 30 days of receipt of the decision (art. 17 D.Lgs. 148/2015).";
    appeal_label: "Motivi del ricorso", "Grounds of the appeal";
    appeal_button: "Presenta il ricorso", "File the appeal";

    // The form.
    start_lead: "Scegli l'unità produttiva. Azienda, inquadramento e Sede competente sono già noti.", "Choose the production unit. Employer, classification and competent office are known already.";
    start_none_title: "Nessuna azienda", "No employer";
    start_none: "Con questo profilo non ci sono aziende per cui presentare domande.", "There is no employer for whom to file claims under this profile.";
    start_no_units: "Nessuna unità produttiva attiva.", "No active production units.";
    start_button: "Comincia la domanda", "Start the claim";
    steps: "Passi della domanda", "Steps of the claim";
    to_complete: "da completare", "to complete";
    complete: "senza segnalazioni bloccanti", "nothing blocks";
    step_unit: "Unità produttiva", "Production unit";
    step_unit_lead: "L'unità per cui si chiede l'integrazione.", "The unit for which wage integration is asked.";
    step_reason: "Causale e pagamento", "Reason and payment";
    step_reason_lead: "Perché il lavoro è sospeso o ridotto, e chi anticipa il pagamento.", "Why work is suspended or reduced, and who advances the payment.";
    step_period: "Periodo", "Period";
    step_period_lead: "Le settimane che si chiedono. I contatori a lato mostrano quelle ancora disponibili.", "The weeks asked for. The counters beside show those that are still free.";
    step_workers: "Lavoratori", "Workers";
    step_workers_lead: "I lavoratori interessati e le ore richieste per ciascuno nell'intero periodo.", "The workers concerned and the hours asked for each over the whole period.";
    step_report: "Relazione e consultazione", "Report and consultation";
    step_report_lead: "La relazione tecnica spiega, con elementi oggettivi, perché si chiede l'integrazione.", "The technical report explains, on objective elements, why wage integration is asked for.";
    step_statements: "Dichiarazioni e recapiti", "Statements and contacts";
    step_statements_lead: "Le dichiarazioni che accompagnano la domanda e dove ricevere le risposte.", "The statements that go with the claim, and where to receive the answers.";
    step_review: "Verifica e invio", "Check and send";
    step_review_lead: "Controlla tutto prima di inviare: dopo l'invio la domanda non si può più cambiare.", "Check everything before you send: afterwards the claim can no longer be changed.";
    first_week: "Prima settimana (lunedì)", "First week (Monday)";
    first_week_hint: "Il lunedì della prima settimana.", "The Monday of the first week.";
    weeks_label: "Settimane", "Weeks";
    weeks_hint: "Quante se ne possono chiedere dipende dalla prestazione: la CIGO ne ammette 13 per domanda.", "How many may be asked for depends on the instrument: CIGO takes 13 a claim.";
    workers_list: "Elenco dei lavoratori", "List of the workers";
    workers_saved: "Lavoratori salvati", "Workers saved";
    worker_add: "Aggiungi un lavoratore", "Add a worker";
    worker_add_button: "Aggiungi all'elenco", "Add to the list";
    worker_remove: "Togli", "Remove";
    action: "Azione", "Action";
    report_activity: "Attività dell'unità", "Activity of the unit";
    report_activity_hint: "Che cosa produce l'unità e come è organizzata.", "What the unit produces and how it is organised.";
    report_event: "Evento e cause", "Event and causes";
    report_event_hint: "Che cosa è successo, quando e perché.", "What happened, when and why.";
    report_consequences: "Conseguenze sul lavoro", "Consequences on work";
    report_consequences_hint: "Quali reparti e quanti lavoratori restano fermi o riducono l'orario.", "Which departments and how many workers stop or reduce hours.";
    report_transience: "Transitorietà e ripresa", "Transience and resumption";
    report_transience_hint: "Perché la situazione è passeggera e quando il lavoro riprende.", "Why the situation is transient and when work resumes.";
    report_non_attributability: "Non imputabilità", "Non-attributability";
    report_non_attributability_hint: "Perché la causa non dipende dall'azienda né dai lavoratori.", "Why neither the firm nor the workers are the cause.";
    report_market: "Continuità sul mercato", "Continuity in the market";
    report_market_hint: "Perché l'azienda continua a operare sul mercato: ordini, clienti, bandi.", "Why the firm goes on operating in the market: orders, clients, tenders.";
    back: "Indietro", "Back";
    save: "Salva", "Save";
    save_and_continue: "Salva e continua", "Save and continue";
    autosave_hint: "Quello che scrivi viene salvato da solo mentre lavori.", "What you write is saved by itself while you work.";
    saved_in_part: "Salvato in parte: alcuni dati non si leggono, vedi accanto ai campi.", "Saved in part: some data cannot be read, see beside the fields.";
    already_sent: "La domanda è già stata inviata.", "The claim was sent already.";
    text_kept: "Quello che hai scritto è ancora qui sotto.", "What you wrote is still below.";
    error_summary: "Ci sono dati da correggere", "Some data need mending";
    check_aside: "Controllo", "Check";
    check_title: "Esito del controllo", "Result of the check";
    check_ready: "La domanda si può inviare.", "The claim may be sent.";
    check_not_ready: "La domanda non è ancora completa.", "The claim is not complete yet.";
    due_date: "Ultimo giorno utile", "Last day to file in time";
    grantable: "Settimane che ci stanno", "Weeks that fit";
    first_free: "L'intero periodo ci starebbe dal", "The whole period would fit from";
    severity_block: "Da correggere", "To be mended";
    severity_force: "Da confermare con una nota", "To be confirmed with a note";
    severity_info: "Informazione", "Information";
    submit_button: "Invia la domanda", "Send the claim";
    submit_not_yet: "Si può inviare quando non restano segnalazioni da correggere o da confermare.", "It may be sent once nothing is left to be mended or confirmed.";
    delete_title: "Elimina la bozza", "Delete the draft";
    delete_lead: "La bozza viene cancellata e non si può recuperare.", "The draft is deleted and cannot be recovered.";
    delete_button: "Elimina", "Delete";
    fault_choose: "Scegli una delle voci.", "Choose one of the options.";
    fault_missing: "Manca un dato.", "Something is missing.";
    fault_day: "non è una data: scrivi gg/mm/aaaa", "is not a date: write dd/mm/yyyy";
    fault_event_days: "Scrivi un giorno per riga, gg/mm/aaaa.", "Write one day a line, dd/mm/yyyy.";
    fault_hours: "non è un numero di ore maggiore di zero, come 40,00", "is not a number of hours above zero, such as 40.00";
    fault_codice_fiscale: "non è un codice fiscale: controlla le lettere e il carattere finale", "is not a codice fiscale: check the letters and the last character";
    fault_columns: "servono cinque colonne separate da punto e virgola, e l'IBAN solo se richiesto", "five columns between semicolons are needed, and the IBAN only when it is asked for";
    fault_grant: "Completa periodo, lavoratori e ore che si concedono.", "Complete period, workers and hours that are granted.";
    whole_line: "tutta la riga", "the whole line";

    // Counters.
    counters: "Contatori", "Counters";
    counter_cigo_biennium: "52 settimane nel biennio mobile", "52 weeks in the rolling two years";
    counter_cigo_continuous: "52 settimane continuative", "52 continuous weeks";
    counter_cigo_waiting: "Attesa dopo 52 settimane consecutive", "Wait after 52 consecutive weeks";
    counter_total: "Durata massima complessiva", "Overall maximum duration";
    counter_one_third: "Un terzo delle ore lavorabili", "One third of the workable hours";
    counter_ais: "Assegno di integrazione nel biennio mobile", "Wage-integration allowance in the rolling two years";
    counter_cigs_reorganisation: "CIGS per riorganizzazione", "CIGS for reorganisation";
    counter_cigs_crisis: "CIGS per crisi", "CIGS for crisis";
    counter_cigs_solidarity: "CIGS con contratto di solidarietà", "CIGS with a solidarity contract";
    counter_cigs_hours: "Ore di CIGS: 80% delle ore lavorabili", "Hours of CIGS: 80% of the workable hours";
    counter_ais_one_third: "Assegno di integrazione: un terzo delle ore lavorabili", "Wage-integration allowance: one third of the workable hours";
    counter_left: "Restano", "Left:";
    counter_of: "su", "of";
    counter_used: "usate", "used";
    counter_available: "Disponibile di nuovo dal", "Available again from";
    band_used: "usate", "used";
    band_claim: "questa domanda", "this claim";
    band_asked: "chieste con altre domande", "asked for by other claims";
    band_free: "libere", "free";
    band_in_words: "La fascia in parole", "The band in words";

    // Office.
    queue_title: "Coda della Sede", "Queue of the office";
    queue_none: "Nessuna domanda corrisponde: la coda è vuota o i filtri sono troppo stretti.", "No claim matches: the queue is empty, or the filters are too narrow.";
    age: "Età", "Age";
    proposal_pending: "proposta da adottare", "proposal to adopt";
    forced: "con forzature", "with forced findings";
    forced_title: "Segnalazioni forzate da chi ha presentato", "Findings forced by the filer";
    take_button: "Prendi in carico", "Take in charge";
    propose_title: "Proponi la decisione", "Propose the decision";
    propose_again: "Cambia la proposta", "Change the proposal";
    propose_button: "Invia la proposta", "Send the proposal";
    proposal: "Proposta", "Proposal";
    proposed_on: "Proposta il", "Proposed on";
    returned_with: "Restituita con questo rilievo:", "Sent back with this remark:";
    adopt_button: "Adotta il provvedimento", "Adopt the decision";
    return_title: "Restituisci la proposta", "Send the proposal back";
    return_label: "Rilievo per l'operatore", "Remark for the operator";
    return_button: "Restituisci", "Send back";
    outcome: "Esito", "Outcome";
    outcome_acceptance: "Accoglimento", "Acceptance";
    outcome_partial: "Accoglimento parziale", "Partial acceptance";
    outcome_rejection: "Reiezione", "Rejection";
    grant: "Che cosa si concede", "What is granted";
    grant_hint: "Per una reiezione questi campi non contano.", "For a rejection these fields do not count.";
    refused_hint: "Per un accoglimento parziale o una reiezione: che cosa resta fuori e perché.", "For a partial acceptance or a rejection: what is left out and why.";
    refused_reason: "Motivo", "Reason";
    refused_what: "Che cosa non si concede", "What is not granted";
    motivation_hint: "Indica i documenti e i fatti considerati, anche quando si accoglie: almeno 50 caratteri.", "Name the documents and facts considered, for acceptances too: at least 50 characters.";
    preview_title: "Anteprima", "Preview";
    preview_button: "Aggiorna l'anteprima", "Refresh the preview";
    preview_note: "Testo del provvedimento, come risulterebbe", "Text of the decision, as it would read";
    preview_incomplete: "Completa l'esito e ciò che si concede per vedere l'anteprima.", "Complete the outcome and the grant to see the preview.";
    preview_fits: "Le settimane concesse stanno nei limiti.", "The weeks granted are within the limits.";
    rejection_out_of_term: "Fuori termine", "Out of term";
    rejection_insufficient_evidence: "Elementi insufficienti", "Insufficient evidence";
    rejection_not_transient: "Evento non transitorio", "The event is not transient";
    rejection_attributable: "Imputabile all'azienda", "Attributable to the firm";
    rejection_no_resumption: "Nessuna ripresa prevista", "No resumption foreseen";
    rejection_causale: "Causale non provata", "Reason not proven";
    rejection_product: "Prestazione non dovuta", "Another instrument is due";
    rejection_limit: "Limite superato", "A limit is exceeded";
    rejection_worker: "Lavoratore senza diritto", "A worker is not entitled";
    rejection_consultation: "Consultazione mancante", "Consultation missing";
    rejection_duplicate: "Già chiesto", "Duplicate";
    rejection_other: "Altro motivo", "Another reason";

    // States, instruments, reasons.
    state_draft: "Bozza", "Draft";
    state_submitted: "Protocollata", "Protocolled";
    state_assigned: "Assegnata", "Assigned";
    state_under_review: "In istruttoria", "Under review";
    state_supplement_pending: "Supplemento istruttorio", "Supplement pending";
    state_accepted: "Accolta", "Accepted";
    state_partially_accepted: "Parzialmente accolta", "Partially accepted";
    state_rejected: "Reiettata", "Rejected";
    state_withdrawn: "Ritirata", "Withdrawn";
    state_annulled: "Annullata", "Annulled";
    state_under_reexamination: "In riesame", "Under reexamination";
    state_under_appeal: "In ricorso", "Under appeal";
    product_cigo: "CIGO – cassa integrazione guadagni ordinaria", "CIGO – ordinary wage integration";
    product_cigs: "CIGS – cassa integrazione guadagni straordinaria", "CIGS – extraordinary wage integration";
    product_ais_fis: "AIS – assegno di integrazione salariale del FIS", "AIS – wage-integration allowance of the FIS";
    product_ais_fund: "AIS – assegno di un fondo di solidarietà", "AIS – allowance of a solidarity fund";
    product_cisoa: "CISOA – operai agricoli", "CISOA – agricultural workers";
    product_cigd: "CIGD – in deroga", "CIGD – by derogation";
    product_cigd_multi: "CIGD – in deroga plurilocalizzata", "CIGD – by derogation, several regions";
    causale_lack_of_work: "Mancanza di lavoro o di commesse", "Lack of work or orders";
    causale_market_crisis: "Crisi di mercato", "Market crisis";
    causale_end_of_site: "Fine cantiere, fine lavoro", "End of the site, end of the work";
    causale_end_of_phase: "Fine fase lavorativa", "End of a phase of the work";
    causale_variant_works: "Perizia di variante o suppletiva al progetto", "Variant or supplementary works";
    causale_lack_of_materials: "Mancanza di materie prime o componenti", "Lack of materials or components";
    causale_weather_industry: "Eventi meteo, industria", "Bad weather, industry";
    causale_weather_construction: "Eventi meteo, edilizia", "Bad weather, construction";
    causale_strike: "Sciopero di un reparto o di altra impresa", "Strike of a department or of another firm";
    causale_fire: "Incendi, crolli, alluvioni", "Fire, collapse, flood";
    causale_premises: "Impraticabilità dei locali", "Premises unusable";
    causale_authority: "Ordine di pubblica autorità", "Order of a public authority";
    causale_power: "Mancanza di energia elettrica", "Power failure";
    causale_earthquake: "Sisma", "Earthquake";
    causale_machine: "Guasti ai macchinari", "Failure of machines";
    causale_maintenance: "Manutenzione straordinaria", "Extraordinary maintenance";
    causale_reorganisation: "Riorganizzazione aziendale", "Reorganisation";
    causale_company_crisis: "Crisi aziendale", "Company crisis";
    causale_solidarity: "Contratto di solidarietà", "Solidarity contract";
    causale_seasonal_weather: "Intemperie stagionali", "Seasonal bad weather";
    causale_not_attributable: "Altre cause non imputabili", "Other causes that nobody is to blame for";
    causale_covid_nazionale: "COVID-19 nazionale", "COVID-19, national";
    causale_covid_sosp_cigs: "COVID-19 nazionale – sospensione CIGS", "COVID-19, CIGS suspended";
    causale_covid_cisoa: "COVID-19 CISOA", "COVID-19, agriculture";
    causale_covid_permanenza: "COVID-19 – Obbligo permanenza domiciliare", "COVID-19, confinement at home";
    causale_covid_dl104: "COVID-19 (DL 104/2020)", "COVID-19 (decree-law 104/2020)";
    causale_covid_dl137: "COVID-19 (DL 137/2020)", "COVID-19 (decree-law 137/2020)";
    causale_covid_l178: "COVID-19 (L. 178/2020)", "COVID-19 (law 178/2020)";
    causale_covid_dl41: "COVID-19 (DL 41/2021)", "COVID-19 (decree-law 41/2021)";
    causale_covid_dl146: "COVID-19 (DL 146/2021)", "COVID-19 (decree-law 146/2021)";
    causale_covid_dl4: "COVID-19 (DL 4/2022)", "COVID-19 (decree-law 4/2022)";

    // What the last action did.
    notice_saved: "Salvato.", "Saved.";
    notice_submitted: "La domanda è stata inviata e protocollata.", "The claim was sent and protocolled.";
    notice_deleted: "La bozza è stata eliminata.", "The draft was deleted.";
    notice_withdrawn: "La domanda è stata ritirata.", "The claim was withdrawn.";
    notice_reexamination: "Il riesame è stato chiesto.", "The reexamination was asked for.";
    notice_appeal: "Il ricorso è stato presentato.", "The appeal was filed.";
    notice_taken: "La domanda è in carico a te.", "The claim is in your charge.";
    notice_proposed: "La proposta è stata inviata a chi deve adottarla.", "The proposal was sent for adoption.";
    notice_returned: "La proposta è stata restituita.", "The proposal was sent back.";
    notice_adopted: "Il provvedimento è adottato ed è già visibile a chi ha presentato la domanda.", "The decision is adopted and visible to the filer already.";

    // What went wrong.
    problem_title_refused: "Non si può fare", "This cannot be done";
    problem_title_denied: "Non consentito", "Not allowed";
    problem_title_not_found: "Pagina non trovata", "Page not found";
    problem_title_logged_out: "La sessione è scaduta", "The session has ended";
    problem_title_step_up: "Serve un accesso più forte", "A stronger login is needed";
    problem_title_too_many: "Troppe richieste", "Too many requests";
    problem_title_unavailable: "Servizio momentaneamente non disponibile", "Service unavailable at the moment";
    problem_title_internal: "Qualcosa non ha funzionato", "Something went wrong";
    problem_input: "Un dato non è valido. Torna indietro e controlla.", "Something is not valid. Go back and check.";
    problem_refused: "L'operazione non è possibile in questo momento.", "The operation is not possible at this moment.";
    problem_denied: "Il profilo scelto non consente questa operazione.", "The chosen profile does not allow this operation.";
    problem_forged: "La pagina da cui arriva la richiesta non è più valida. Torna indietro, aggiorna la pagina e riprova.", "The page that the request comes from is no longer valid. Go back, refresh the page and try again.";
    problem_not_found: "La pagina non c'è, oppure non è visibile con questo profilo.", "There is no such page, or this profile cannot see it.";
    problem_logged_out: "Accedi di nuovo per continuare.", "Log in again to go on.";
    problem_step_up: "Per questa operazione serve un livello di accesso più alto.", "This operation needs a higher level of login.";
    problem_too_many: "Hai fatto molte richieste in poco tempo. Aspetta un minuto e riprova.", "You made many requests in a short time. Wait a minute and try again.";
    problem_unavailable: "Stiamo lavorando per ripristinarlo. Le bozze salvate sono al sicuro: riprova tra poco.", "We are working to restore it. Saved drafts are safe: try again shortly.";
    problem_internal: "È un errore nostro. Riprova; se si ripete, indica all'assistenza il codice qui sotto.", "It is a failure of ours. Try again; if it happens again, give support the code below.";

    // Pages that say the same to everybody.
    accessibility_title: "Dichiarazione di accessibilità", "Accessibility statement";
    accessibility_state_title: "Stato di conformità", "State of conformity";
    accessibility_state: "Questo sito è progettato per essere conforme alle WCAG 2.1, livello AA, e alla norma UNI CEI EN 301549, come chiede la legge 9 gennaio 2004, n. 4.", "This site is designed to conform to WCAG 2.1, level AA, and to EN 301 549, as Law no. 4 of 9 January 2004 asks.";
    accessibility_content_title: "Contenuti non accessibili", "Inaccessible content";
    accessibility_content: "Non sono noti contenuti non accessibili. Le fasce dei contatori hanno sempre un equivalente in parole.", "No inaccessible content is known. The bands of the counters always have a twin in words.";
    accessibility_method_title: "Come è stata verificata", "How it was verified";
    accessibility_method: "Ogni pagina è controllata con un programma di verifica automatica, su schermo grande e a 320 pixel, e provata con la sola tastiera.", "Every page is checked by a program, on a large screen and at 320 pixels, and tried with the keyboard alone.";
    accessibility_feedback_title: "Segnalazioni e contatti", "Feedback and contacts";
    accessibility_feedback: "Per segnalare un problema di accessibilità o chiedere un contenuto in altra forma, chiama il Contact Center 803 164.", "To report a problem or ask for content in another form, call the Contact Center 803 164.";
    accessibility_recourse_title: "Procedura di attuazione", "Enforcement";
    accessibility_recourse: "Se la risposta non è soddisfacente o non arriva entro 30 giorni, ci si può rivolgere al Difensore civico per il digitale.", "If the answer is not satisfactory, or does not come within 30 days, you may turn to the Difensore civico per il digitale.";
    privacy_title: "Privacy", "Privacy";
    privacy_data_title: "Quali dati", "Which data";
    privacy_data: "Il portale mostra e invia i dati delle domande di integrazione salariale a chi ne ha titolo, e non ne conserva copia: sessione e testi non inviati restano nel tuo browser, cifrati.", "The portal shows and sends the data of wage-integration claims to those entitled, and keeps no copy: the session and texts not sent stay in your browser, encrypted.";
    privacy_cookies_title: "Cookie", "Cookies";
    privacy_cookies: "Si usano solo cookie tecnici: uno per la sessione, uno per l'accesso in corso e uno per la lingua. Non ci sono cookie di profilazione né di terze parti.", "Only technical cookies are used: one for the session, one for a login under way and one for the language. There are no profiling or third-party cookies.";
    privacy_trace_title: "Tracciamento degli accessi", "Record of accesses";
    privacy_trace: "Ogni lettura e ogni operazione sui dati personali è registrata con chi l'ha fatta e per conto di chi, come chiede la legge.", "Every reading of and operation on personal data is recorded with who did it and on whose behalf, as the law asks.";
    privacy_rights_title: "I tuoi diritti", "Your rights";
    privacy_rights: "Puoi esercitare i diritti degli articoli 15-22 del Regolamento (UE) 2016/679 rivolgendoti al titolare del trattamento o al responsabile della protezione dei dati.", "You may exercise the rights of articles 15-22 of Regulation (EU) 2016/679 by turning to the controller or the data protection officer.";
    notice_profile: "Profilo cambiato.", "Profile changed.";
    notice_handed_over: "La domanda non è più in carico a te.", "The claim is no longer in your charge.";
    notice_note: "La nota è nel fascicolo della Sede.", "The note is in the file of the office.";
    notice_transferred: "La domanda è passata all'altra Sede.", "The claim has gone to the other office.";
    notice_ruling: "L'esito del ricorso è registrato.", "The outcome of the appeal is recorded.";
    notice_delegated: "La delega di firma è registrata.", "The delegation of signature is recorded.";
    notice_delegation_ended: "La delega di firma è revocata.", "The delegation of signature is withdrawn.";

    // Search.
    search_title: "Ricerca", "Search";
    search_lead: "Cerca tra tutte le domande che puoi vedere, ordinale e scarica l'elenco.", "Search among all the claims that you may see, sort them and download the list.";
    search_text_label: "Parole", "Words";
    search_text_hint: "Azienda, unità, protocollo, ticket, recapiti o note; almeno tre lettere.", "Employer, unit, protocol, ticket, contacts or notes; three letters at least.";
    search_period_from: "Periodo chiesto, dal", "Period asked for, from";
    search_period_to: "Periodo chiesto, al", "Period asked for, to";
    search_submitted_from: "Presentata dal", "Submitted from";
    search_submitted_to: "Presentata fino al", "Submitted up to";
    search_unit: "Unità produttiva", "Production unit";
    search_any: "Qualsiasi", "Any";
    search_who: "Chi la segue", "Who follows it";
    search_who_me: "Io", "I do";
    search_who_nobody: "Nessuno", "Nobody";
    search_button: "Cerca", "Search";
    search_none: "Nessuna domanda corrisponde. Prova con meno filtri, o con parole più brevi.", "No claim matches. Try fewer filters, or shorter words.";
    search_results: "Risultati della ricerca", "Search results";
    search_export: "Scarica l'elenco", "Download the list";
    search_export_csv: "Scarica in CSV", "Download as CSV";
    search_export_xlsx: "Scarica in XLSX (foglio di calcolo)", "Download as XLSX (spreadsheet)";
    search_export_note: "L'elenco scaricato contiene tutti i risultati, fino a 200.000 domande, e l'estrazione viene registrata.", "The list holds all results, up to 200,000 claims, and the download is recorded.";
    column_deadline: "Termine", "Term";
    column_hours: "Ore", "Hours";
    column_state_since: "Nello stato dal", "In its state since";
    sorted_up: "ordine crescente", "ascending";
    sorted_down: "ordine decrescente", "descending";

    // The queue.
    queue_counts: "Domande in attesa, per prodotto ed età in giorni", "Claims that wait, by instrument and age in days";
    queue_age: "Età", "Age";
    queue_all_ages: "Tutte le età", "All ages";
    queue_total: "Totale", "Total";
    queue_unassigned: "Solo senza assegnatario", "Only with nobody";
    queue_office: "Sede", "Office";
    queue_all_offices: "Tutte le Sedi", "All offices";
    queue_select: "Scegli", "Select";
    queue_assign_title: "Assegna le domande scelte", "Assign the chosen claims";
    queue_assign_to: "Assegna a", "Assign to";
    queue_assign_button: "Assegna", "Assign";
    queue_assign_none: "Scegli almeno una domanda.", "Choose one claim at least.";
    queue_assigned_title: "Esito dell'assegnazione", "Outcome of the assignment";
    queue_back: "Torna alla coda", "Back to the queue";
    assigned_done: "Assegnata", "Assigned";
    assigned_state: "Non assegnata: non è più in uno stato che lo consente", "Not assigned: its state no longer allows it";
    assigned_gone: "Non assegnata: non è della Sede", "Not assigned: it is not of the office";
    assigned_busy: "Non assegnata: è in corso l'adozione, riprova tra poco", "Not assigned: a decision is being adopted, try again shortly";
    assigned_other: "Non assegnata: la persona non può averla", "Not assigned: the person may not have it";
    age_0_15: "fino a 15 giorni", "up to 15 days";
    age_16_30: "da 16 a 30", "16 to 30";
    age_31_60: "da 31 a 60", "31 to 60";
    age_61_90: "da 61 a 90", "61 to 90";
    age_91_180: "da 91 a 180", "91 to 180";
    age_181_365: "da 181 a 365", "181 to 365";
    age_over_365: "oltre 365 giorni", "more than 365 days";

    // Who follows a claim, notes, transfers, rulings.
    handler_label: "In carico a", "In charge";
    handler_nobody: "nessuno", "nobody";
    handler_you: "te", "you";
    hand_over_title: "Cedi la domanda", "Hand the claim over";
    hand_over_to: "A chi", "To whom";
    hand_over_queue: "Rimetti in coda", "Back to the queue";
    hand_over_reason: "Perché la cedi", "Why you hand it over";
    hand_over_button: "Cedi", "Hand over";
    notes_title: "Note della Sede", "Notes of the office";
    notes_lead: "Le leggono solo i colleghi della Sede. Una nota non si cambia: per correggerla se ne aggiunge un'altra.", "Only colleagues of the office read them. A note is never changed: it is corrected by another.";
    notes_none: "Ancora nessuna nota.", "No note yet.";
    note_label: "Nuova nota", "New note";
    note_corrects: "Corregge", "Corrects";
    note_corrects_none: "Nessuna nota", "No note";
    note_button: "Aggiungi la nota", "Add the note";
    transfer_title: "Trasferisci ad altra Sede", "Transfer to another office";
    transfer_office: "Altra Sede", "Other office";
    transfer_reason: "Perché la trasferisci", "Why you transfer it";
    transfer_button: "Trasferisci", "Transfer";
    ruling_title: "Esito del ricorso", "Outcome of the appeal";
    ruling_label: "Decisione del Comitato", "Decision of the committee";
    ruling_number: "Numero della delibera", "Number of the deliberation";
    ruling_day: "Data della delibera", "Day of the deliberation";
    ruling_grounds: "Motivi in sintesi", "Grounds in short";
    ruling_button: "Registra l'esito", "Record the outcome";
    ruling_next: "La Sede deve ora proporre e adottare il provvedimento conforme.", "The office has now to propose and adopt the decision that conforms.";
    ruling_upheld: "Accolto", "Upheld";
    ruling_partly: "Accolto in parte", "Upheld in part";
    ruling_dismissed: "Respinto", "Dismissed";

    // What was done.
    action_draft: "Bozza iniziata", "Draft begun";
    action_submit: "Domanda presentata", "Claim submitted";
    action_assign: "Assegnazione", "Assignment";
    action_transfer: "Trasferimento ad altra Sede", "Transfer to another office";
    action_take: "Presa in carico", "Taking in charge";
    action_hand_over: "Cessione", "Handing over";
    action_open_supplement: "Supplemento istruttorio", "Supplement";
    action_close_supplement: "Chiusura del supplemento", "End of the supplement";
    action_propose: "Proposta di decisione", "Proposal of a decision";
    action_return: "Restituzione della proposta", "Proposal sent back";
    action_adopt: "Adozione del provvedimento", "Adoption of the decision";
    action_adoption_refused: "Adozione non riuscita", "Adoption refused";
    action_withdraw: "Ritiro", "Withdrawal";
    action_annul: "Annullamento d'ufficio", "Annulment ex officio";
    action_give_way: "Prevalenza di altra domanda", "Another claim prevails";
    action_reexamine: "Riesame", "Reexamination";
    action_appeal: "Ricorso presentato", "Appeal filed";
    action_rule: "Decisione del Comitato sul ricorso", "Ruling of the committee";
    action_note: "Nota della Sede", "Note of the office";
    given_to: "a", "to";

    // Delegations of signature.
    delegations_title: "Deleghe di firma", "Delegations of signature";
    delegations_lead: "Chi può adottare provvedimenti per il direttore, e in quali giorni.", "Who may adopt decisions for the director, and on which days.";
    delegations_none: "Nessuna delega di firma.", "No delegation of signature.";
    delegation_to: "Delegato", "Delegate";
    delegation_from: "Dal", "From";
    delegation_until: "Al", "To";
    delegation_state: "Situazione", "Status";
    delegation_active: "in corso", "in force";
    delegation_future: "futura", "to come";
    delegation_over: "scaduta", "over";
    delegation_withdrawn: "revocata", "withdrawn";
    delegation_new: "Nuova delega", "New delegation";
    delegation_give: "Delega la firma", "Delegate the signature";
    delegation_end: "Revoca", "Withdraw";
    fault_dates: "Indica il primo e l'ultimo giorno.", "State the first and the last day.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::text::{dashboard, filing, payments};

    /// Words that are the same in both languages.
    const SAME: &[&str] = &[
        "service_name",
        "matricola",
        "codice_fiscale",
        "qualifica",
        "iban",
        "upload_file",
        "attachment_scan",
        "ticket",
        "privacy_title",
        "flow_kind_sr41",
        "flow_kind_uniemens",
    ];

    fn parts(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect()
    }

    #[test]
    fn every_key_says_something_in_both_languages() {
        for (key, it, en) in SENTENCES
            .iter()
            .chain(PHRASES)
            .chain(filing::SENTENCES)
            .chain(filing::PHRASES)
            .chain(dashboard::SENTENCES)
            .chain(dashboard::PHRASES)
            .chain(payments::SENTENCES)
            .chain(payments::PHRASES)
        {
            assert!(
                !it.trim().is_empty() && !en.trim().is_empty(),
                "{key} is empty"
            );
            assert!(
                it != en || SAME.contains(key),
                "{key} is not translated: {it}"
            );
        }
    }

    #[test]
    fn a_phrase_has_the_same_parts_in_both_languages() {
        let phrases = PHRASES.iter().chain(filing::PHRASES);
        let phrases = phrases.chain(payments::PHRASES);
        for (key, it, en) in phrases.chain(dashboard::PHRASES) {
            assert_eq!(parts(it), parts(en), "{key}");
        }
    }

    /// Templates hold no words of their own: outside tags and expressions there are no letters.
    #[test]
    fn every_string_of_the_templates_comes_from_the_catalogue() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let html = std::fs::read_to_string(&path).unwrap();
            let text = outside(&outside(&html, "{%", "%}"), "{{", "}}");
            let text = outside(&text, "<", ">")
                .replace("DM 95442/2016 art", "")
                .replace("EONE", "");
            let text = text.replace("Msg INPS 1396/2018", "").replace("c. 1;", "");
            let words: Vec<&str> = text
                .split_whitespace()
                .filter(|word| word.chars().any(char::is_alphabetic) && !word.starts_with('&'))
                .filter(|word| !matches!(*word, "Italiano" | "English"))
                .collect();
            assert!(words.is_empty(), "{}: {words:?}", path.display());
        }
    }

    fn outside(text: &str, open: &str, close: &str) -> String {
        let mut kept = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(open) {
            kept.push_str(&rest[..start]);
            kept.push(' ');
            let Some(end) = rest[start..].find(close) else {
                return kept;
            };
            rest = &rest[start + end + close.len()..];
        }
        kept + rest
    }

    #[test]
    fn one_week_is_no_weeks() {
        assert_eq!(Text(Language::Italian).weeks(1), "1 settimana");
        assert_eq!(Text(Language::Italian).weeks(10), "10 settimane");
        assert_eq!(Text(Language::English).weeks(1), "1 week");
    }
}
