//! Stories of the service, told against a real PostgreSQL.

mod cases;
mod corrections;
mod digest;
mod everyone;
mod export;
mod figures;
mod flow;
mod flows;
mod following;
mod freshness;
mod post;
mod rows;
mod territory;
mod volumes;
mod world;
