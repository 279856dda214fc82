//! Idempotency on `request_id`: the first answer is kept and given again.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::Tx;
use crate::failure::Failure;

/// Claims a `request_id` for `method` of one caller within the transaction of the change. `fingerprint` is the
/// request as it came (encoded message). Returns `None` the first time; the id of what was created when the same
/// request came before; IDN-E12 when the id was used for another content. Two concurrent calls with the same id are
/// serialised: the second waits for the first.
pub async fn claim(
    tx: &mut Tx,
    method: &'static str,
    caller: Uuid,
    request_id: Uuid,
    fingerprint: &[u8],
) -> Result<Option<Uuid>, Failure> {
    let fingerprint = Sha256::digest(fingerprint);
    // Waits for a transaction that is inserting the same key, and inserts only if that one is rolled back.
    let claimed = sqlx::query!(
        "insert into idempotency (caller, method, request_id, fingerprint) values ($1, $2, $3, $4)
         on conflict (caller, method, request_id) do nothing",
        caller,
        method,
        request_id,
        fingerprint.as_slice(),
    )
    .execute(&mut **tx)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let first = sqlx::query!(
        "select fingerprint, created from idempotency where caller = $1 and method = $2 and request_id = $3",
        caller,
        method,
        request_id,
    )
    .fetch_one(&mut **tx)
    .await?;
    if first.fingerprint != fingerprint.as_slice() {
        return Err(Failure::request_id_reused());
    }
    match first.created {
        Some(created) => Ok(Some(created)),
        None => Err(Failure::internal(
            "a request id was claimed and its transaction committed without completing it",
        )),
    }
}

/// Records what the request created.
pub async fn complete(
    tx: &mut Tx,
    method: &'static str,
    caller: Uuid,
    request_id: Uuid,
    created: Uuid,
) -> Result<(), Failure> {
    sqlx::query!(
        "update idempotency set created = $4 where caller = $1 and method = $2 and request_id = $3",
        caller,
        method,
        request_id,
        created,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
