//! Definitions, schema and the three services, seen from outside.

#[cfg(test)]
mod definitions;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod services;
