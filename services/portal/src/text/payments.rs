//! The catalogue of direct payments: flows and their lines, orders to the bank, and what workers read of their own.

use super::Language;
use super::catalogue::{Text, phrases, sentences};

phrases! {
    pay_flow_title(protocol: &str): "Flusso {protocol}", "Flow {protocol}";
    pay_line_title(number: &str): "Riga {number}", "Line {number}";
    pay_lines_of(count: &str): "{count} righe", "{count} lines";
    pay_term_told(day: &str): "{day}. Dopo questo giorno i dati di quel mese non si possono più inviare: prestazione e oneri restano a carico dell'azienda (art. 7 c. 5-bis D.Lgs. 148/2015).", "{day}. After that day the data of that month can no longer be sent: the employer bears benefit and charges (art. 7 c. 5-bis D.Lgs. 148/2015).";
    pay_term_over(day: &str, source: &str): "L'ultimo giorno era il {day} ({source}): prestazione e oneri restano a carico dell'azienda.", "The last day was {day} ({source}): the employer bears benefit and charges.";
    pay_not_before(day: &str): "Si può inviare dal {day}.", "It may be sent from {day}.";
    pay_refused_summary(faults: &str): "Il flusso è stato respinto per intero: nessuna riga sarà pagata finché non lo invii di nuovo corretto. Errori trovati nel file: {faults}.", "The flow was refused as a whole: no line is paid until you send it again, mended. Faults found in the file: {faults}.";
    pay_attempt(at: &str): "Tentativo del {at}", "Attempt of {at}";
    pay_attempt_refused(at: &str): "Invio del {at}: respinto per intero.", "Sent on {at}: refused as a whole.";
    pay_attempt_accepted(at: &str, protocol: &str): "Invio del {at}: ricevuto con il numero {protocol}.", "Sent on {at}: received under number {protocol}.";
    pay_differs(gross: &str, expected: &str, difference: &str): "L'azienda si aspettava € {expected}, il calcolo dà € {gross}: differenza di € {difference}. Si paga l'importo calcolato.", "The employer expected € {expected}, the computation gives € {gross}: a difference of € {difference}. The computed amount is paid.";
    pay_agrees(expected: &str): "Coincide con l'importo atteso dall'azienda (€ {expected}).", "It is the amount that the employer expected (€ {expected}).";
    pay_attempts(count: i32): "Tentativo di pagamento n. {count}", "Payment attempt no. {count}";
    pay_bank_day(day: &str): "Data della banca: {day}", "Day of the bank: {day}";
    pay_corrects_flow(protocol: &str): "Questo invio corregge il flusso {protocol}: deve contenere solo le righe che sono ferme.", "What you send corrects flow {protocol}: it holds only the lines that are stopped.";
    pay_authorization(number: &str): "Autorizzazione n. {number}", "Authorisation no. {number}";
    pay_week_hours(week: usize, hours: &str): "{week}ª settimana: {hours}", "week {week}: {hours}";
    pay_batch_made(orders: &str, total: &str): "{orders} ordini per € {total}", "{orders} orders for € {total}";
    pay_batch_waiting(count: &str): "{count} senza risposta", "{count} without an answer";
    pay_batch_paid(count: &str): "{count} pagati", "{count} paid";
    pay_batch_returned(count: &str): "{count} restituiti", "{count} sent back";
    pay_batch_unknown(count: &str): "{count} con esito ignoto", "{count} of unknown outcome";
    pay_answers_read(count: &str): "Risposte nel file: {count}", "Answers in the file: {count}";
    mine_ordered(day: &str): "La banca lo esegue il {day}.", "The bank executes it on {day}.";
    mine_steps_of(month: &str): "Come si calcola l'importo di {month}", "How the amount of {month} is found";
    mine_paid(day: &str): "Pagato il {day}.", "Paid on {day}.";
    mine_received(day: &str): "Dati ricevuti dall'Istituto il {day}", "Data received by the Institute on {day}";
    mine_to_account(iban: &str): "Bonifico sul conto {iban}", "Transfer to the account {iban}";
}

impl Text {
    /// `settembre 2026`.
    pub(crate) fn month_and_year(self, month0: u32, year: i32) -> String {
        let names = match self.0 {
            Language::Italian => [
                "gennaio",
                "febbraio",
                "marzo",
                "aprile",
                "maggio",
                "giugno",
                "luglio",
                "agosto",
                "settembre",
                "ottobre",
                "novembre",
                "dicembre",
            ],
            Language::English => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
        };
        let name = usize::try_from(month0).ok().and_then(|it| names.get(it));
        format!("{} {year}", name.copied().unwrap_or_default())
    }

    /// What a service says in both languages, in the one of the page.
    pub(crate) fn of<'a>(self, italian: &'a str, english: &'a str) -> &'a str {
        match self.0 {
            Language::Italian => italian,
            Language::English => english,
        }
    }
}

sentences! {
    // Lists.
    pay_title: "Pagamenti diretti", "Direct payments";
    pay_menu: "Pagamenti", "Payments";
    pay_lead_filer: "I flussi con cui l'Istituto paga direttamente i lavoratori, e a che punto sono.", "The flows by which the Institute pays workers directly, and where they stand.";
    pay_lead_office: "I flussi ricevuti dalle aziende. Le righe ferme aspettano una correzione, o il lavoro della Sede.", "The flows received from employers. Lines that are stopped wait for a correction, or for the work of the office.";
    pay_send: "Invia un flusso", "Send a flow";
    pay_flow: "Flusso", "Flow";
    pay_flow_id: "Identificativo del flusso", "Id of the flow";
    pay_authorization_label: "Autorizzazione", "Authorisation";
    pay_month: "Mese", "Month";
    pay_month_hint: "Come 2026-09 oppure 09/2026.", "Such as 2026-09 or 09/2026.";
    pay_office: "Sede competente", "Competent office";
    pay_all_offices: "Tutte le Sedi", "All offices";
    pay_covers: "Giorni coperti", "Days covered";
    pay_lines: "Righe", "Lines";
    pay_received_on: "Ricevuto il", "Received on";
    pay_none: "Nessun flusso ancora", "No flows yet";
    pay_none_filer: "Dopo un'autorizzazione con pagamento diretto, a mese finito, si inviano qui i dati dei lavoratori.", "After an authorisation with direct payment, once the month is over, the data of the workers are sent here.";
    pay_none_office: "Non è ancora arrivato alcun flusso.", "No flow has come yet.";
    pay_none_filtered: "Nessun flusso corrisponde ai filtri.", "No flow fits the filters.";
    fault_month: "Scrivi il mese come 2026-09.", "Write the month as 2026-09.";
    pay_stopped_lines: "righe ferme", "stopped lines";

    // A flow.
    pay_receipt_lead: "Il flusso è ricevuto. Conserva il numero di protocollo: è la ricevuta.", "The flow is received. Keep the protocol number: it is the receipt.";
    pay_kind: "Tipo di flusso", "Form of the flow";
    pay_term: "Termine per il primo mese", "Term of the first month";
    pay_totals: "Totali", "Totals";
    pay_by_state: "Righe per stato", "Lines by state";
    pay_see_lines: "Vedi le righe", "See the lines";
    pay_lines_csv: "Scarica l'esito delle righe (CSV)", "Download what came of the lines (CSV)";
    pay_claim_of: "Domanda autorizzata", "Authorised claim";
    pay_corrected: "Corregge un altro flusso", "Corrects another flow";
    pay_corrected_see: "Vedi il flusso corretto", "See the corrected flow";
    pay_why_ended: "Motivo", "Reason";
    pay_correct: "Invia una correzione", "Send a correction";
    pay_correct_lead: "Una correzione sostituisce le righe ferme. Quelle buone vanno avanti da sole.", "A correction replaces the stopped lines. The good ones go on by themselves.";
    pay_delete: "Annulla il flusso", "Cancel the flow";
    pay_delete_title: "Annulla il flusso", "Cancel the flow";
    pay_delete_lead: "Tutte le righe saranno annullate e le ore torneranno disponibili. Si può fare finché nessuna riga è disposta o pagata. Per sostituirlo, annullalo e invia il flusso giusto.", "All lines are cancelled and the hours are free again. It can be done while no line is ordered or paid. To replace the flow, cancel it and send the right one.";
    pay_delete_reason: "Perché lo annulli", "Why you cancel it";
    pay_delete_confirm: "Confermo: annulla tutte le righe del flusso", "I confirm: cancel all lines of the flow";
    pay_reject: "Respingi il flusso", "Reject the flow";
    pay_reject_title: "Respingi il flusso", "Reject the flow";
    pay_reject_lead: "Tutte le righe saranno annullate. Chi ha inviato il flusso legge il motivo. Si può fare finché nessuna riga è disposta o pagata.", "All lines are cancelled. Who sent the flow reads the reason. It can be done while no line is ordered or paid.";
    pay_reject_reason: "Perché lo respingi", "Why you reject it";
    pay_reject_confirm: "Confermo: respingi il flusso", "I confirm: reject the flow";
    pay_confirm_missing: "Spunta la conferma e scrivi il motivo.", "Tick the confirmation and write the reason.";
    pay_end_button: "Conferma", "Confirm";

    // Lines.
    pay_lines_title: "Righe del flusso", "Lines of the flow";
    pay_line_number: "N.", "No.";
    pay_worker: "Lavoratore", "Worker";
    pay_code: "Codice", "Code";
    pay_remedy: "Che cosa fare", "What to do";
    pay_gross: "Lordo", "Gross";
    pay_net: "Netto", "Net";
    pay_net_long: "Netto della riduzione del 5,84 %", "Net of the reduction of 5.84 %";
    pay_expected: "Atteso", "Expected";
    pay_difference: "diverso dall'atteso", "not as expected";
    pay_lines_none: "Nessuna riga in questo stato.", "No line in this state.";
    pay_type: "Tipo di richiesta", "What it asks for";
    pay_way: "Modo di pagamento", "Way of payment";
    pay_account: "Conto", "Account";
    pay_amount: "Importo", "Amount";
    pay_amount_none: "non ancora calcolato", "not computed yet";
    pay_amount_set: "Fissato da un operatore.", "Set by an operator.";
    pay_to_set: "L'importo di questa riga deve essere fissato da un operatore della Sede.", "The amount of this line has to be set by an operator of the office.";
    pay_steps: "Come si calcola", "How it is found";
    pay_step: "Passo", "Step";
    pay_formula: "Calcolo", "Computation";
    pay_result: "Risultato", "Result";
    pay_source: "Fonte", "Source";
    pay_capped: "Vale il massimale del mese.", "The monthly ceiling holds.";
    pay_why_stopped: "Perché la riga è ferma", "Why the line is stopped";

    // Cures.
    pay_cures: "Che cosa puoi fare", "What you may do";
    pay_cure_reason: "Motivo, per il fascicolo", "Reason, for the record";
    pay_cure_domiciled: "Paga con bonifico domiciliato", "Pay by bonifico domiciliato";
    pay_cure_domiciled_lead: "L'IBAN viene cancellato dalla riga e il lavoratore riscuote in contanti alla posta (Msg 1904/2020).", "The IBAN is erased from the line and the worker is paid in cash at the post office (Msg 1904/2020).";
    pay_street: "Via e numero", "Street and number";
    pay_postal_code: "CAP", "Postal code (CAP)";
    pay_municipality: "Comune", "Municipality";
    pay_province: "Provincia (sigla)", "Province (sign)";
    pay_cure_deductions: "Conferma le trattenute", "Confirm the deductions";
    pay_cure_deductions_lead: "Le trattenute della riga sono state lavorate e il pagamento può andare avanti.", "The deductions of the line have been worked, and the payment may go on.";
    pay_cure_amount: "Fissa l'importo", "Set the amount";
    pay_cure_gross: "Lordo in euro", "Gross in euro";
    pay_cure_net: "Netto in euro", "Net in euro";
    pay_cure_cancel: "Annulla la riga", "Cancel the line";
    pay_cure_cancel_lead: "La riga non sarà pagata. Non si torna indietro: per pagarla serve un altro flusso.", "The line is not paid. It cannot be undone: to pay it another flow is needed.";
    fault_amounts: "Scrivi lordo e netto come 288,00.", "Write gross and net as 288.00.";

    // Sending.
    pay_choose_title: "Scegli l'autorizzazione", "Choose the authorisation";
    pay_choose_lead: "I flussi si inviano per un'autorizzazione con pagamento diretto. Queste sono le domande accolte, dalla più recente.", "A flow is sent for an authorisation with direct payment. These are the claims that were granted, newest first.";
    pay_choose_none: "Nessuna domanda accolta con pagamento diretto. Quando la Sede ne autorizza una, la trovi qui.", "No claim granted with direct payment. When the office authorises one, it is here.";
    pay_choose: "Invia per questa", "Send for this one";
    pay_not_authorised: "Questa domanda non ha un'autorizzazione con pagamento diretto in vigore.", "This claim has no authorisation of direct payment in force.";
    pay_send_title: "Invia un flusso di pagamento", "Send a payment flow";
    pay_format: "Formato del file", "Format of the file";
    pay_format_csv: "File CSV", "CSV file";
    pay_format_xml: "File XML", "XML file";
    pay_csv_hint: "Tracciato CSV con il punto e virgola, una riga per lavoratore e mese, fino a 200.000 righe. La testata si scrive qui sotto.", "CSV layout with semicolons, one line for each worker and month, up to 200,000 lines. The header is written below.";
    pay_xml_hint: "XML FlussoPagamento con la sua Testata, fino a 200.000 lavoratori.", "XML FlussoPagamento with its Testata, up to 200,000 workers.";
    pay_template: "Scarica il modello CSV", "Download the CSV template";
    pay_header: "Testata del flusso", "Header of the flow";
    pay_from: "Dal", "From";
    pay_to: "Al", "To";
    pay_header_hint: "Un flusso UniEmens-CIG copre un solo mese; si invia dal giorno dopo l'ultimo coperto.", "A UniEmens-CIG flow covers one month alone; it is sent from the day after the last one covered.";
    pay_count_lines: "Numero di righe", "Number of lines";
    pay_count_hours: "Totale delle ore", "Hours in all";
    pay_count_hint: "Servono a controllare che il file sia arrivato intero e giusto.", "They check that the file has come whole and right.";
    pay_corrects: "Numero di ricevuta del flusso da correggere", "Receipt number of the flow to correct";
    pay_corrects_hint: "Solo per correggere righe ferme di un flusso già inviato.", "Only to correct stopped lines of a flow that was sent.";
    pay_file_title: "Il file con i lavoratori", "The file with the workers";
    pay_send_button: "Invia il flusso", "Send the flow";
    pay_granted_hours: "Ore autorizzate", "Authorised hours";
    pay_granted_period: "Periodo autorizzato", "Authorised period";
    pay_attempts_title: "Ultimi invii per questa autorizzazione", "Last sendings for this authorisation";
    pay_attempt_see: "Vedi gli errori", "See the faults";
    pay_from_start: "Ricomincia da capo con un altro file o altri dati", "Begin anew with another file or other data";
    fault_flow_days: "Indica il primo e l'ultimo giorno coperti.", "State the first and the last day covered.";
    fault_flow_totals: "Scrivi quante righe e quante ore ha il file.", "Write how many lines and hours the file has.";

    // Refusals of a whole flow.
    pay_refused_title: "Flusso respinto", "Flow refused";
    pay_refused_codes: "Perché è stato respinto", "Why it was refused";
    pay_refused_again: "Correggi e invia di nuovo", "Mend and send again";
    pay_header_line: "testata", "header";
    pay_whole_file: "tutto il file", "the whole file";
    refusal_malformed: "Il file non è nella forma del tracciato. Correggi gli errori elencati.", "The file is not in the layout. Mend the faults listed.";
    refusal_totals: "Righe od ore del file non sono quelle della testata. Controlla i totali.", "Lines or hours of the file are not those of the header. Check the totals.";
    refusal_unknown: "L'autorizzazione non esiste. Controlla il numero sul provvedimento.", "There is no such authorisation. Check the number on the decision.";
    refusal_matricola: "L'autorizzazione è di un'altra matricola.", "The authorisation is of another matricola.";
    refusal_not_direct: "L'autorizzazione è a conguaglio: paga l'azienda, e non si inviano flussi.", "The authorisation is with conguaglio: the employer pays, and no flows are sent.";
    refusal_not_active: "La domanda è annullata o in riesame: i flussi si riprendono a inviare dopo la nuova decisione.", "The claim is annulled or under reexamination: flows are sent again after the new decision.";
    refusal_period: "Ci sono giorni fuori dal periodo autorizzato.", "There are days outside the authorised period.";
    refusal_iban: "Almeno un IBAN è sbagliato. Le righe sono elencate: correggile e invia di nuovo tutto il file.", "At least one IBAN is wrong. The lines are listed: mend them and send the whole file again.";
    refusal_contract: "Almeno un orario settimanale contrattuale è fuori dai limiti.", "At least one contractual week is out of range.";
    refusal_duplicate: "Lo stesso lavoratore compare due volte per mese e tipo.", "The same worker appears twice for a month and type.";
    refusal_kind: "Il tipo di flusso non è ammesso per questo periodo o per questa autorizzazione.", "The form of the flow is not allowed for this period or authorisation.";
    refusal_early: "È troppo presto: il flusso si invia dal giorno dopo l'ultimo coperto.", "It is too early: a flow is sent from the day after the last one covered.";
    refusal_late: "Il termine è scaduto.", "The term is over.";
    refusal_filer: "Chi invia non ha titolo per questa matricola.", "The sender is not entitled for this matricola.";
    refusal_other: "Il flusso non può essere accolto.", "The flow cannot be taken.";

    // Names.
    flow_kind_sr41: "SR41", "SR41";
    flow_kind_sr43: "SR43 (agricoltura)", "SR43 (agriculture)";
    flow_kind_uniemens: "UniEmens-CIG", "UniEmens-CIG";
    flow_received: "Ricevuto", "Received";
    flow_checking: "In verifica", "In verification";
    flow_with_anomalies: "Con anomalie", "With anomalies";
    flow_in_payment: "In pagamento", "In payment";
    flow_paid: "Pagato", "Paid";
    flow_rejected: "Respinto", "Rejected";
    flow_deleted: "Annullato", "Cancelled";
    line_received: "ricevuta", "received";
    line_in_verification: "in verifica", "in verification";
    line_verified: "verificata", "verified";
    line_anomaly: "ferma", "stopped";
    line_ordered: "disposta", "ordered";
    line_paid: "pagata", "paid";
    line_returned: "restituita dalla banca", "sent back by the bank";
    line_cancelled: "annullata", "cancelled";
    line_type_zero: "Zero ore", "Zero hours";
    line_type_reduced: "Orario ridotto", "Reduced hours";
    line_type_adjustment: "Conguaglio di quanto pagato", "Adjustment of what was paid";
    line_type_family: "Conguaglio dell'assegno familiare", "Adjustment of the family allowance";
    line_type_ceiling: "Conguaglio per il massimale più alto", "Adjustment for the higher ceiling";
    way_transfer: "Bonifico sul conto", "Transfer to the account";
    way_domiciled: "Bonifico domiciliato (contanti alla posta)", "Bonifico domiciliato (cash at the post office)";
    anomaly_cf_invalid: "Codice fiscale sbagliato", "Wrong codice fiscale";
    anomaly_cf_unknown: "Codice fiscale sconosciuto, o persona deceduta", "Unknown codice fiscale, or the person has died";
    anomaly_not_a_beneficiary: "Lavoratore non autorizzato", "Worker not authorised";
    anomaly_hours_authorized: "Ore oltre quelle autorizzate", "Hours above those authorised";
    anomaly_hours_contract: "Ore oltre l'orario contrattuale", "Hours above the contractual ones";
    anomaly_overlap: "Altra prestazione negli stessi giorni", "Another benefit on the same days";
    anomaly_already_paid: "Mese già pagato", "Month paid already";
    anomaly_iban_mismatch: "Conto di un'altra persona", "Account of somebody else";
    anomaly_iban_unknown: "La banca non conferma il titolare del conto", "The bank does not confirm the holder of the account";
    anomaly_iban_returned: "Somma restituita dalla banca", "Money sent back by the bank";
    anomaly_deductions: "Trattenute da lavorare", "Deductions to work";

    // The treasury.
    treasury_title: "Disposizioni di pagamento", "Payment orders";
    treasury_menu: "Disposizioni", "Orders";
    treasury_lead: "Le righe verificate vanno in banca in un file; le risposte della banca dicono quali sono pagate.", "Verified lines go to the bank in one file; the bank's answers say which are paid.";
    treasury_make_title: "Nuova disposizione", "New batch";
    treasury_make_lead: "Raccoglie le righe verificate della Sede, al massimo 5.000, dal flusso più vecchio. Premere due volte non paga due volte.", "Gathers the verified lines of the office, at most 5,000, oldest flow first. Pressing twice does not pay twice.";
    treasury_make_button: "Disponi i pagamenti", "Order the payments";
    treasury_batches: "Disposizioni fatte", "Batches made";
    treasury_none: "Nessuna disposizione ancora.", "No batch yet.";
    treasury_message: "Messaggio", "Message";
    treasury_made_on: "Fatta il", "Made on";
    treasury_executed_on: "Esecuzione", "Execution";
    treasury_orders: "Ordini", "Orders";
    treasury_state: "Risposte della banca", "Answers of the bank";
    treasury_file: "File per la banca", "File for the bank";
    treasury_download: "Scarica pain.001", "Download pain.001";
    treasury_answers_title: "Risposte della banca", "Answers of the bank";
    treasury_answers_lead: "Carica il file pain.002 o camt.054 della banca, fino a 3 MiB. Caricarlo due volte non cambia nulla.", "Upload the pain.002 or camt.054 file of the bank, up to 3 MiB. Uploading it twice changes nothing.";
    treasury_answers_done: "Risposte acquisite", "Answers taken in";
    treasury_answer_paid: "Pagati ora", "Paid now";
    treasury_answer_returned: "Restituiti ora", "Sent back now";
    treasury_answer_unknown: "Con esito ancora ignoto", "Of an outcome still unknown";
    treasury_answer_repeated: "Già noti", "Known before";
    treasury_answer_unmatched: "Ordini non riconosciuti", "Orders not recognised";
    treasury_unmatched_lead: "Questi identificativi non sono di ordini della Sede, o contraddicono quanto è noto: verifica con la banca.", "These ids are none of the office's orders, or contradict what is known: check with the bank.";
    treasury_back: "Torna alle disposizioni", "Back to the orders";
    treasury_ledger: "Riconciliazione", "Reconciliation";
    treasury_reconciled: "Conti e ordini coincidono.", "Accounts and orders agree.";
    treasury_not_reconciled: "Conti e ordini non coincidono: avvisa chi gestisce il servizio.", "Accounts and orders do not agree: tell whoever runs the service.";
    treasury_account: "Conto", "Account";
    treasury_balance: "Saldo in euro", "Balance in euro";
    treasury_sum: "Somma", "Sum";
    treasury_in_transit: "Disposto e senza risposta", "Ordered and not answered";
    treasury_paid: "Pagato in tutto", "Paid in all";
    account_benefits: "Prestazioni", "Benefits";
    account_reduction: "Riduzione del 5,84 %", "Reduction of 5.84 %";
    account_bank_clearing: "Banca, in transito", "Bank, in transit";
    account_treasury: "Tesoreria", "Treasury";
    account_receivable: "Crediti verso i lavoratori", "Receivable from workers";
    account_write_offs: "Recuperi abbandonati", "Recoveries given up";
    account_refunds: "Somme da rimborsare", "Refunds due";
    treasury_too_large: "Il file supera 3 MiB.", "The file is larger than 3 MiB.";

    // Recoveries.
    recovery_title: "Recuperi di somme", "Recoveries";
    recovery_menu: "Recuperi", "Recoveries of money";
    recovery_one: "Recupero", "Recovery";
    recovery_lead: "Le somme pagate in più ai lavoratori, che cosa è tornato e che cosa manca.", "What workers were paid too much, what came back and what is still owed.";
    recovery_none: "Nessun recupero. Si apre dalla riga pagata di un flusso.", "No recovery. One is opened from the paid line of a flow.";
    recovery_none_filtered: "Nessun recupero corrisponde ai filtri.", "No recovery fits the filters.";
    recovery_reason: "Motivo del recupero", "Reason of the recovery";
    recovery_overdue_only: "Solo con il termine scaduto", "Only with the term over";
    recovery_overdue: "termine scaduto", "term over";
    recovery_outstanding: "Ancora da restituire", "Still owed";
    recovery_note: "Spiegazione per il lavoratore", "Explanation for the worker";
    recovery_code: "Codice da scrivere nel bonifico", "Code to write on the transfer";
    recovery_paid: "Pagato per la riga", "Paid for the line";
    recovery_amount: "Da recuperare", "To be recovered";
    recovery_repaid: "Restituito", "Repaid";
    recovery_written_off: "Abbandonato", "Given up";
    recovery_refund: "Da rimborsare al lavoratore", "To be refunded to the worker";
    recovery_opened: "Aperto il", "Opened on";
    recovery_notified: "Giorno di ricevimento della lettera", "Day on which the letter arrived";
    recovery_due: "Termine per restituire", "Term to repay";
    recovery_notify: "Registra la notifica", "Record the notification";
    recovery_extend: "Proroga il termine", "Extend the term";
    recovery_new_term: "Nuovo termine", "New term";
    recovery_repay: "Registra un versamento", "Register a repayment";
    recovery_repay_lead: "Un versamento con il codice del recupero arriva da solo con il file camt.054 della banca.", "A repayment with the code of the recovery comes by itself with the camt.054 file of the bank.";
    recovery_reference: "Riferimento della banca", "Reference of the bank";
    recovery_repay_amount: "Importo in euro", "Amount in euro";
    recovery_credited: "Data di accredito", "Day of the credit";
    recovery_write_off: "Abbandona il resto", "Give up the rest";
    recovery_write_off_lead: "Quello che manca non sarà più chiesto. Non si torna indietro.", "What is still owed is no longer asked for. It cannot be undone.";
    recovery_cancel: "Annulla il recupero", "Cancel the recovery";
    recovery_cancel_lead: "Se il recupero non andava aperto. La somma potrà essere recuperata di nuovo.", "If the recovery should not have been opened. The amount may be recovered anew.";
    recovery_steps: "Che cosa è stato fatto", "What was done";
    recovery_by_platform: "la piattaforma", "the platform";
    recovery_open: "Apri un recupero", "Open a recovery";
    recovery_open_lead: "Se il lavoratore ha ricevuto più del dovuto. Lo legge subito tra i suoi pagamenti; il termine corre dalla notifica.", "If the worker was paid too much. They read it at once among their payments; the term runs from the notification.";
    recovery_open_amount: "Importo netto in euro; vuoto per tutto", "Net amount in euro; empty for all of it";
    recovery_recovered: "In recupero o recuperato", "Being recovered, or recovered";
    fault_recovery_day: "Indica il giorno.", "State the day.";
    fault_recovery_amount: "Scrivi l'importo come 100,00.", "Write the amount as 100.00.";
    recovery_state_opened: "Aperto", "Opened";
    recovery_state_notified: "Notificato", "Notified";
    recovery_state_partly: "Restituito in parte", "Partly repaid";
    recovery_state_settled: "Saldato", "Settled";
    recovery_state_written_off: "Rinunciato", "Waived";
    recovery_state_cancelled: "Senza effetto", "Cancelled";
    recovery_reason_annulled: "Autorizzazione annullata", "The authorisation was annulled";
    recovery_reason_reduced: "Autorizzazione ridotta", "The authorisation was reduced";
    recovery_reason_line: "L'azienda ha dichiarato meno ore", "The employer declared fewer hours";
    recovery_reason_deceased: "Lavoratore deceduto prima del mese", "The worker had died before the month";
    recovery_reason_amount: "Importo sbagliato", "The amount was wrong";
    recovery_reason_not_entitled: "Prestazione non dovuta", "The worker was not entitled";
    recovery_did_open: "Apertura", "Opening";
    recovery_did_notify: "Notifica", "Notification";
    recovery_did_extend: "Proroga del termine", "Extension of the term";
    recovery_did_repay: "Versamento", "Repayment";
    recovery_did_write_off: "Rinuncia", "Waiver";
    recovery_did_cancel: "Annullamento", "Cancellation";
    recovery_did_send_back: "Pagamento restituito dalla banca", "Payment sent back by the bank";
    notice_recovery: "Il recupero è aggiornato.", "The recovery is up to date.";
    notice_recovery_opened: "Il recupero è aperto: il lavoratore lo vede già.", "The recovery is open: the worker sees it already.";
    home_recoveries: "Recuperi con il termine scaduto", "Recoveries whose term is over";
    home_no_recoveries: "Nessun recupero ha il termine scaduto.", "No recovery has its term over.";
    home_all_recoveries: "Tutti i recuperi", "All recoveries";

    // One's own.
    mine_recovery: "Somma da restituire", "Money to give back";
    mine_recovery_to: "A chi restituire", "Whom to repay";
    mine_recovery_code: "Causale del bonifico", "What to write on the transfer";
    mine_recovery_next_opened: "Riceverai una lettera: il termine per restituire corre da quando arriva. Se non sei d'accordo, rivolgiti alla Sede.", "You will get a letter: the term to repay runs from its arrival. If you do not agree, ask the office.";
    mine_recovery_next_owed: "Fai un bonifico con il codice indicato, anche in più volte. Se non sei d'accordo o ti serve più tempo, rivolgiti alla Sede.", "Make a transfer with the code, in several parts if you like. If you do not agree or need more time, ask the office.";
    mine_recovery_next_over: "Non devi fare altro.", "There is nothing more to do.";
    mine_title: "I miei pagamenti", "My payments";
    mine_lead: "I pagamenti diretti dell'integrazione salariale che ti riguardano, e a che punto sono.", "The direct payments of wage integration that are yours, and where they stand.";
    mine_none: "Ancora nessun pagamento", "No payment yet";
    mine_none_text: "Quando il tuo datore di lavoro invia i dati di un mese, il pagamento compare qui.", "When your employer sends the data of a month, the payment appears here.";
    mine_next: "Che cosa succede ora", "What happens next";
    mine_state_received: "Dati ricevuti", "Data received";
    mine_state_checking: "In verifica", "Being checked";
    mine_state_verified: "Verificato, da pagare", "Checked, to be paid";
    mine_state_stopped: "Fermo per un problema", "Stopped by a problem";
    mine_state_ordered: "In pagamento", "On its way";
    mine_state_paid: "Pagato", "Paid";
    mine_state_returned: "Restituito dalla banca", "Sent back by the bank";
    mine_state_cancelled: "Annullato", "Cancelled";
    mine_next_received: "I controlli cominciano da soli: non devi fare nulla.", "The checks begin by themselves: there is nothing for you to do.";
    mine_next_checking: "L'Istituto controlla ore, altre prestazioni e conto. Non devi fare nulla.", "The Institute checks hours, other benefits and the account. There is nothing for you to do.";
    mine_next_verified: "La Sede lo inserisce nella prossima disposizione alla banca.", "The office puts it into the next order to the bank.";
    mine_next_stopped: "Il datore di lavoro, o chi lo assiste, deve correggere i dati, oppure la Sede sta lavorando la riga. Se hai cambiato conto, comunica il nuovo IBAN al datore di lavoro.", "The employer, or who assists them, has to mend the data, or the office is working on it. If you changed account, tell your employer the new IBAN.";
    mine_next_ordered: "L'accredito dipende dalla tua banca: di solito si vede entro un giorno lavorativo.", "When you see it depends on your bank: usually within one working day.";
    mine_next_ordered_post: "Potrai riscuotere alla posta con un documento e il codice fiscale.", "You will be able to collect it at the post office with a document and the codice fiscale.";
    mine_next_paid: "Se non lo trovi sul conto, rivolgiti alla tua banca e poi alla Sede.", "If it is not on your account, ask your bank, then the office.";
    mine_next_paid_post: "Si riscuote alla posta con un documento e il codice fiscale.", "It is collected at the post office with a document and the codice fiscale.";
    mine_next_cancelled: "Non sarà pagato.", "It will not be paid.";
    mine_home: "Ultimi pagamenti", "Latest payments";
    mine_all: "Tutti i miei pagamenti", "All my payments";
    mine_hours: "Ore integrate", "Hours integrated";

    // Homes.
    home_flows: "Flussi con righe ferme", "Flows with stopped lines";
    home_no_flows: "Nessun flusso ha righe ferme.", "No flow has stopped lines.";
    home_flows_away: "I pagamenti non si possono mostrare in questo momento.", "Payments cannot be shown at this moment.";
    home_all_flows: "Tutti i flussi", "All flows";
    home_treasury: "Risposte della banca attese", "Answers of the bank awaited";
    home_no_treasury: "Nessuna disposizione aspetta risposte.", "No batch waits for answers.";
    home_to_treasury: "Vai alle disposizioni", "Go to the orders";

    // What was done.
    notice_flow_received: "Il flusso è ricevuto.", "The flow is received.";
    notice_flow_deleted: "Il flusso è annullato.", "The flow is cancelled.";
    notice_flow_rejected: "Il flusso è respinto.", "The flow is rejected.";
    notice_line_cured: "La riga è stata lavorata.", "The line was worked.";
    notice_line_cancelled: "La riga è annullata.", "The line is cancelled.";
    notice_batch_made: "I pagamenti sono disposti: scarica il file e mandalo alla banca.", "The payments are ordered: download the file and send it to the bank.";
}
