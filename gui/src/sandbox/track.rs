//! `POST /users/track` from the body on: the limits of a request, then each object by itself.

use hyper::StatusCode;
use serde_json::{Value, json, value::RawValue};

use super::{
    answer::Answer,
    json::{self, Members},
    object::{Attributes, Occurrence},
    refusal::Refusal,
    workspace::Workspace,
};

/// Objects in one request, over all three arrays (Braze's page "API rate limits").
const OBJECTS: usize = 75;

/// The three arrays, in the order in which Braze works them off.
#[derive(Clone, Copy, Debug)]
enum Array {
    Attributes,
    Events,
    Purchases,
}

impl Array {
    const ALL: [Self; 3] = [Self::Attributes, Self::Events, Self::Purchases];

    fn name(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::Events => "events",
            Self::Purchases => "purchases",
        }
    }

    fn counter(self) -> &'static str {
        match self {
            Self::Attributes => "attributes_processed",
            Self::Events => "events_processed",
            Self::Purchases => "purchases_processed",
        }
    }

    /// Checks one object and does what it says.
    fn take(self, workspace: &mut Workspace, value: &RawValue) -> Result<(), Refusal> {
        match self {
            Self::Attributes => workspace.apply_attributes(Attributes::read(value)?),
            Self::Events => workspace.apply_event(Occurrence::read_event(value)?),
            Self::Purchases => workspace.apply_purchase(Occurrence::read_purchase(value)?),
        }
        Ok(())
    }
}

/// Answers a request of which only the body is still to be judged.
pub(super) fn answer(workspace: &mut Workspace, body: &[u8]) -> Answer {
    let Some(document) = json::document(body) else {
        let error = "Error while parsing request body. Please check your syntax.";
        return Answer::json(StatusCode::BAD_REQUEST, &json!({ "error": error }));
    };
    let Some(arrays) = arrays(document) else {
        return nothing_valid(&[]);
    };
    let n_objects: usize = arrays.iter().map(|(_, objects)| objects.len()).sum();
    if n_objects > OBJECTS {
        return Answer::message(StatusCode::BAD_REQUEST, "Max Input Length Exceeded");
    }
    let mut done = json!({ "message": "success" });
    let mut errors = Vec::new();
    for (array, objects) in arrays {
        let n_errors = errors.len();
        for (index, object) in objects.iter().enumerate() {
            if let Err(Refusal(reason)) = array.take(workspace, object) {
                errors.push(json!({
                    "type": reason, "input_array": array.name(), "index": index,
                }));
            }
        }
        done[array.counter()] = json!(objects.len() - (errors.len() - n_errors));
    }
    workspace.counts.accepted += (n_objects - errors.len()) as u64;
    workspace.counts.refused += errors.len() as u64;
    if errors.len() == n_objects {
        return nothing_valid(&errors);
    }
    if !errors.is_empty() {
        done["errors"] = Value::Array(errors);
    }
    Answer::json(StatusCode::CREATED, &done)
}

/// The arrays that were sent; nothing if the body is no object, or one of them no array. Other
/// members mean nothing to Braze.
fn arrays(document: &RawValue) -> Option<Vec<(Array, Vec<&RawValue>)>> {
    let members = Members::read(document)?;
    let sent = |array: Array| Some((array, members.get(array.name())?));
    Array::ALL
        .into_iter()
        .filter_map(sent)
        .map(|(array, value)| Some((array, json::items(value)?)))
        .collect()
}

fn nothing_valid(errors: &[Value]) -> Answer {
    let message =
        "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";
    Answer::json(
        StatusCode::BAD_REQUEST,
        &json!({ "message": message, "errors": errors }),
    )
}
