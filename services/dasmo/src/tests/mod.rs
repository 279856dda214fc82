//! Stories of the service, told against a real PostgreSQL.

mod corrections;
mod following;
mod freshness;
mod rows;
mod territory;
mod volumes;
mod world;
