//! `ImportService`.

use std::io::Cursor;

use chassis::Failure;
use chassis::identity::caller;
use futures_util::TryStreamExt;
use proto::omnia::anagrafe::v1::import_service_server::ImportService;
use proto::omnia::anagrafe::v1::{
    ImportFault, ImportKind, ImportMasterDataRequest, ImportMasterDataResponse,
};
use tonic::{Request, Response, Status, Streaming};

use super::Grpc;
use crate::app::import::{Fault, Kind, Report};

/// Bytes of one file.
const LARGEST_FILE: usize = 64 * 1024 * 1024;

#[tonic::async_trait]
impl ImportService for Grpc {
    async fn import_master_data(
        &self,
        request: Request<Streaming<ImportMasterDataRequest>>,
    ) -> Result<Response<ImportMasterDataResponse>, Status> {
        let caller = caller(&request)?;
        let upload = Upload::receive(request.into_inner()).await?;
        let report = self
            .app
            .import(
                &caller,
                Cursor::new(upload.file),
                upload.kind,
                upload.dry_run,
            )
            .await?;
        Ok(Response::new(wire(report)))
    }
}

/// A file that has come in whole.
struct Upload {
    kind: Kind,
    dry_run: bool,
    file: Vec<u8>,
}

impl Upload {
    async fn receive(mut pieces: Streaming<ImportMasterDataRequest>) -> Result<Self, Status> {
        let first = pieces
            .try_next()
            .await?
            .ok_or_else(|| Failure::field("kind", "is required"))?;
        let mut upload = Self {
            kind: kind(first.kind())?,
            dry_run: first.dry_run,
            file: first.chunk.to_vec(),
        };
        while let Some(piece) = pieces.try_next().await? {
            if kind(piece.kind())? != upload.kind || piece.dry_run != upload.dry_run {
                return Err(
                    Failure::field("kind", "must be the same in every piece, dry_run too").into(),
                );
            }
            if upload.file.len() + piece.chunk.len() > LARGEST_FILE {
                return Err(Failure::field("chunk", "a file has at most 64 MiB").into());
            }
            upload.file.extend_from_slice(&piece.chunk);
        }
        Ok(upload)
    }
}

fn kind(wire: ImportKind) -> Result<Kind, Failure> {
    match wire {
        ImportKind::Unspecified => Err(Failure::field("kind", "is required")),
        ImportKind::Employers => Ok(Kind::Employers),
        ImportKind::ProductionUnits => Ok(Kind::ProductionUnits),
        ImportKind::Roles => Ok(Kind::Roles),
        ImportKind::Mandates => Ok(Kind::Mandates),
        ImportKind::EmployerHeadcount => Ok(Kind::EmployerHeadcount),
        ImportKind::ProtectionSchemes => Ok(Kind::ProtectionSchemes),
    }
}

fn wire(report: Report) -> ImportMasterDataResponse {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    ImportMasterDataResponse {
        lines: count(report.lines),
        created: count(report.created),
        updated: count(report.updated),
        unchanged: count(report.unchanged),
        faults: report.faults.into_iter().map(fault).collect(),
    }
}

fn fault(fault: Fault) -> ImportFault {
    ImportFault {
        line: i32::try_from(fault.line).unwrap_or(i32::MAX),
        column: fault.column.to_owned(),
        message: fault.message,
    }
}
