//! What a page of the dashboard is about: claims, or payment flows (`claims.md` DAS-4). The address says which.

use proto::omnia::dasmo::v1::{Dimension, GetForecastRequest, GetForecastResponse};
use proto::omnia::dasmo::v1::{GetFlowForecastRequest, GetFlowTrendResponse, GetTrendResponse};

use chrono::NaiveDate;
use tonic::Status;

use super::super::search::address;
use super::asked;
use super::cut::{Cut, Measures, Point};
use crate::fields::Fields;
use crate::gateway::Platform;
use crate::text::{Text, format};

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Claims.
    Claims,
    /// Payment flows, by their lines.
    Flows,
}

impl Subject {
    /// Address of the dashboard.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Claims => "/cruscotto",
            Self::Flows => "/cruscotto/flussi",
        }
    }

    /// Address of the list behind the stock.
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::Claims => "/cruscotto/pratiche",
            Self::Flows => "/cruscotto/flussi/elenco",
        }
    }

    /// Title of that list.
    pub(super) fn list_title(self, t: Text) -> &'static str {
        match self {
            Self::Claims => t.dash_cases_title(),
            Self::Flows => t.dash_flows_title(),
        }
    }

    /// Address of one of that list, with the filters and the page that lead back to it.
    pub(super) fn one(self, id: &str, query: &Fields) -> String {
        let page = ("pagina", query.text("pagina"));
        address(&format!("{}/{id}", self.list()), query, &[page])
    }

    /// What the addresses of files call breakdown, trend and list.
    pub(super) fn files(self) -> [&'static str; 3] {
        match self {
            Self::Claims => ["dati", "andamento", "pratiche"],
            Self::Flows => ["flussi-dati", "flussi-andamento", "flussi"],
        }
    }

    pub(super) fn name(self, t: Text) -> &'static str {
        match self {
            Self::Claims => t.dash_of_claims(),
            Self::Flows => t.dash_of_flows(),
        }
    }

    /// What figures can be cut by, by its name in addresses.
    pub(super) fn cuts(self) -> impl Iterator<Item = (&'static str, Dimension)> {
        asked::cuts()
            .filter(move |(_, dimension)| self == Self::Flows || *dimension != Dimension::Anomaly)
    }

    /// What a page says of it.
    pub(super) fn words(self, t: Text) -> Words {
        let mut words = match self {
            Self::Claims => Words {
                lead: t.dash_lead(),
                counted: t.dash_claims(),
                movements: [t.dash_received(), t.dash_defined(), t.dash_stock()],
                trend_caption: t.dash_trend_caption(),
                comparison: vec![t.dash_received(), t.dash_defined()],
                compare_note: t.dash_compare_note(),
                see_list: t.dash_cases_link(),
                forecast_method: t.dash_forecast_method(),
            },
            Self::Flows => Words {
                lead: t.dash_flows_lead(),
                counted: t.dash_lines(),
                movements: [t.dash_lines_received(), t.dash_paid(), t.dash_stock()],
                trend_caption: t.dash_flows_trend_caption(),
                comparison: vec![t.dash_lines_received(), t.dash_paid()],
                compare_note: t.dash_flows_compare_note(),
                see_list: t.dash_flows_link(),
                forecast_method: t.dash_flows_forecast_method(),
            },
        };
        words.comparison.extend([
            self.chronic(t),
            self.very_old(t),
            t.dash_median(),
            t.dash_clearance(),
            t.dash_stock_days(),
            t.dash_chronic_share(),
        ]);
        if self == Self::Flows {
            words
                .comparison
                .extend([t.dash_workers(), t.dash_first_payment()]);
        }
        words
    }

    pub(super) fn chronic(self, t: Text) -> &'static str {
        match self {
            Self::Claims => t.dash_chronic(),
            Self::Flows => t.dash_flows_chronic(),
        }
    }

    pub(super) fn only_chronic(self, t: Text) -> &'static str {
        match self {
            Self::Claims => t.dash_only_chronic(),
            Self::Flows => t.dash_only_chronic_flows(),
        }
    }

    pub(super) fn very_old(self, t: Text) -> &'static str {
        match self {
            Self::Claims => t.dash_very_old(),
            Self::Flows => t.dash_flows_very_old(),
        }
    }
}

/// What a page says of its subject.
pub(super) struct Words {
    pub(super) lead: &'static str,
    /// What is counted, as the head of a column.
    pub(super) counted: &'static str,
    /// Heads of the columns that tell movements and stock over time.
    pub(super) movements: [&'static str; 3],
    pub(super) trend_caption: &'static str,
    /// Heads of the columns of a comparison, after that of the stock.
    pub(super) comparison: Vec<&'static str>,
    pub(super) compare_note: &'static str,
    /// Name of the list behind the stock, as a link to it.
    pub(super) see_list: &'static str,
    pub(super) forecast_method: &'static str,
}

/// Answers of the platform for one page.
pub(super) struct Answers {
    pub(super) regions: Cut,
    pub(super) offices: Cut,
    pub(super) cut: Cut,
    /// What stops lines of payment flows, by code; nothing for claims.
    pub(super) anomalies: Option<Cut>,
    pub(super) trend: Vec<Point>,
    pub(super) forecast: GetForecastResponse,
}

impl Subject {
    /// Asks all that a page shows, at once.
    pub(super) async fn ask(
        self,
        platform: &Platform,
        query: &Fields,
        days: (NaiveDate, NaiveDate),
        by: Dimension,
    ) -> Result<Answers, Status> {
        let (regions, offices, cut, anomalies, trend, forecast) = tokio::try_join!(
            self.breakdown(platform, query, days, Dimension::Region),
            self.breakdown(platform, query, days, Dimension::Office),
            self.breakdown(platform, query, days, by),
            self.anomalies(platform, query, days),
            self.trend(platform, query, days),
            self.forecast(platform, query, days.1),
        )?;
        Ok(Answers {
            regions,
            offices,
            cut,
            anomalies,
            trend,
            forecast,
        })
    }

    async fn breakdown(
        self,
        platform: &Platform,
        query: &Fields,
        days: (NaiveDate, NaiveDate),
        by: Dimension,
    ) -> Result<Cut, Status> {
        Ok(match self {
            Self::Claims => {
                let request = asked::breakdown(query, days, by);
                let answer = platform.dasmo().get_breakdown(request).await?;
                Cut::from(answer.into_inner())
            }
            Self::Flows => {
                let request = asked::flow_breakdown(query, days, by);
                let answer = platform.dasmo_flows().get_flow_breakdown(request).await?;
                Cut::from(answer.into_inner())
            }
        })
    }

    /// Pictures narrowed to another characteristic are not cut by anomalies.
    async fn anomalies(
        self,
        platform: &Platform,
        query: &Fields,
        days: (NaiveDate, NaiveDate),
    ) -> Result<Option<Cut>, Status> {
        let narrowed = asked::parts(query);
        let fits = narrowed
            .iter()
            .all(|part| part.dimension() == Dimension::Anomaly);
        if self == Self::Claims || !fits {
            return Ok(None);
        }
        let cut = self.breakdown(platform, query, days, Dimension::Anomaly);
        Ok(Some(cut.await?))
    }

    async fn trend(
        self,
        platform: &Platform,
        query: &Fields,
        days: (NaiveDate, NaiveDate),
    ) -> Result<Vec<Point>, Status> {
        Ok(match self {
            Self::Claims => {
                let request = asked::trend(query, days);
                let answer = platform.dasmo().get_trend(request).await?.into_inner();
                points_of_claims(answer)
            }
            Self::Flows => {
                let request = asked::flow_trend(query, days);
                let answer = platform.dasmo_flows().get_flow_trend(request).await?;
                points_of_flows(answer.into_inner())
            }
        })
    }

    async fn forecast(
        self,
        platform: &Platform,
        query: &Fields,
        day: NaiveDate,
    ) -> Result<GetForecastResponse, Status> {
        let filter = Some(asked::filter(query));
        let as_of = Some(format::to_message(day));
        Ok(match self {
            Self::Claims => {
                let request = GetForecastRequest { filter, as_of };
                platform.dasmo().get_forecast(request).await?.into_inner()
            }
            Self::Flows => {
                let request = GetFlowForecastRequest { filter, as_of };
                let answer = platform.dasmo_flows().get_flow_forecast(request).await?;
                answer.into_inner().forecast.unwrap_or_default()
            }
        })
    }
}

fn points_of_claims(answer: GetTrendResponse) -> Vec<Point> {
    let point = |day: proto::omnia::dasmo::v1::TrendDay| {
        let total = Measures::Claims(day.total.unwrap_or_default());
        Point::of(day.day.as_ref(), &total, day.revision)
    };
    answer.days.into_iter().map(point).collect()
}

fn points_of_flows(answer: GetFlowTrendResponse) -> Vec<Point> {
    let point = |day: proto::omnia::dasmo::v1::FlowTrendDay| {
        let total = Measures::Flows(day.total.unwrap_or_default());
        Point::of(day.day.as_ref(), &total, day.revision)
    };
    answer.days.into_iter().map(point).collect()
}
