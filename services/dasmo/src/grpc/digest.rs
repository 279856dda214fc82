//! `omnia.dasmo.v1.DasmoDigestService`.

use chassis::identity::caller;
use chassis::{Failure, wire};
use proto::omnia::dasmo::v1 as pb;
use proto::omnia::dasmo::v1::dasmo_digest_service_server::DasmoDigestService;
use tonic::{Request, Response, Status};

use super::{ask, show};
use crate::app::digest::{Digests, Kind, Noted, Subscription, Wanted};
use crate::domain::Language;

/// The service as it is served.
pub(crate) struct DigestApi {
    digests: Digests,
}

impl DigestApi {
    pub(crate) fn new(digests: Digests) -> Self {
        Self { digests }
    }
}

#[tonic::async_trait]
impl DasmoDigestService for DigestApi {
    async fn get_digest(
        &self,
        request: Request<pb::GetDigestRequest>,
    ) -> Result<Response<pb::GetDigestResponse>, Status> {
        let held = self.digests.held(&caller(&request)?).await?;
        let mailing = self.digests.mailing.as_ref();
        Ok(Response::new(pb::GetDigestResponse {
            available: mailing.is_some(),
            domains: mailing.map_or_else(Vec::new, |mailing| mailing.domains.clone()),
            subscriptions: held.iter().map(subscription).collect(),
        }))
    }

    async fn subscribe_digest(
        &self,
        request: Request<pb::SubscribeDigestRequest>,
    ) -> Result<Response<pb::SubscribeDigestResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let wanted = Wanted {
            subject: subject(request.subject())?,
            kind: kind(request.kind()),
            filter: ask::filter(request.filter.as_ref())?,
            language: ask::language(request.language()),
            address: request.address,
            page: request.page,
        };
        let made = self.digests.subscribe(&caller, wanted).await?;
        Ok(Response::new(pb::SubscribeDigestResponse {
            subscription: Some(subscription(&made)),
        }))
    }

    async fn unsubscribe_digest(
        &self,
        request: Request<pb::UnsubscribeDigestRequest>,
    ) -> Result<Response<pb::UnsubscribeDigestResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let what = (subject(request.subject())?, kind(request.kind()));
        self.digests.unsubscribe(&caller, what).await?;
        Ok(Response::new(pb::UnsubscribeDigestResponse {}))
    }

    async fn cancel_digest(
        &self,
        request: Request<pb::CancelDigestRequest>,
    ) -> Result<Response<pb::CancelDigestResponse>, Status> {
        self.digests.cancel(&request.get_ref().token).await?;
        Ok(Response::new(pb::CancelDigestResponse {}))
    }
}

fn subject(wire: pb::DigestSubject) -> Result<Noted, Failure> {
    match wire {
        pb::DigestSubject::Claims => Ok(Noted::Claims),
        pb::DigestSubject::Flows => Ok(Noted::Lines),
        pb::DigestSubject::Unspecified => Err(Failure::field("subject", "is required")),
    }
}

fn kind(wire: pb::DigestKind) -> Kind {
    match wire {
        pb::DigestKind::Unspecified | pb::DigestKind::Weekly => Kind::Weekly,
        pb::DigestKind::Alert => Kind::Alert,
    }
}

fn subscription(held: &Subscription) -> pb::DigestSubscription {
    pb::DigestSubscription {
        subject: match held.subject {
            Noted::Claims => pb::DigestSubject::Claims,
            Noted::Lines => pb::DigestSubject::Flows,
        }
        .into(),
        address: held.address.clone(),
        filter: Some(show::filter(&held.filter)),
        language: match held.language {
            Language::Italian => pb::ExportLanguage::Italian,
            Language::English => pb::ExportLanguage::English,
        }
        .into(),
        since: Some(wire::timestamp(held.created_at)),
        kind: match held.kind {
            Kind::Weekly => pb::DigestKind::Weekly,
            Kind::Alert => pb::DigestKind::Alert,
        }
        .into(),
    }
}
