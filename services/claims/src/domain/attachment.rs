//! Attachments of a claim (`claims.md` §4.4): what they are for, how many there may be, and under which name and type they
//! go out again.

use chrono::{DateTime, Utc};
use kernel::Digest;
use uuid::Uuid;

use super::codes::coded;
use super::file_type::FileType;

/// Attachments of one claim.
pub const ATTACHMENTS_MOST: usize = 20;
/// Bytes of one attachment.
pub const BYTES_MOST: i64 = 10 * 1024 * 1024;
/// Bytes of all attachments of one claim.
pub const ALL_BYTES_MOST: i64 = 50 * 1024 * 1024;
/// Characters of a name, suffix included.
const NAME_MOST: usize = 120;
/// Name of a file whose own holds nothing that may be kept.
const NAMELESS: &str = "allegato";

coded! {
    /// What an attachment is for.
    pub enum AttachmentKind {
        /// Relazione tecnica (CLM-8).
        TechnicalReport = "TECHNICAL_REPORT",
        /// Minutes of the union consultation (CLM-9).
        ConsultationMinutes = "CONSULTATION_MINUTES",
        /// Statement of financial difficulty for direct payment.
        DirectPaymentStatement = "DIRECT_PAYMENT_STATEMENT",
        /// Anything else.
        Other = "OTHER",
    }
}

coded! {
    /// What the antivirus says of an attachment.
    pub enum ScanState {
        /// None is configured.
        Off = "OFF",
        /// It has not answered yet.
        Pending = "PENDING",
        /// It found nothing.
        Clean = "CLEAN",
        /// It found malware after the upload.
        Infected = "INFECTED",
    }
}

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Id; that of its upload.
    pub id: Uuid,
    /// What it is for.
    pub kind: AttachmentKind,
    /// Name under which it may be saved.
    pub file_name: String,
    /// Type, by its content.
    pub file_type: FileType,
    /// Size, bytes.
    pub size_bytes: i64,
    /// SHA-256, under which the object store has it.
    pub digest: Digest,
    /// What the antivirus says.
    pub scan: ScanState,
    /// When it was added.
    pub uploaded_at: DateTime<Utc>,
}

/// What the check of a claim needs to know of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentFact {
    /// What it is for.
    pub kind: AttachmentKind,
    /// What the antivirus says.
    pub scan: ScanState,
}

/// Why a file may not be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// Its content is of no type of §4.4.
    #[error("the content is none of PDF, P7M, XML, CSV, JPEG, PNG and TIFF")]
    Type,
    /// The technical report is a PDF, signed or not.
    #[error("the technical report must be PDF or P7M")]
    ReportType,
    /// There is one technical report already.
    #[error("the claim has a technical report already: delete it first")]
    SecondReport,
    /// More than 10 MiB.
    #[error("a file has at most 10 MiB")]
    TooLarge,
    /// More than 20.
    #[error("a claim has at most 20 attachments")]
    TooMany,
    /// More than 50 MiB together.
    #[error("the attachments of a claim have at most 50 MiB together")]
    TooMuch,
    /// Malware.
    #[error("the antivirus found malware in the file")]
    Infected,
}

impl NotAllowed {
    /// What people read, in Italian.
    pub fn italian(self) -> &'static str {
        match self {
            Self::Type => "Il contenuto non è PDF, P7M, XML, CSV, JPEG, PNG né TIFF.",
            Self::ReportType => "La relazione tecnica deve essere PDF o P7M.",
            Self::SecondReport => "La domanda ha già una relazione tecnica: eliminarla prima.",
            Self::TooLarge => "Un file può avere al massimo 10 MiB.",
            Self::TooMany => "Una domanda può avere al massimo 20 allegati.",
            Self::TooMuch => "Gli allegati di una domanda possono avere in tutto 50 MiB.",
            Self::Infected => "L'antivirus ha trovato un contenuto dannoso nel file.",
        }
    }

    /// Field of the announcement that is against it.
    pub fn field(self) -> &'static str {
        match self {
            Self::TooLarge | Self::TooMuch => "total_bytes",
            Self::SecondReport => "kind",
            Self::TooMany => "upload_id",
            Self::Type | Self::ReportType | Self::Infected => "chunk.data",
        }
    }
}

/// Whether there is room for one more file beside those that are there or on their way.
pub fn room_for(
    kind: AttachmentKind,
    bytes: i64,
    others: &[(AttachmentKind, i64)],
) -> Result<(), NotAllowed> {
    if bytes > BYTES_MOST {
        return Err(NotAllowed::TooLarge);
    }
    if others.len() >= ATTACHMENTS_MOST {
        return Err(NotAllowed::TooMany);
    }
    if others.iter().map(|(_, bytes)| bytes).sum::<i64>() + bytes > ALL_BYTES_MOST {
        return Err(NotAllowed::TooMuch);
    }
    let report = |kind| kind == AttachmentKind::TechnicalReport;
    if report(kind) && others.iter().any(|(kind, _)| report(*kind)) {
        return Err(NotAllowed::SecondReport);
    }
    Ok(())
}

/// Whether a file of this type may serve for this kind.
pub fn fits(kind: AttachmentKind, file_type: FileType) -> Result<(), NotAllowed> {
    let report = kind == AttachmentKind::TechnicalReport;
    if report && !matches!(file_type, FileType::Pdf | FileType::P7m) {
        Err(NotAllowed::ReportType)
    } else {
        Ok(())
    }
}

/// A name under which a file may be saved anywhere: the last part of a path, without characters that hide, steer or
/// separate, and with the suffix of its type, whatever suffix it came with.
pub fn safe_name(given: &str, file_type: FileType) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|it| is_plain(*it)).collect();
    let kept = kept.trim_matches(|it: char| it == '.' || it.is_whitespace());
    let suffixes = file_type.suffixes();
    let lower = kept.to_lowercase();
    let suffix = suffixes
        .iter()
        .find(|suffix| lower.ends_with(&format!(".{suffix}")))
        .unwrap_or(&suffixes[0]);
    let stem = kept
        .get(..kept.len().saturating_sub(suffix.len() + 1))
        .filter(|_| lower.ends_with(&format!(".{suffix}")))
        .unwrap_or(kept);
    let stem: String = stem.chars().take(NAME_MOST - suffix.len() - 1).collect();
    let stem = stem.trim_end_matches(['.', ' ']);
    format!("{}.{suffix}", if stem.is_empty() { NAMELESS } else { stem })
}

/// Letters, digits and a little punctuation of any script: no control or formatting characters, which include those
/// that turn the direction of writing and make `fdp.exe` read `exe.pdf`.
fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || " ._-()+,'&".contains(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn twenty_files_of_fifty_mebibytes_in_all_and_ten_each_have_room() {
        const MEBIBYTE: i64 = 1024 * 1024;
        let other = AttachmentKind::Other;
        assert_eq!(room_for(other, 10 * MEBIBYTE, &[]), Ok(()));
        assert_eq!(
            room_for(other, 10 * MEBIBYTE + 1, &[]),
            Err(NotAllowed::TooLarge)
        );
        let four = [(other, 10 * MEBIBYTE); 4];
        assert_eq!(room_for(other, 10 * MEBIBYTE, &four), Ok(()));
        let more = [
            (other, 10 * MEBIBYTE),
            (other, 10 * MEBIBYTE),
            (other, 10 * MEBIBYTE),
            (other, 10 * MEBIBYTE),
            (other, 1),
        ];
        assert_eq!(
            room_for(other, 10 * MEBIBYTE, &more),
            Err(NotAllowed::TooMuch)
        );
        assert_eq!(room_for(other, 1, &[(other, 1); 19]), Ok(()));
        assert_eq!(
            room_for(other, 1, &[(other, 1); 20]),
            Err(NotAllowed::TooMany)
        );
    }

    #[test]
    fn a_claim_has_one_technical_report_and_it_is_a_pdf_signed_or_not() {
        let report = AttachmentKind::TechnicalReport;
        assert_eq!(
            room_for(report, 1, &[(report, 1)]),
            Err(NotAllowed::SecondReport)
        );
        assert_eq!(room_for(AttachmentKind::Other, 1, &[(report, 1)]), Ok(()));
        for file_type in FileType::ALL {
            let allowed = matches!(file_type, FileType::Pdf | FileType::P7m);
            assert_eq!(fits(report, *file_type).is_ok(), allowed, "{file_type:?}");
            assert!(fits(AttachmentKind::Other, *file_type).is_ok());
        }
    }

    #[test]
    fn a_name_is_made_safe_and_says_the_type_of_the_content() {
        for (given, file_type, safe) in [
            ("relazione.pdf", FileType::Pdf, "relazione.pdf"),
            (
                "Verbale d'accordo (2).PDF",
                FileType::Pdf,
                "Verbale d'accordo (2).pdf",
            ),
            ("relazione.pdf.p7m", FileType::P7m, "relazione.pdf.p7m"),
            ("foto.jpeg", FileType::Jpeg, "foto.jpeg"),
            ("relazione.pdf", FileType::Png, "relazione.pdf.png"),
            ("../../etc/passwd", FileType::Csv, "passwd.csv"),
            ("C:\\Documenti\\calcolo.csv", FileType::Csv, "calcolo.csv"),
            ("a\u{202e}fdp.exe", FileType::Pdf, "afdp.exe.pdf"),
            (
                "riga\r\nSet-Cookie: x.pdf",
                FileType::Pdf,
                "rigaSet-Cookie x.pdf",
            ),
            ("\"; filename=\"x.html", FileType::Pdf, "filenamex.html.pdf"),
            ("....", FileType::Tiff, "allegato.tif"),
            ("", FileType::Xml, "allegato.xml"),
            (".pdf", FileType::Pdf, "pdf.pdf"),
        ] {
            assert_eq!(safe_name(given, file_type), safe, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn no_name_leaves_its_folder_or_its_header(given in ".{0,300}") {
            let safe = safe_name(&given, FileType::Pdf);
            prop_assert!(safe.to_lowercase().ends_with(".pdf") && safe.chars().count() <= NAME_MOST);
            prop_assert!(!safe.starts_with('.') && !safe.contains(['/', '\\', '"', ';', '\r', '\n', '\0']));
            prop_assert_eq!(safe_name(&safe, FileType::Pdf), safe);
        }
    }
}
