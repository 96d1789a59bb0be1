//! Binary COPY: the fast way in for many rows, inside a transaction.

use bytes::Bytes;
use futures::{SinkExt, pin_mut};
use tokio_postgres::{
    binary_copy::BinaryCopyInWriter,
    types::{ToSql, Type},
};

use crate::{StoreError, Tx};

/// Copies rows into a table. `statement` is `COPY schema.table (columns) FROM STDIN BINARY`; `types` are its columns'.
/// Returns the number of rows written.
pub async fn copy_in<'a, I>(tx: &Tx, statement: &str, types: &[Type], rows: I) -> Result<u64, StoreError>
where
    I: IntoIterator<Item = Vec<&'a (dyn ToSql + Sync)>>,
{
    let client = tx.raw().await?;
    let sink = client.copy_in::<_, Bytes>(statement).await?;
    let writer = BinaryCopyInWriter::new(sink, types);
    pin_mut!(writer);
    for row in rows {
        writer.as_mut().write(&row).await?;
    }
    Ok(writer.finish().await?)
}

/// Sends an already encoded binary COPY stream, piece by piece.
pub async fn copy_in_raw(
    tx: &Tx,
    statement: &str,
    pieces: impl IntoIterator<Item = Bytes>,
) -> Result<u64, StoreError> {
    let client = tx.raw().await?;
    let sink = client.copy_in::<_, Bytes>(statement).await?;
    pin_mut!(sink);
    for piece in pieces {
        sink.feed(piece).await?;
    }
    Ok(sink.finish().await?)
}
