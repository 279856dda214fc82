//! Traces, metrics and logs by OpenTelemetry: exported over OTLP when a collector is configured, and as text in the
//! Prometheus format always. No personal data goes in.

mod json;
mod personal;
mod propagation;

use std::io::IsTerminal;
use std::sync::LazyLock;
use std::sync::mpsc;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, global};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use opentelemetry_semantic_conventions::attribute;
use prometheus::{Registry, TextEncoder};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

pub use personal::contains_personal_identifier;
pub use propagation::{inject, parent_of};

use crate::config::{LogFormat, TelemetryConfig};

/// How long the end of a process waits for telemetry to be sent.
const FLUSH_BUDGET: Duration = Duration::from_secs(3);

/// Everything that is measured in this process, for `/metrics`.
static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);

/// Starts telemetry for this process. `service_name` names the process (`omnia` when several services share it; spans
/// and metrics then say which by themselves); `instance` tells it from its replicas. Once a process: a second call is
/// an error.
pub fn init(
    config: &TelemetryConfig,
    service_name: &str,
    instance: &str,
) -> Result<Guard, TelemetryError> {
    let filter =
        EnvFilter::try_new(&config.filter).map_err(|error| TelemetryError::Filter(error.into()))?;
    let resource = resource(config, service_name, instance);
    let guard = Guard {
        traces: traces(config, resource.clone())?,
        metrics: metrics(config, resource.clone())?,
        logs: logs(config, resource)?,
    };

    let spans = tracing_opentelemetry::layer()
        .with_tracer(guard.traces.tracer("omnia"))
        .with_filter(not_of_export());
    let exported_logs = guard
        .logs
        .as_ref()
        .map(|logs| OpenTelemetryTracingBridge::new(logs).with_filter(not_of_export()));
    // The filter stands outermost: only there does its level hold for the whole process, so that what is below it (every
    // frame that h2 would trace) costs one comparison.
    tracing_subscriber::registry()
        .with(spans)
        .with(exported_logs)
        .with(printed_logs(config.log_format))
        .with(filter)
        .try_init()
        .map_err(|error| TelemetryError::Twice(error.into()))?;

    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_tracer_provider(guard.traces.clone());
    global::set_meter_provider(guard.metrics.clone());
    withhold_panic_messages();
    Ok(guard)
}

/// What is measured now, in the text format of Prometheus.
pub fn metrics_text() -> String {
    TextEncoder::new()
        .encode_to_string(&REGISTRY.gather())
        .unwrap_or_else(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "metrics cannot be written"
            );
            String::new()
        })
}

/// Sends what is left when it is dropped, for at most a few seconds. Keep it until the end of `main`.
#[derive(Debug)]
#[must_use = "telemetry is flushed when the guard is dropped"]
pub struct Guard {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    logs: Option<SdkLoggerProvider>,
}

impl Guard {
    /// Sends what is left, now.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (done, wait) = mpsc::channel();
        let (traces, metrics, logs) =
            (self.traces.clone(), self.metrics.clone(), self.logs.clone());
        // On a thread of its own, since a collector that does not answer must not hold up the end of the process.
        std::thread::spawn(move || {
            let ends = [
                traces.shutdown(),
                metrics.shutdown(),
                logs.map_or(Ok(()), |logs| logs.shutdown()),
            ];
            let _ = done.send(ends);
        });
        if wait.recv_timeout(FLUSH_BUDGET).is_err() {
            tracing::warn!("telemetry was not sent in time");
        }
    }
}

fn resource(config: &TelemetryConfig, service_name: &str, instance: &str) -> Resource {
    Resource::builder()
        .with_service_name(service_name.to_owned())
        .with_attributes([
            KeyValue::new(attribute::SERVICE_VERSION, env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.namespace", config.service_namespace.clone()),
            KeyValue::new("service.instance.id", instance.to_owned()),
        ])
        .build()
}

fn traces(
    config: &TelemetryConfig,
    resource: Resource,
) -> Result<SdkTracerProvider, TelemetryError> {
    let share = Sampler::TraceIdRatioBased(share(config.trace_sample_percent));
    let builder = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(Sampler::ParentBased(Box::new(share)));
    let Some(endpoint) = &config.otlp_endpoint else {
        return Ok(builder.build());
    };
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()?;
    Ok(builder.with_batch_exporter(exporter).build())
}

fn metrics(
    config: &TelemetryConfig,
    resource: Resource,
) -> Result<SdkMeterProvider, TelemetryError> {
    let prometheus = opentelemetry_prometheus::exporter()
        .with_registry(REGISTRY.clone())
        .build()
        .map_err(|error| TelemetryError::Prometheus(error.into()))?;
    let builder = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_reader(prometheus);
    let Some(endpoint) = &config.otlp_endpoint else {
        return Ok(builder.build());
    };
    let exporter = MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()?;
    Ok(builder.with_periodic_exporter(exporter).build())
}

fn logs(
    config: &TelemetryConfig,
    resource: Resource,
) -> Result<Option<SdkLoggerProvider>, TelemetryError> {
    let Some(endpoint) = &config.otlp_endpoint else {
        return Ok(None);
    };
    let exporter = LogExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()?;
    Ok(Some(
        SdkLoggerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(exporter)
            .build(),
    ))
}

/// What exporting itself traces and logs is not exported: it would feed on itself.
fn not_of_export() -> Targets {
    let crates = ["opentelemetry", "tonic", "tower", "hyper", "h2"];
    Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_targets(crates.map(|name| (name, LevelFilter::OFF)))
}

/// Logs go to standard error: standard output belongs to what a command prints.
fn printed_logs<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
{
    match format {
        LogFormat::Text => fmt::layer()
            .compact()
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .event_format(json::WithTrace)
            .with_writer(std::io::stderr)
            .boxed(),
    }
}

#[expect(
    clippy::float_arithmetic,
    reason = "the sampler takes a share; no money or hours here"
)]
fn share(percent: u32) -> f64 {
    f64::from(percent) / 100.0
}

/// A panic message can hold any value; only those written as literals are known to hold none.
fn withhold_panic_messages() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic
            .payload()
            .downcast_ref::<&'static str>()
            .copied()
            .unwrap_or("(withheld)");
        let location = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(
            panic.message = message,
            panic.location = location,
            "panicked"
        );
    }));
}

/// Telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `telemetry.filter` is not a list of directives.
    #[error("read telemetry.filter")]
    Filter(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The exporter cannot be made, for instance since the endpoint is not a URL.
    #[error("prepare the OTLP exporter")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The Prometheus registry refuses the exporter.
    #[error("prepare the Prometheus exporter")]
    Prometheus(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Telemetry was started before in this process.
    #[error("telemetry is started already")]
    Twice(#[source] Box<dyn std::error::Error + Send + Sync>),
}
