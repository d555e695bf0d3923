//! `POST /users/track` from the body on: the limits of a request, then each object by itself.

use hyper::StatusCode;
use serde_json::{Value, json, value::RawValue};

use super::{
    answer::Answer,
    identity::{Identity, User},
    json::{self, Members},
    moment::Moment,
    object::{Attributes, Object, Occurrence},
    random::Random,
    refusal::{self, Refusal},
    workspace::Workspace,
};

/// The three arrays, in the order in which Braze works them off.
#[derive(Clone, Copy, Debug)]
pub(super) enum Array {
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

    /// Checks one object.
    pub(super) fn read(self, value: &RawValue) -> Result<Object<'_>, Refusal> {
        Ok(match self {
            Self::Attributes => Object::Attributes(Attributes::read(value)?),
            Self::Events => Object::Event(Occurrence::read_event(value)?),
            Self::Purchases => Object::Purchase(Occurrence::read_purchase(value)?),
        })
    }
}

/// An object that is accepted.
pub(super) struct Good<'a> {
    pub(super) array: Array,
    pub(super) sent: &'a RawValue,
    pub(super) object: Object<'a>,
}

/// Refuses good objects by chance.
#[derive(Debug)]
pub(super) struct Lottery {
    pub(super) per_mille: u16,
    pub(super) random: Random,
}

impl Lottery {
    fn draw(&mut self) -> Result<(), Refusal> {
        match self.random.happens(self.per_mille) {
            true => Err(Refusal::any(self.random.number())),
            false => Ok(()),
        }
    }
}

/// Answers a request of which only the body is still to be judged.
pub(super) fn answer(
    workspace: &mut Workspace,
    body: &[u8],
    mut lottery: Option<Lottery>,
) -> Answer {
    let Some(document) = json::document(body) else {
        return Answer::no_json();
    };
    let Some(arrays) = arrays(document) else {
        return nothing_valid(&[]);
    };
    let n_objects: usize = arrays.iter().map(|(_, objects)| objects.len()).sum();
    if n_objects > workspace.settings.objects {
        return Answer::message(StatusCode::BAD_REQUEST, "Max Input Length Exceeded");
    }
    let mut done = json!({ "message": "success" });
    let mut errors = Vec::new();
    let mut good = Vec::with_capacity(n_objects);
    for (array, objects) in arrays {
        let n_before = good.len();
        for (index, sent) in objects.into_iter().enumerate() {
            match judge(workspace, array, sent, lottery.as_mut()) {
                Ok(object) => good.push(Good {
                    array,
                    sent,
                    object,
                }),
                Err(reason) => errors.push(json!({
                    "type": reason.text(workspace.settings.errors),
                    "input_array": array.name(),
                    "index": index,
                })),
            }
        }
        done[array.counter()] = json!(good.len() - n_before);
    }
    workspace.counts.refused += errors.len() as u64;
    if good.is_empty() {
        return nothing_valid(&errors);
    }
    workspace.take(good, Moment::now());
    if !errors.is_empty() {
        done["errors"] = Value::Array(errors);
    }
    Answer::json(StatusCode::CREATED, &done)
}

fn judge<'a>(
    workspace: &Workspace,
    array: Array,
    sent: &'a RawValue,
    lottery: Option<&mut Lottery>,
) -> Result<Object<'a>, Refusal> {
    let object = array.read(sent)?;
    let blocked = &workspace.settings.blocked_users;
    if let Some(User {
        identity: Identity::ExternalId(id),
        ..
    }) = object.user()
        && blocked.contains(id)
    {
        return Err(refusal::BLACKLISTED_EXTERNAL_USER_ID);
    }
    lottery.map_or(Ok(()), Lottery::draw)?;
    Ok(object)
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
