//! Reading a column without a panic.

use tokio_postgres::{Row, types::FromSql};

use crate::StoreError;

pub trait RowExt {
    /// The value of a column by name; an error of kind Bug when the name or type is not what the code expects.
    fn col<'a, T: FromSql<'a>>(&'a self, name: &'static str) -> Result<T, StoreError>;
}

impl RowExt for Row {
    fn col<'a, T: FromSql<'a>>(&'a self, name: &'static str) -> Result<T, StoreError> {
        self.try_get(name).map_err(|_| StoreError::Column(name))
    }
}
