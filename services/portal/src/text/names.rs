//! Names of the things of the domain, as people call them: states, instruments, reasons, roles, counters.

use proto::omnia::claims::v1::{
    AgeBand, AttachmentKind, Causale, ClaimState, ConsultationOutcome, FileType, FilerQuality,
    HistoryAction, Outcome, PaymentMode, Product, RecipientKind, RejectionReason, RulingOutcome,
    ScanState, Severity, Source,
};
use proto::omnia::limits::v1::CounterKind;

use super::Text;

/// Where a claim stands (`claims.md` §10.1).
pub(crate) fn state(t: Text, state: ClaimState) -> &'static str {
    match state {
        ClaimState::Unspecified => "",
        ClaimState::Draft => t.state_draft(),
        ClaimState::Submitted => t.state_submitted(),
        ClaimState::Assigned => t.state_assigned(),
        ClaimState::UnderReview => t.state_under_review(),
        ClaimState::SupplementPending => t.state_supplement_pending(),
        ClaimState::Accepted => t.state_accepted(),
        ClaimState::PartiallyAccepted => t.state_partially_accepted(),
        ClaimState::Rejected => t.state_rejected(),
        ClaimState::Withdrawn => t.state_withdrawn(),
        ClaimState::Annulled => t.state_annulled(),
        ClaimState::UnderReexamination => t.state_under_reexamination(),
        ClaimState::UnderAppeal => t.state_under_appeal(),
    }
}

/// Tone of a state, besides its name: never the only sign.
pub(crate) fn tone(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Accepted | ClaimState::PartiallyAccepted => "bene",
        ClaimState::Rejected | ClaimState::Annulled | ClaimState::Withdrawn => "chiusa",
        ClaimState::Draft | ClaimState::Unspecified => "bozza",
        ClaimState::Submitted
        | ClaimState::Assigned
        | ClaimState::UnderReview
        | ClaimState::SupplementPending
        | ClaimState::UnderReexamination
        | ClaimState::UnderAppeal => "corso",
    }
}

/// The instrument (`claims.md` §4.2).
pub(crate) fn product(t: Text, product: Product) -> &'static str {
    match product {
        Product::Unspecified => "",
        Product::Cigo => t.product_cigo(),
        Product::Cigs => t.product_cigs(),
        Product::AisFis => t.product_ais_fis(),
        Product::AisFund => t.product_ais_fund(),
        Product::Cisoa => t.product_cisoa(),
        Product::Cigd => t.product_cigd(),
        Product::CigdMulti => t.product_cigd_multi(),
    }
}

/// The reason of the suspension (`claims.md` §4.5).
pub(crate) fn causale(t: Text, causale: Causale) -> &'static str {
    match causale {
        Causale::Unspecified => "",
        Causale::LackOfWorkOrOrders => t.causale_lack_of_work(),
        Causale::MarketCrisis => t.causale_market_crisis(),
        Causale::EndOfSite => t.causale_end_of_site(),
        Causale::EndOfPhase => t.causale_end_of_phase(),
        Causale::VariantWorks => t.causale_variant_works(),
        Causale::LackOfMaterials => t.causale_lack_of_materials(),
        Causale::WeatherIndustry => t.causale_weather_industry(),
        Causale::WeatherConstruction => t.causale_weather_construction(),
        Causale::Strike => t.causale_strike(),
        Causale::FireCollapseFlood => t.causale_fire(),
        Causale::PremisesUnusable => t.causale_premises(),
        Causale::PublicAuthorityOrder => t.causale_authority(),
        Causale::PowerFailure => t.causale_power(),
        Causale::Earthquake => t.causale_earthquake(),
        Causale::MachineFailure => t.causale_machine(),
        Causale::ExtraordinaryMaintenance => t.causale_maintenance(),
        Causale::Reorganisation => t.causale_reorganisation(),
        Causale::CompanyCrisis => t.causale_company_crisis(),
        Causale::SolidarityContract => t.causale_solidarity(),
        Causale::SeasonalBadWeather => t.causale_seasonal_weather(),
        Causale::NotAttributableCause => t.causale_not_attributable(),
        Causale::Covid19Nazionale => t.causale_covid_nazionale(),
        Causale::Covid19SospCigs => t.causale_covid_sosp_cigs(),
        Causale::Covid19Cisoa => t.causale_covid_cisoa(),
        Causale::Covid19ObbligoPermanenza => t.causale_covid_permanenza(),
        Causale::Covid19Dl104 => t.causale_covid_dl104(),
        Causale::Covid19Dl137 => t.causale_covid_dl137(),
        Causale::Covid19L178 => t.causale_covid_l178(),
        Causale::Covid19Dl41 => t.causale_covid_dl41(),
        Causale::Covid19Dl146 => t.causale_covid_dl146(),
        Causale::Covid19Dl42022 => t.causale_covid_dl4(),
    }
}

/// Article of DM 15/4/2016 n. 95442 that a reason comes from, 0 for one of another act, and whether the event cannot be avoided (EONE).
pub(crate) fn article(causale: Causale) -> (u8, bool) {
    match causale {
        Causale::Unspecified
        | Causale::Reorganisation
        | Causale::CompanyCrisis
        | Causale::SolidarityContract
        | Causale::SeasonalBadWeather
        | Causale::NotAttributableCause
        | Causale::Covid19Nazionale
        | Causale::Covid19SospCigs
        | Causale::Covid19Cisoa
        | Causale::Covid19ObbligoPermanenza
        | Causale::Covid19Dl104
        | Causale::Covid19Dl137
        | Causale::Covid19L178
        | Causale::Covid19Dl41
        | Causale::Covid19Dl146
        | Causale::Covid19Dl42022 => (0, false),
        Causale::LackOfWorkOrOrders | Causale::MarketCrisis => (3, false),
        Causale::EndOfSite | Causale::EndOfPhase | Causale::VariantWorks => (4, false),
        Causale::LackOfMaterials => (5, false),
        Causale::WeatherIndustry | Causale::WeatherConstruction => (6, true),
        Causale::Strike => (7, false),
        Causale::FireCollapseFlood
        | Causale::PremisesUnusable
        | Causale::PublicAuthorityOrder
        | Causale::PowerFailure
        | Causale::Earthquake => (8, true),
        Causale::MachineFailure => (9, true),
        Causale::ExtraordinaryMaintenance => (9, false),
    }
}

/// Every reason, in the order of the contract.
pub(crate) fn causali() -> impl Iterator<Item = Causale> {
    (1..=Causale::Covid19Dl42022 as i32).filter_map(|code| Causale::try_from(code).ok())
}

/// Every instrument.
pub(crate) const PRODUCTS: [Product; 7] = [
    Product::Cigo,
    Product::Cigs,
    Product::AisFis,
    Product::AisFund,
    Product::Cisoa,
    Product::Cigd,
    Product::CigdMulti,
];

/// What an attachment is for (`claims.md` §4.4).
pub(crate) fn attachment_kind(t: Text, kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Unspecified => "",
        AttachmentKind::TechnicalReport => t.attachment_report(),
        AttachmentKind::ConsultationMinutes => t.attachment_minutes(),
        AttachmentKind::DirectPaymentStatement => t.attachment_statement(),
        AttachmentKind::Other => t.attachment_other(),
    }
}

/// The kinds that a form offers, the one of which there may be many first.
pub(crate) const ATTACHMENT_KINDS: [AttachmentKind; 4] = [
    AttachmentKind::Other,
    AttachmentKind::ConsultationMinutes,
    AttachmentKind::TechnicalReport,
    AttachmentKind::DirectPaymentStatement,
];

/// The type of a file, by the name that it has everywhere.
pub(crate) fn file_type(file_type: FileType) -> &'static str {
    match file_type {
        FileType::Unspecified => "",
        FileType::Pdf => "PDF",
        FileType::P7m => "P7M",
        FileType::Xml => "XML",
        FileType::Csv => "CSV",
        FileType::Jpeg => "JPEG",
        FileType::Png => "PNG",
        FileType::Tiff => "TIFF",
    }
}

/// What the antivirus says of a file.
pub(crate) fn scan(t: Text, state: ScanState) -> &'static str {
    match state {
        ScanState::Unspecified => "",
        ScanState::Off => t.scan_off(),
        ScanState::Pending => t.scan_pending(),
        ScanState::Clean => t.scan_clean(),
        ScanState::Infected => t.scan_infected(),
    }
}

/// A field of the announcement of a file, as people know it; none for one of another message.
pub(crate) fn file_field(t: Text, field: &str) -> Option<&'static str> {
    Some(match field.strip_prefix("begin.").unwrap_or(field) {
        "total_bytes" => t.file_field_size(),
        "kind" => t.file_field_kind(),
        "file_name" => t.file_field_name(),
        "upload_id" => t.file_field_count(),
        "sha256" | "chunk.data" => t.file_field_content(),
        _ => return None,
    })
}

/// An outside source.
pub(crate) fn source(t: Text, source: Source) -> &'static str {
    match source {
        Source::Unspecified => "",
        Source::Anagrafe => t.source_anagrafe(),
        Source::Limits => t.source_limits(),
        Source::Persons => t.source_persons(),
        Source::Uniemens => t.source_uniemens(),
    }
}

/// How a consultation ended (art. 14 D.Lgs. 148/2015).
pub(crate) fn consultation_outcome(t: Text, outcome: ConsultationOutcome) -> &'static str {
    match outcome {
        ConsultationOutcome::Unspecified => "",
        ConsultationOutcome::NotRequested => t.outcome_not_requested(),
        ConsultationOutcome::Agreement => t.outcome_agreement(),
        ConsultationOutcome::NoAgreement => t.outcome_no_agreement(),
        ConsultationOutcome::Lapsed => t.outcome_lapsed(),
    }
}

/// Who was told of the suspension (art. 14 D.Lgs. 148/2015).
pub(crate) fn recipient(t: Text, kind: RecipientKind) -> &'static str {
    match kind {
        RecipientKind::Unspecified => "",
        RecipientKind::Rsa => t.recipient_rsa(),
        RecipientKind::Rsu => t.recipient_rsu(),
        RecipientKind::TerritorialUnion => t.recipient_unions(),
    }
}

/// Who advances the money.
pub(crate) fn payment(t: Text, mode: PaymentMode) -> &'static str {
    match mode {
        PaymentMode::Unspecified => "",
        PaymentMode::Conguaglio => t.payment_conguaglio(),
        PaymentMode::Direct => t.payment_direct(),
    }
}

/// The quality in which a role files.
pub(crate) fn quality_of(role: &str) -> FilerQuality {
    match role {
        "AZ-TIT" => FilerQuality::Owner,
        "AZ-LR" => FilerQuality::LegalRepresentative,
        "AZ-CON" => FilerQuality::CompanyConsultant,
        "INT" => FilerQuality::Intermediary,
        _ => FilerQuality::Unspecified,
    }
}

/// The quality in words.
pub(crate) fn quality(t: Text, quality: FilerQuality) -> &'static str {
    match quality {
        FilerQuality::Unspecified => "",
        FilerQuality::Owner => t.role_owner(),
        FilerQuality::LegalRepresentative => t.role_legal_representative(),
        FilerQuality::CompanyConsultant => t.role_consultant(),
        FilerQuality::Intermediary => t.role_intermediary(),
    }
}

/// A role of `identity.md` §4.
pub(crate) fn role(t: Text, role: &str) -> &'static str {
    match role {
        "AZ-TIT" => t.role_owner(),
        "AZ-LR" => t.role_legal_representative(),
        "AZ-CON" => t.role_consultant(),
        "INT" => t.role_intermediary(),
        "SEDE" => t.role_operator(),
        "PO" => t.role_officer(),
        "DIR" => t.role_manager(),
        "DSEDE" => t.role_director(),
        "DREG" => t.role_regional_director(),
        "DCM" => t.role_metropolitan_director(),
        "CIT" => t.role_citizen(),
        "LAV" => t.role_worker(),
        _ => t.role_other(),
    }
}

/// The kind of a decision.
pub(crate) fn outcome(t: Text, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Unspecified => "",
        Outcome::Acceptance => t.outcome_acceptance(),
        Outcome::PartialAcceptance => t.outcome_partial(),
        Outcome::Rejection => t.outcome_rejection(),
    }
}

/// What somebody did to a claim.
pub(crate) fn action(t: Text, action: HistoryAction) -> &'static str {
    match action {
        HistoryAction::Unspecified => "",
        HistoryAction::Draft => t.action_draft(),
        HistoryAction::Submit => t.action_submit(),
        HistoryAction::Assign => t.action_assign(),
        HistoryAction::Transfer => t.action_transfer(),
        HistoryAction::TakeInCharge => t.action_take(),
        HistoryAction::HandOver => t.action_hand_over(),
        HistoryAction::OpenSupplement => t.action_open_supplement(),
        HistoryAction::CloseSupplement => t.action_close_supplement(),
        HistoryAction::Propose => t.action_propose(),
        HistoryAction::ReturnProposal => t.action_return(),
        HistoryAction::Adopt => t.action_adopt(),
        HistoryAction::AdoptionRefused => t.action_adoption_refused(),
        HistoryAction::Withdraw => t.action_withdraw(),
        HistoryAction::Annul => t.action_annul(),
        HistoryAction::GiveWay => t.action_give_way(),
        HistoryAction::Reexamine => t.action_reexamine(),
        HistoryAction::Appeal => t.action_appeal(),
        HistoryAction::RuleOnAppeal => t.action_rule(),
        HistoryAction::Note => t.action_note(),
    }
}

/// What the committee decided on a ricorso.
pub(crate) fn ruling(t: Text, ruling: RulingOutcome) -> &'static str {
    match ruling {
        RulingOutcome::Unspecified => "",
        RulingOutcome::Upheld => t.ruling_upheld(),
        RulingOutcome::PartlyUpheld => t.ruling_partly(),
        RulingOutcome::Dismissed => t.ruling_dismissed(),
    }
}

/// A class of age of the queue (`claims.md` DAS-2).
pub(crate) fn age_band(t: Text, band: AgeBand) -> &'static str {
    match band {
        AgeBand::Unspecified => "",
        AgeBand::AgeBand015 => t.age_0_15(),
        AgeBand::AgeBand1630 => t.age_16_30(),
        AgeBand::AgeBand3160 => t.age_31_60(),
        AgeBand::AgeBand6190 => t.age_61_90(),
        AgeBand::AgeBand91180 => t.age_91_180(),
        AgeBand::AgeBand181365 => t.age_181_365(),
        AgeBand::Over365 => t.age_over_365(),
    }
}

/// Why something is refused.
pub(crate) fn rejection(t: Text, reason: RejectionReason) -> &'static str {
    match reason {
        RejectionReason::Unspecified => "",
        RejectionReason::OutOfTerm => t.rejection_out_of_term(),
        RejectionReason::InsufficientEvidence => t.rejection_insufficient_evidence(),
        RejectionReason::NotTransient => t.rejection_not_transient(),
        RejectionReason::AttributableToFirm => t.rejection_attributable(),
        RejectionReason::NoResumptionForeseen => t.rejection_no_resumption(),
        RejectionReason::CausaleNotProven => t.rejection_causale(),
        RejectionReason::ProductNotDue => t.rejection_product(),
        RejectionReason::LimitExceeded => t.rejection_limit(),
        RejectionReason::WorkerNotEntitled => t.rejection_worker(),
        RejectionReason::ConsultationMissing => t.rejection_consultation(),
        RejectionReason::Duplicate => t.rejection_duplicate(),
        RejectionReason::Other => t.rejection_other(),
    }
}

/// The reasons that the form of a decision offers.
pub(crate) const REJECTIONS: [RejectionReason; 12] = [
    RejectionReason::OutOfTerm,
    RejectionReason::InsufficientEvidence,
    RejectionReason::NotTransient,
    RejectionReason::AttributableToFirm,
    RejectionReason::NoResumptionForeseen,
    RejectionReason::CausaleNotProven,
    RejectionReason::ProductNotDue,
    RejectionReason::LimitExceeded,
    RejectionReason::WorkerNotEntitled,
    RejectionReason::ConsultationMissing,
    RejectionReason::Duplicate,
    RejectionReason::Other,
];

/// What a finding means, in words.
pub(crate) fn severity(t: Text, severity: Severity) -> &'static str {
    match severity {
        Severity::Unspecified | Severity::Info => t.severity_info(),
        Severity::Force => t.severity_force(),
        Severity::Block => t.severity_block(),
    }
}

/// A counter of the law.
pub(crate) fn counter(t: Text, kind: CounterKind) -> &'static str {
    match kind {
        CounterKind::Unspecified => "",
        CounterKind::CigoBiennium => t.counter_cigo_biennium(),
        CounterKind::CigoContinuous => t.counter_cigo_continuous(),
        CounterKind::CigoWaiting => t.counter_cigo_waiting(),
        CounterKind::TotalDuration => t.counter_total(),
        CounterKind::CigoOneThird => t.counter_one_third(),
        CounterKind::AisBiennium => t.counter_ais(),
        CounterKind::CigsRiorg => t.counter_cigs_reorganisation(),
        CounterKind::CigsCrisi => t.counter_cigs_crisis(),
        CounterKind::CigsCds => t.counter_cigs_solidarity(),
        CounterKind::CigsHours => t.counter_cigs_hours(),
        CounterKind::AisOneThird => t.counter_ais_one_third(),
    }
}
