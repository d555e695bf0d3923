//! Every fault at once: what a sender may believe, and what proves it wrong or right.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::client::{TRACK, send};
use crate::sandbox::{Chance, Fault, Memory, Options, Proof, Sandbox, Settings, Weather};

/// What a careful sender knows of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Applied,
    NotApplied,
    Nothing,
}

/// What the answer to five objects says of each.
fn known(sandbox: &Sandbox, body: &str) -> [Known; 5] {
    let Some(reply) = send(sandbox, &TRACK, body.as_bytes()) else {
        return [Known::Nothing; 5];
    };
    let answer: Option<Value> = serde_json::from_str(&reply.body).ok();
    let all = match (reply.status, &answer) {
        (201 | 202, Some(_)) => Known::Applied,
        (400 | 429 | 502 | 503, _) => Known::NotApplied,
        _ => Known::Nothing,
    };
    let mut known = [all; 5];
    if all == Known::Applied {
        let errors = answer
            .as_ref()
            .and_then(|answer| answer["errors"].as_array());
        for error in errors.into_iter().flatten() {
            known[usize::try_from(error["index"].as_u64().unwrap()).unwrap()] = Known::NotApplied;
        }
    }
    known
}

#[test]
fn what_a_sender_knows_is_what_the_proofs_say() {
    let sandbox = Sandbox::start(Options {
        weather: Weather {
            seed: 11,
            chances: Fault::every()
                .into_iter()
                .map(|fault| Chance {
                    per_mille: 30,
                    fault,
                    burst: 1,
                })
                .collect(),
            delay_ms: 1000,
            shuffled: true,
            ..Weather::default()
        },
        settings: Settings {
            memory: Memory {
                profiles: 0,
                proofs: true,
                ..Memory::default()
            },
            ..Settings::default()
        },
        ..Options::default()
    })
    .unwrap();
    let mut expected = HashMap::new();
    for request in 0..600 {
        let ids: [String; 5] = std::array::from_fn(|n| format!("{request}-{n}"));
        let objects = ids
            .each_ref()
            .map(|id| json!({"external_id": id, "AIQ_1_2": true, "n": request}));
        let known = known(&sandbox, &json!({"attributes": objects}).to_string());
        expected.extend(
            ids.into_iter()
                .zip(known)
                .map(|(id, known)| (id, (known, request))),
        );
    }
    sandbox.settle();
    let proofs = sandbox.proofs();
    let mut n_in_doubt = 0;
    for (id, (known, request)) in &expected {
        let mut right = Proof::default();
        right.add_attribute("AIQ_1_2", "true");
        right.add_attribute("n", &request.to_string());
        let proof = proofs.get(&Proof::user(&format!("external_id:{id}")));
        // Whatever happened, no value came twice.
        assert!(proof.is_none_or(|proof| *proof == right), "{id}: {proof:?}");
        match known {
            Known::Applied => assert!(proof.is_some(), "{id}"),
            Known::NotApplied => assert!(proof.is_none(), "{id}"),
            Known::Nothing => n_in_doubt += 1,
        }
    }
    let report = sandbox.report();
    assert_eq!((report.requests, report.waiting), (600, 0));
    assert_eq!(report.accepted, proofs.len() as u64);
    assert!(
        n_in_doubt > 0 && proofs.len() > 2000,
        "{n_in_doubt} {}",
        proofs.len()
    );
}
