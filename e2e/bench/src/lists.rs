//! Lists of workers uploaded through the gateway.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use chassis::clock::{Clock, SystemClock};
use chassis::ids::Ids;
use kernel::Digest;
use prost::bytes::Bytes;
use proto::omnia::claims::v1::files_service_client::FilesServiceClient;
use proto::omnia::claims::v1::{
    BeginBeneficiaries, Chunk, UploadBeneficiariesRequest, UploadState,
};
use serde_json::{Value, json};
use sha2::Digest as _;
use sha2::Sha256;

use crate::Desks;
use crate::claims::{Draft, micros, read_drafts};

/// Bytes of a piece.
const PIECE: usize = 256 * 1024;

/// Uploads a list into each draft of a file, and measures the workers taken in.
pub(crate) async fn upload(desks: &Desks, drafts: &Path, list: &Path) -> anyhow::Result<Value> {
    let drafts = read_drafts(drafts)?;
    let list =
        Bytes::from(std::fs::read(list).with_context(|| format!("read {}", list.display()))?);
    let digest = Digest::from(<[u8; 32]>::from(Sha256::digest(&list))).to_string();
    let channel = desks.channel().await?;
    let mut client = FilesServiceClient::with_interceptor(channel, desks.bearer()?);
    let ids = Ids::random();
    let mut workers = 0_i64;
    let started = Instant::now();
    for draft in &drafts {
        let upload_id = ids.at(SystemClock::real().now()).to_string();
        let messages = messages(draft, &upload_id, &digest, &list)?;
        let answer = client
            .upload_beneficiaries(tokio_stream::iter(messages))
            .await?
            .into_inner();
        let upload = answer.upload.context("an answer without an upload")?;
        anyhow::ensure!(upload.state() == UploadState::Accepted, "{upload:?}");
        workers += upload
            .list
            .map_or(0, |list| i64::from(list.beneficiaries_count));
    }
    Ok(json!({ "count": workers, "micros": micros(started.elapsed()) }))
}

fn messages(
    draft: &Draft,
    upload_id: &str,
    digest: &str,
    list: &Bytes,
) -> anyhow::Result<Vec<UploadBeneficiariesRequest>> {
    let begin = BeginBeneficiaries {
        claim_id: draft.id.clone(),
        etag: draft.etag.clone(),
        upload_id: upload_id.to_owned(),
        total_bytes: i64::try_from(list.len())?,
        sha256: digest.to_owned(),
        set_totals: false,
    };
    let mut messages = vec![UploadBeneficiariesRequest {
        begin: Some(begin),
        chunk: None,
    }];
    for from in (0..list.len()).step_by(PIECE) {
        let data = list.slice(from..list.len().min(from + PIECE));
        let offset = i64::try_from(from)?;
        messages.push(UploadBeneficiariesRequest {
            begin: None,
            chunk: Some(Chunk { offset, data }),
        });
    }
    Ok(messages)
}
