//! Rows of Cloud Data Ingestion from file storage: the identifier beside a `payload`, which is the object
//! of `/users/track` without it, as JSON text.

use super::check_unknown_users;
use crate::diag::Problem;
use crate::mapping::IdentifierKind;
use crate::plan::Plan;
use crate::wire::body;
use crate::wire::members::Members;

pub(super) fn check(plan: &Plan) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    check_unknown_users(plan, &mut problems);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

pub(super) fn write_row(object: &[u8], identifier: IdentifierKind, out: &mut Vec<u8>) {
    let mut payload = Vec::with_capacity(object.len());
    out.push(b'{');
    for (key, value) in Members::new(object) {
        if key[1..key.len() - 1] == *identifier.as_str().as_bytes() && payload.is_empty() {
            write_identifier(identifier, key, value, out);
        } else {
            let opening: &[u8] = if payload.is_empty() { b"{" } else { b"," };
            for piece in [opening, key, b":", value] {
                payload.extend_from_slice(piece);
            }
        }
    }
    payload.push(b'}');
    // OK because an object is JSON, which is UTF-8.
    let payload = String::from_utf8_lossy(&payload);
    out.extend_from_slice(b",\"payload\":");
    out.extend_from_slice(&body::string(&payload));
    out.extend_from_slice(b"}\n");
}

/// An alias has two columns, everything else one.
fn write_identifier(identifier: IdentifierKind, key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    if identifier == IdentifierKind::UserAlias {
        let inside = value
            .strip_prefix(b"{")
            .and_then(|rest| rest.strip_suffix(b"}"));
        return out.extend_from_slice(inside.unwrap_or_default());
    }
    for piece in [key, b":", value] {
        out.extend_from_slice(piece);
    }
}
