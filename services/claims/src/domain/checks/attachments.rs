//! What the check has to say of attachments (F6, §4.4).

use super::formal::block;
use super::{Code, Draft, Finding};
use crate::domain::attachment::{AttachmentKind, ScanState};

/// Whether a file of this kind is there, and may be used.
pub(super) fn has(draft: &Draft<'_>, kind: AttachmentKind) -> bool {
    draft
        .facts
        .attachments
        .iter()
        .any(|it| it.kind == kind && it.scan != ScanState::Infected)
}

/// A file in which malware was found after its upload cannot be sent.
pub(super) fn infected(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    if of(draft, ScanState::Infected) {
        out.push(block(
            Code::AttachmentNotAllowed,
            "attachments",
            "F6; claims.md §4.4",
            "L'antivirus ha trovato un contenuto dannoso in un allegato: eliminarlo.",
            "The antivirus found malware in an attachment: delete it.",
        ));
    }
}

/// A file that the antivirus has not looked at yet holds the claim back.
pub(super) fn not_scanned(draft: &Draft<'_>, out: &mut Vec<Finding>) {
    if of(draft, ScanState::Pending) {
        out.push(block(
            Code::AttachmentNotScanned,
            "attachments",
            "claims.md §4.4",
            "Un allegato attende il controllo antivirus, che al momento non risponde: riprovare tra poco.",
            "An attachment awaits the antivirus, which does not answer at the moment: try again shortly.",
        ));
    }
}

fn of(draft: &Draft<'_>, state: ScanState) -> bool {
    draft.facts.attachments.iter().any(|it| it.scan == state)
}
