//! The registers of workers, over the contract of `proto/omnia/registers/v1`: whoever holds them answers it.

use async_trait::async_trait;
use chassis::client::{Channels, ServiceChannel};
use chassis::{Failure, wire};
use kernel::WeekPeriod;
use proto::omnia::registers::v1 as pb;
use proto::omnia::registers::v1::registers_service_client::RegistersServiceClient;

use super::{failed, unit_key};
use crate::domain::content::UnitKey;
use crate::ports::{Persons, Uniemens};

/// The registers over their channel.
pub(crate) struct Registers(RegistersServiceClient<ServiceChannel>);

impl Registers {
    /// Over channels that know `registers`.
    pub(crate) fn over(channels: &Channels) -> Self {
        Self(RegistersServiceClient::new(channels.to("registers")))
    }
}

#[async_trait]
impl Persons for Registers {
    async fn unknown(&self, codes: &[String]) -> Result<Vec<u32>, Failure> {
        let request = pb::FindUnknownPersonsRequest {
            codici_fiscali: codes.to_vec(),
        };
        let answer = self.0.clone().find_unknown_persons(request).await;
        places(answer.map_err(failed)?.into_inner().positions, codes.len())
    }
}

#[async_trait]
impl Uniemens for Registers {
    async fn not_employed(
        &self,
        unit: &UnitKey,
        codes: &[String],
        weeks: WeekPeriod,
    ) -> Result<Vec<u32>, Failure> {
        let request = pb::FindNotEmployedRequest {
            unit: Some(unit_key(unit)),
            codici_fiscali: codes.to_vec(),
            period: Some(wire::week_period(weeks)),
        };
        let answer = self.0.clone().find_not_employed(request).await;
        places(answer.map_err(failed)?.into_inner().positions, codes.len())
    }
}

/// Places in the list that was asked about; an answer that names others makes no sense.
fn places(positions: Vec<u32>, asked: usize) -> Result<Vec<u32>, Failure> {
    let inside = |place: &u32| usize::try_from(*place).is_ok_and(|place| place < asked);
    if positions.iter().all(inside) {
        Ok(positions)
    } else {
        Err(Failure::internal(
            "the registers name workers that were not asked about",
        ))
    }
}
