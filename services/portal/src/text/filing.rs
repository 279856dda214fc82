//! The catalogue of the filing: what the steps of the form ask for, files, provenance, and what a click can mend.

use super::Language;
use super::catalogue::{Text, phrases, sentences};

phrases! {
    fault_number(least: i32, most: i32): "Scrivi un numero intero da {least} a {most}.", "Write a whole number from {least} to {most}.";
    product_weeks(weeks: &str): "Fino a {weeks} per domanda.", "Up to {weeks} a claim.";
    product_days(days: i32): "Fino a {days} giornate per domanda.", "Up to {days} days a claim.";
    causale_window(from: &str, to: &str): "giorni dal {from} al {to}", "days from {from} to {to}";
    causale_weeks(weeks: &str): "al massimo {weeks}", "{weeks} at most";
    causale_heads(heads: i32): "fino a {heads} dipendenti in media", "up to {heads} average heads";
    headcount_group(heads: &str, hours: &str): "{heads} a {hours} ore", "{heads} at {hours} hours";
    filled_from_anagrafe(at: &str): "anagrafe dell'Istituto, {at}", "the Institute's anagrafe, {at}";
    filled_from_session(at: &str): "profilo in uso, {at}", "profile in use, {at}";
    filled_from_claim(protocol: &str, at: &str): "domanda precedente {protocol}, {at}", "earlier claim {protocol}, {at}";
    filled_confirmed(at: &str): "confermato il {at}", "confirmed on {at}";
    filled_confirmed_as(at: &str, role: &str): "confermato il {at} ({role})", "confirmed on {at} ({role})";
    source_degraded(source: &str): "{source}: non risponde. Il controllo che manca sarà completato da solo più tardi.", "{source}: no answer. The check that is missing will be completed later by itself.";
    source_degraded_known(source: &str, at: &str): "{source}: non risponde. Valgono i dati del {at}, e il controllo sarà completato da solo più tardi.", "{source}: no answer. The data of {at} hold, and the check will be completed later by itself.";
    annulled_weeks(weeks: &str): "Settimane annullate d'ufficio, perché per gli stessi giorni prevale una domanda con causale COVID-19 accolta: {weeks}.", "Weeks annulled ex officio, since an accepted claim for COVID-19 prevails for the same days: {weeks}.";
    completion_awaited(source: &str, since: &str): "{source}: non rispondeva il {since}. Il controllo si completerà da solo.", "{source}: no answer on {since}. The check will be completed by itself.";
    completion_done(source: &str, since: &str, done: &str): "{source}: non rispondeva il {since}. Il controllo è stato completato il {done}.", "{source}: no answer on {since}. The check was completed on {done}.";
    problem_field(field: &str): "(Dato: {field}.)", "(Field: {field}.)";
    problem_field_rule(field: &str, rule: &str): "(Dato: {field}. Regola: {rule}.)", "(Field: {field}. Rule: {rule}.)";
    upload_broken(stored: &str, total: &str, at: &str): "Un caricamento si è interrotto ({at}): sono al sicuro {stored} su {total}. Scegli di nuovo lo stesso file per riprendere da lì.", "An upload was broken off ({at}): {stored} of {total} are safe. Choose the same file again to go on from there.";
    list_accepted(at: &str, count: &str, hours: &str): "Ultimo file accolto il {at}: {count} lavoratori, {hours} ore in tutto, ricalcolate dal servizio.", "Last file accepted on {at}: {count} workers, {hours} hours in all, added up by the service.";
    list_refused(at: &str, faults: &str): "L'ultimo file, del {at}, aveva {faults} errori e non ha cambiato nulla.", "The last file, of {at}, had {faults} faults and changed nothing.";
    report_summary(faults: &str): "Il file ha {faults} errori: l'elenco della domanda è rimasto com'era. Correggi il file e caricalo di nuovo.", "The file has {faults} faults: the list of the claim is as it was. Mend the file and upload it again.";
    report_rest(told: &str): "Sono mostrati i primi {told}.", "The first {told} are shown.";
    fix_weeks(weeks: &str): "Riduci a {weeks}, quante ce ne stanno", "Reduce to {weeks}, as many as fit";
    fix_first_week(day: &str): "Comincia lunedì {day}", "Begin on Monday {day}";
    fix_not_eligible(workers: usize): "Togli i lavoratori che non possono averla ({workers})", "Leave out the workers who may not have it ({workers})";
    indicators_told(when: &str, turnover: &str, operating: &str, net: &str, debt: &str): "{when}: fatturato € {turnover}, risultato operativo € {operating}, risultato netto € {net}, indebitamento € {debt}", "{when}: turnover € {turnover}, operating result € {operating}, net result € {net}, debt € {debt}";
    decree_told(number: &str, date: &str, authority: &str, from: &str, to: &str, hours: &str): "n. {number} del {date}, {authority}: dal {from} al {to}, {hours} ore", "no. {number} of {date}, {authority}: from {from} to {to}, {hours} hours";
}

sentences! {
    // Steps.
    step_product: "Prestazione", "Instrument";
    step_product_lead: "Quale integrazione si chiede. Quelle adatte all'inquadramento dell'unità vengono per prime.", "Which wage integration is asked for. Those that fit the classification of the unit come first.";
    notice_mended: "Fatto: la domanda è stata corretta.", "Done: the claim was mended.";

    // Unit.
    headcount: "Organico medio del semestre precedente", "Average headcount of the previous semester";
    headcount_hint: "Una riga per orario settimanale contrattuale: ore e dipendenti medi, come 40,00;60,00.", "One line for each contractual week: hours and average heads, such as 40.00;60.00.";
    seat_province: "Provincia della sede legale (codice ISTAT)", "Province of the registered seat (ISTAT code)";
    seat_province_hint: "Tre cifre, come 015 per Milano.", "Three digits, such as 015 for Milano.";
    fault_headcount: "Scrivi una riga per orario: ore e dipendenti, separati da punto e virgola.", "Write a line for each week: hours and heads, with a semicolon between.";
    fault_province: "Scrivi le tre cifre del codice ISTAT.", "Write the three digits of the ISTAT code.";

    // Period.
    extension_of: "Proroga di", "Extends";
    extension_of_hint: "Solo se la domanda proroga un'altra: il suo numero di autorizzazione o di protocollo.", "Only if the claim extends another: its authorisation or protocol number.";
    used_weeks: "Settimane fruite secondo l'azienda", "Weeks used by the employer's count";
    used_weeks_hint: "Solo se l'Istituto conta diversamente. Serve anche la dichiarazione relativa.", "Only if the Institute counts otherwise. The statement about it is needed too.";
    used_days: "Giorni fruiti", "Days used";
    used_days_hint: "Il dettaglio delle settimane fruite: un giorno per riga, gg/mm/aaaa.", "The detail of the weeks used: one day a line, dd/mm/yyyy.";

    // Instrument and reason.
    product_hint: "Se la prestazione giusta non è tra quelle suggerite si può proseguire con una nota di forzatura.", "If the right instrument is not among those suggested, you may go on with an override note.";
    product_suggested: "Suggerita.", "Suggested.";
    product_not_compatible: "Non compatibile.", "Not compatible.";
    product_decree: "Segue un decreto.", "It follows a decree.";
    product_direct_only: "Paga solo l'INPS.", "Only INPS pays.";
    fund: "Fondo di solidarietà", "Solidarity fund";
    days_requested: "Giornate richieste", "Days asked for";
    payment_hint: "Per il pagamento diretto si dichiarano, più avanti, serie e documentate difficoltà finanziarie.", "For direct payment serious and documented financial difficulty is stated further on.";
    decree: "Decreto", "Decree";
    decree_authority: "Decreto: chi lo ha emanato", "Decree: who issued it";
    decree_authority_hint: "Come Ministero del lavoro, o la Regione.", "Such as the Ministry of Labour, or the Region.";
    decree_number: "Decreto: numero", "Decree: number";
    decree_date: "Decreto: data", "Decree: date";
    decree_from: "Decreto: primo giorno autorizzato", "Decree: first day authorised";
    decree_to: "Decreto: ultimo giorno autorizzato", "Decree: last day authorised";
    decree_hours: "Decreto: ore autorizzate", "Decree: hours authorised";
    decree_hours_hint: "In tutto, come 4.000,00.", "In all, such as 4,000.00.";
    advance: "Anticipo del 40%", "The 40% advance";
    advance_text: "Si chiede l'anticipo del 40% delle ore autorizzate", "The advance of 40% of the authorised hours is asked for";
    advance_hint: "Serve l'IBAN di ogni lavoratore, nell'ultima colonna dell'elenco.", "The IBAN of every worker is needed, in the last column of the list.";

    // Report.
    indicators: "Indicatori economici e finanziari", "Financial indicators";
    indicators_hint: "Una riga per anno, o per trimestre, degli ultimi due anni: anno;trimestre;fatturato;risultato operativo;risultato netto;indebitamento. Come 2025;;900.000,00;9.000,00;-1.000,00;80.000,00; il trimestre resta vuoto per gli anni.", "A line for each year, or quarter, of the last two years: year;quarter;turnover;operating result;net result;debt. Such as 2025;;900,000.00;9,000.00;-1,000.00;80,000.00; the quarter stays empty for years.";
    fault_indicators: "Scrivi sei colonne separate da punto e virgola: anno, trimestre o niente, quattro importi.", "Write six columns with semicolons between: year, quarter or nothing, four amounts.";

    // What the check says.
    due_consequence: "Dopo questo giorno si riconoscono solo le settimane dal lunedì di quella che precede la presentazione (art. 15 c. 3 D.Lgs. 148/2015).", "After that day only weeks from the Monday of the one before the filing are recognised (art. 15 c. 3 D.Lgs. 148/2015).";
    due_consequence_forfeit: "Dopo questo giorno la domanda non si può più presentare: il termine è di decadenza.", "After that day the claim can no longer be filed: the right is forfeited.";
    not_before: "Si può presentare dal", "It may be filed from";
    fixes: "Si può correggere con un clic", "A click can mend it";
    fix_on_monday: "Togli la data di inizio effettivo: vale il lunedì", "Remove the actual first day: the Monday counts";
    fix_direct: "Scegli il pagamento diretto", "Choose direct payment";
    fix_no_advance: "Rinuncia all'anticipo del 40%", "Ask for no advance";
    fix_no_ibans: "Togli gli IBAN dall'elenco", "Remove the IBANs from the list";
    fix_totals: "Usa i totali dell'elenco", "Use the totals of the list";
    degraded_title: "Fonti che non rispondono", "Sources that do not answer";

    // Provenance.
    filled_title: "Dati compilati dalla piattaforma", "Data filled in by the platform";
    filled_lead: "Vengono da qui, e chi presenta li conferma salvando il passo o inviando la domanda.", "They come from here, and who files confirms them by saving the step or sending the claim.";
    filled_field: "Dato", "Datum";
    filled_value: "Valore", "Value";
    filled_origin: "Da dove e quando", "Where from and when";
    filled_by: "Conferma", "Confirmation";
    filled_label: "Compilato dalla piattaforma:", "Filled in by the platform:";
    filled_unconfirmed: "da confermare", "to be confirmed";
    filler_identity: "Dalla tua identità digitale.", "From your digital identity.";
    employer_code: "Codice fiscale dell'azienda", "Employer's codice fiscale";
    employer_csc: "Codice statistico contributivo", "CSC (contribution class)";
    employer_authorizations: "Codici di autorizzazione", "Authorisation codes";
    employer_ateco: "Attività (ATECO)", "Activity (ATECO)";
    unit_address: "Indirizzo dell'unità", "Address of the unit";
    unit_municipality: "Comune dell'unità (codice catastale)", "Municipality of the unit (cadastral code)";
    unit_province: "Provincia dell'unità (codice ISTAT)", "Province of the unit (ISTAT code)";
    source_anagrafe: "Anagrafe di aziende e unità", "Anagrafe of employers and units";
    source_limits: "Contatori", "Counters";
    source_persons: "Registro delle persone", "Register of persons";
    source_uniemens: "Denunce UniEmens", "UniEmens declarations";
    completions_title: "Controlli completati dopo l'invio", "Checks completed after the sending";

    // Copies.
    copy_button: "Copia in una nuova domanda", "Copy into a new claim";
    start_more: "Altre aziende", "More employers";

    // Files.
    workers_first: "(i primi 100; gli altri si tolgono dall'elenco qui sopra)", "(the first 100; others are removed from the list above)";
    step_attachments: "Allegati", "Attachments";
    step_attachments_lead: "I documenti che accompagnano la domanda: fino a 20 file da 10 MiB, 50 MiB in tutto.", "The documents that go with the claim: up to 20 files of 10 MiB, 50 MiB in all.";
    upload_list_title: "Carica l'elenco da un file", "Upload the list as a file";
    upload_list_hint: "CSV fino a 50.000 righe e 8 MiB, nella forma del modello. Sostituisce tutto l'elenco; se il file ha errori non cambia nulla.", "CSV of up to 50,000 lines and 8 MiB, in the layout of the template. It replaces the whole list; a file with faults changes nothing.";
    upload_template: "Scarica il modello", "Download the template";
    upload_list_whole: "Scarica l'elenco salvato", "Download the list that is saved";
    upload_list_see: "Vedi l'elenco intero", "See the whole list";
    upload_file: "File", "File";
    upload_button: "Carica", "Upload";
    upload_choose: "Scegli un file.", "Choose a file.";
    upload_preparing: "Preparo il file…", "Preparing the file…";
    upload_sending: "Caricamento:", "Uploading:";
    upload_checking: "Il file è arrivato: lo sto controllando…", "The file has come: checking it…";
    upload_interrupted: "Collegamento interrotto: riprovo. Quello che è già arrivato è al sicuro.", "The connection broke: trying again. What has come is safe.";
    upload_stopped: "Il caricamento si è interrotto. Quello che è già arrivato è al sicuro: premi di nuovo Carica per riprendere.", "The upload was broken off. What has come is safe: press Upload again to go on.";
    upload_resuming: "Riprendo da dove si era interrotto:", "Going on from where it broke:";
    upload_cancel: "Dimentica il caricamento interrotto", "Forget the upload that broke";
    upload_progress: "Avanzamento del caricamento", "Progress of the upload";
    attachment_add: "Aggiungi un allegato", "Add an attachment";
    attachment_add_hint: "PDF, P7M, JPEG, PNG o TIFF; anche XML e CSV. Il tipo si giudica dal contenuto.", "PDF, P7M, JPEG, PNG or TIFF; XML and CSV too. The content decides the type.";
    attachment_kind: "Che cos'è", "What it is";
    attachments_title: "Allegati", "Attachments";
    attachments_none: "Nessun allegato.", "No attachments.";
    attachments_unknown: "Gli allegati non si possono mostrare in questo momento.", "The attachments cannot be shown at the moment.";
    attachment_type: "Tipo", "Type";
    attachment_size: "Dimensione", "Size";
    attachment_scan: "Antivirus", "Antivirus";
    attachment_added: "Aggiunto il", "Added on";
    fingerprint: "Impronta SHA-256", "SHA-256 fingerprint";
    attachment_remove: "Togli", "Remove";
    attachment_report: "Relazione tecnica", "Technical report";
    attachment_minutes: "Verbale della consultazione sindacale", "Minutes of the union consultation";
    attachment_statement: "Dichiarazione di difficoltà finanziarie", "Statement of financial difficulty";
    attachment_other: "Altro documento", "Other document";
    scan_off: "non previsto", "not configured";
    scan_pending: "in attesa di esame", "waiting to be scanned";
    scan_clean: "nulla di dannoso", "nothing harmful";
    scan_infected: "contenuto dannoso", "harmful content";
    file_field_size: "dimensione", "size";
    file_field_kind: "che cos'è", "what it is";
    file_field_name: "nome del file", "name of the file";
    file_field_count: "numero di file", "number of files";
    file_field_content: "contenuto del file", "content of the file";
    report_title: "Errori nel file dei lavoratori", "Faults in the file of the workers";
    report_csv: "Scarica gli errori come CSV", "Download the faults as CSV";
    report_again: "Torna ai lavoratori e carica di nuovo", "Go back to the workers and upload again";
    fault_line: "Riga", "Line";
    fault_column: "Colonna", "Column";
    fault_rule: "Errore", "Fault";
    iban: "IBAN", "IBAN";
    notice_list: "L'elenco dei lavoratori è stato sostituito.", "The list of workers was replaced.";
    notice_attached: "Il file è allegato.", "The file is attached.";
    notice_detached: "L'allegato è stato tolto.", "The attachment was removed.";
    notice_upload_cancelled: "Il caricamento interrotto è stato dimenticato.", "The upload that broke was forgotten.";
}
