//! Pushes of what is new alone, night after night, killed and resumed: real processes against a server that
//! remembers all that arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
#[cfg(unix)]
use std::{process::Stdio, sync::mpsc::channel};

use aiq_braze_tests::braze::{Braze, Weather};
use aiq_braze_tests::program::{Ended, Program, rests};
use aiq_braze_tests::random::Random;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// Users with their values by name.
type Users = BTreeMap<String, Map<String, Value>>;

struct Desk {
    folder: TempDir,
    braze: Braze,
}

impl Desk {
    fn new(weather: impl FnMut(u64) -> Weather + Send + 'static) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder for the test"),
            braze: Braze::start(weather),
        }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("it is writable");
        rests(&path);
        path
    }

    fn program(&self, args: &[&str]) -> Program {
        Program::new(self.folder.path())
            .args(args)
            .env("BRAZE_API_KEY", "a-key")
            .env("AIQ_BRAZE_HOME", self.folder.path().join("home"))
    }

    fn push(&self, file: &str, more: &[&str]) -> Program {
        let url = self.braze.url();
        let args = ["push", file, "--yes", "--json", "--endpoint", &url];
        let args = self.program(&args).args(["--no-preflight"]).args(more);
        args.args(["--max-leavers", "100%"])
    }

    /// How many files with rows of exports there are among the program's own.
    fn kept(&self) -> usize {
        let mut folders = vec![self.folder.path().join("home/workspaces")];
        let mut n_files = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("it can be read").flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                n_files += usize::from(name.contains("bodies") || name == "standard-input");
                if entry.path().is_dir() {
                    folders.push(entry.path());
                }
            }
        }
        n_files
    }

    /// What the server has of everybody, by what arrived.
    fn profiles(&self) -> Users {
        let mut users = Users::new();
        for arrived in self.braze.arrived() {
            let is_update = arrived.said.get("_update_existing_only") == Some(&json!(true));
            if is_update && !users.contains_key(&arrived.user) {
                continue;
            }
            let user = users.entry(arrived.user).or_default();
            let said = arrived.said.into_iter();
            user.extend(said.filter(|(name, _)| name != "external_id" && !name.starts_with('_')));
        }
        users
    }
}

fn json_of(ended: &Ended) -> Value {
    serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

/// An export of some users with some values, and what it says.
fn night(random: &mut Random, n_users: u64) -> (String, Users) {
    let mut text = "external_id,audience_id,split_id,ltv,city\n".to_owned();
    let mut users = Users::new();
    for user in 0..n_users {
        if random.percent(15) {
            continue;
        }
        let (name, ltv, city) = (format!("u{user}"), random.below(4), random.below(3));
        text += &format!("{name},1,2,{ltv},c{city}\n");
        let said = json!({"AIQ_1_2": true, "ltv": ltv, "city": format!("c{city}")});
        users.insert(name, said.as_object().expect("it is one").clone());
    }
    (text, users)
}

const ONLY_CHANGES: [&str; 2] = ["--only-changes", "--full-audience"];

#[test]
fn whatever_is_killed_in_the_night_the_morning_finds_what_the_export_says() {
    let mut n_kills = 0;
    for seed in 0.. {
        if n_kills >= 60 {
            return;
        }
        let mut random = Random::new(seed);
        let mut lost = Random::new(seed);
        let weather = move |_| match lost.below(12) {
            0 => Weather::AnswerLost,
            1 => Weather::RequestLost,
            _ => Weather::Fine,
        };
        let desk = Desk::new(weather);
        let mut ever = BTreeSet::new();
        for number in 0..3 {
            let (text, users) = night(&mut random, 240);
            desk.write("tonight.csv", &text);
            for _ in 0..2 + random.below(3) {
                let program = match random.below(4) {
                    0 => desk.program(&["resume", "--yes", "--older", "--json"]),
                    1 if number > 0 => desk.push("yesterday.csv", &[]),
                    _ => desk.push("tonight.csv", &ONLY_CHANGES),
                };
                let points = [
                    "before-write",
                    "after-write",
                    "send",
                    "answered",
                    "layer",
                    "index",
                    "sweep",
                    "learned",
                ];
                let point = random.pick(&points);
                let crash = format!("{point}:{}", 1 + random.below(3));
                let ended = program.env("AIQ_BRAZE_CRASH", crash).run();
                n_kills += u64::from(ended.code.is_none());
                ever.extend(desk.profiles().into_keys());
            }
            let ended = desk.push("tonight.csv", &ONLY_CHANGES).run().with_code(0);
            let told = json_of(&ended);
            assert_eq!(told["balanced"], true, "{told}");
            let profiles = desk.profiles();
            for (user, said) in &users {
                for (name, value) in said {
                    assert_eq!(
                        profiles[user].get(name),
                        Some(value),
                        "seed {seed}: {user} {name}"
                    );
                }
            }
            for user in ever.iter().filter(|user| !users.contains_key(*user)) {
                let found = profiles[user].get("AIQ_1_2");
                assert_eq!(found, Some(&json!(false)), "seed {seed}: {user} has left");
            }
            ever.extend(users.into_keys());
            let n_requests = desk.braze.n_requests();
            desk.push("tonight.csv", &ONLY_CHANGES).run().with_code(0);
            assert_eq!(desk.braze.n_requests(), n_requests, "nothing is new");
            desk.write("yesterday.csv", &text);
        }
    }
}

#[test]
fn only_new_values_are_sent_and_every_row_is_accounted_for() {
    let desk = Desk::new(|_| Weather::Fine);
    let export = |ltv_of_2: u64| {
        format!(
            "external_id,audience_id,split_id,ltv,city\nu1,1,2,10,x\nu2,1,2,{ltv_of_2},\n,1,2,3,z\n"
        )
    };
    desk.write("export.csv", &export(20));
    let first = json_of(
        &desk
            .push("export.csv", &["--only-changes"])
            .run()
            .with_code(1),
    );
    assert_eq!(first["account"]["accepted"], 2);
    assert_eq!(first["changes"]["users"]["joined"], 2);

    desk.write("export.csv", &export(21));
    let second = json_of(
        &desk
            .push("export.csv", &["--only-changes"])
            .run()
            .with_code(1),
    );
    let account = &second["account"];
    assert_eq!(
        (
            &account["accepted"],
            &account["unchanged"],
            &account["rejected"]
        ),
        (&json!(1), &json!(1), &json!(1))
    );
    let arrived = desk.braze.arrived();
    let last = &arrived[arrived.len() - 1];
    assert_eq!(
        Value::Object(last.said.clone()),
        json!({"external_id": "u2", "ltv": 21})
    );

    let full = json_of(
        &desk
            .push("export.csv", &["--only-changes", "--full"])
            .run()
            .with_code(1),
    );
    assert_eq!(full["account"]["accepted"], 2);

    let told = json_of(&desk.program(&["state", "--json"]).run().with_code(0));
    let state = &told["states"][0];
    assert_eq!(state["attributes"], json!(["AIQ_1_2", "ltv", "city"]));
    // It outlives the runs that it was learned from.
    for run in ["1", "2", "3"] {
        desk.program(&["runs", "forget", run]).run().with_code(0);
    }
    let still = json_of(&desk.program(&["state", "--json"]).run().with_code(0));
    assert_eq!(still, told);
    let url = desk.braze.url();
    desk.program(&["state", "forget", "--endpoint", &url])
        .run()
        .with_code(0);
    let again = json_of(
        &desk
            .push("export.csv", &["--only-changes"])
            .run()
            .with_code(1),
    );
    assert_eq!(again["account"]["accepted"], 2, "nothing is known any more");
}

#[test]
fn what_cannot_be_learned_any_more_is_sent_once_more() {
    let desk = Desk::new(|_| Weather::Fine);
    let header = "external_id,audience_id,split_id,ltv\n";
    desk.write("export.csv", &format!("{header}u1,1,2,10\nu2,1,2,20\n"));
    desk.push("export.csv", &["--only-changes"])
        .run()
        .with_code(0);
    // A plain push is killed with its request on its way, and its export goes.
    let other = desk.write("other.csv", &format!("{header}u1,1,2,11\n"));
    let killed = desk
        .push("other.csv", &[])
        .env("AIQ_BRAZE_CRASH", "send:1")
        .run();
    assert_eq!(killed.code, None);
    fs::remove_file(&other).expect("it is there");
    let ended = desk
        .push("export.csv", &["--only-changes"])
        .run()
        .with_code(0);
    assert!(
        ended
            .stderr
            .contains("what run 2 sent cannot be made again"),
        "{}",
        ended.stderr
    );
    assert_eq!(json_of(&ended)["account"]["accepted"], 2);
    // Who was in the audience is still known.
    desk.write("export.csv", &format!("{header}u1,1,2,10\n"));
    let told = json_of(&desk.push("export.csv", &ONLY_CHANGES).run().with_code(0));
    let account = &told["account"];
    assert_eq!(
        (
            &account["accepted"],
            &account["unchanged"],
            &account["leavers"]
        ),
        (&json!(1), &json!(1), &json!(1))
    );
    // A ledger that was put in the place of the one that the state knows.
    let workspace = fs::read_dir(desk.folder.path().join("home/workspaces"))
        .expect("it is there")
        .next()
        .expect("there is one")
        .expect("it can be read");
    for file in fs::read_dir(workspace.path())
        .expect("it is there")
        .flatten()
    {
        if file.file_name().to_string_lossy().starts_with("ledger") {
            fs::remove_file(file.path()).expect("it is there");
        }
    }
    let ended = desk.push("export.csv", &ONLY_CHANGES).run().with_code(0);
    assert!(
        ended.stderr.contains("the ledger is not the one"),
        "{}",
        ended.stderr
    );
    // What was known is unsure, that u2 has left, too.
    assert_eq!(json_of(&ended)["account"]["accepted"], 2);
    let told = json_of(&desk.push("export.csv", &ONLY_CHANGES).run().with_code(0));
    assert_eq!(told["account"]["accepted"], 0);
}

/// After one export, another that meets this weather, and the first again: what Braze has of `u1` then.
fn last_of(weather: [Weather; 3], other: &str, crash: &str) -> Value {
    let desk = Desk::new(move |number| match number {
        0 => Weather::Fine,
        number => *weather.get(number as usize - 1).unwrap_or(&Weather::Fine),
    });
    let header = "external_id,audience_id,split_id,ltv\n";
    desk.write("one.csv", &format!("{header}u1,1,2,1\n"));
    desk.write("other.csv", &format!("{header}{other}"));
    desk.push("one.csv", &["--only-changes"]).run().with_code(0);
    let push = desk.push("other.csv", &["--at-once", "1"]);
    push.env("AIQ_BRAZE_CRASH", crash).run();
    desk.braze.set_weather(|_| Weather::Fine);
    desk.push("one.csv", &["--only-changes"]).run().with_code(0);
    desk.profiles()["u1"]["ltv"].clone()
}

#[test]
fn an_answer_that_was_lost_is_not_forgotten_whatever_the_next_one_says() {
    let (fine, lost) = (Weather::Fine, Weather::AnswerLost);
    for next in [401, 400, 403] {
        let weather = [lost, Weather::Status(next), fine];
        assert_eq!(last_of(weather, "u1,1,2,2\n", "none:1"), 1, "{next}");
    }
    // The first half of a request is accepted, and the answer to the second, with a later row, is lost.
    let other = "u1,1,2,2\nu2,1,2,2\nu3,1,2,2\nu1,1,2,3\n";
    let weather = [Weather::Status(413), fine, lost];
    assert_eq!(last_of(weather, other, "answered:3"), 1);
}

#[test]
fn a_state_that_is_damaged_stops_a_push_before_it_sends() {
    let desk = Desk::new(|_| Weather::Fine);
    desk.write(
        "export.csv",
        "external_id,audience_id,split_id,ltv\nu1,1,2,10\nu2,1,2,20\n",
    );
    desk.push("export.csv", &["--only-changes"])
        .run()
        .with_code(0);
    let n_requests = desk.braze.n_requests();
    let home = desk.folder.path().join("home/workspaces");
    let workspace = fs::read_dir(home)
        .expect("it is there")
        .next()
        .expect("there is one");
    let state = workspace.expect("it can be read").path().join("state");
    let layers = fs::read_dir(&state).expect("it is there").flatten();
    let layers = layers.filter(|file| file.file_name() != "index.json");
    let layer = layers.map(|file| file.path()).next().expect("there is one");
    let mut bytes = fs::read(&layer).expect("it is there");
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    fs::write(&layer, bytes).expect("it is writable");
    let ended = desk
        .push("export.csv", &["--only-changes"])
        .run()
        .with_code(2);
    assert!(
        ended.stderr.contains("found other bytes"),
        "{}",
        ended.stderr
    );
    fs::remove_file(&layer).expect("it is there");
    let ended = desk
        .push("export.csv", &["--only-changes"])
        .run()
        .with_code(2);
    assert!(
        ended.stderr.contains("found no such file")
            && ended.stderr.contains("state forget")
            && ended.stderr.contains("Nothing was sent"),
        "{}",
        ended.stderr
    );
    fs::write(state.join("index.json"), "").expect("it is writable");
    let ended = desk
        .push("export.csv", &["--only-changes"])
        .run()
        .with_code(2);
    assert!(
        ended.stderr.contains("index.json: found another text"),
        "{}",
        ended.stderr
    );
    assert_eq!(desk.braze.n_requests(), n_requests);
}

/// Many workspaces of Braze share one address.
#[test]
fn what_is_known_is_of_the_workspace_of_one_key() {
    let desk = Desk::new(|_| Weather::Fine);
    desk.write(
        "export.csv",
        "external_id,audience_id,split_id,ltv\nu1,1,2,10\n",
    );
    let nameless = ["push", "export.csv", "--yes", "--endpoint", "US-01"];
    let nameless = desk.program(&nameless).arg("--only-changes");
    let said = nameless.run().with_code(2).stderr;
    assert!(
        said.contains("aiq-braze workspace add NAME --endpoint https://rest.iad-01.braze.com")
            && said.contains("share one address")
            && said.contains("Nothing was sent"),
        "{said}"
    );

    desk.push("export.csv", &["--only-changes"])
        .run()
        .with_code(0);
    let killed = desk
        .push("export.csv", &[])
        .env("AIQ_BRAZE_CRASH", "before-write:1");
    assert_eq!(killed.run().code, None);
    let n_requests = desk.braze.n_requests();
    let other = |program: Program| program.env("BRAZE_API_KEY", "another-key");
    let resume = || desk.program(&["resume", "--yes"]);
    for program in [
        desk.push("export.csv", &["--only-changes"]),
        desk.push("export.csv", &["--only-changes", "--full-audience"]),
        desk.push("export.csv", &[]),
        desk.push("export.csv", &["--merge"]),
        resume(),
    ] {
        let said = other(program).run().with_code(2).stderr;
        assert!(
            said.contains("state forget")
                && said.contains("--only-changes --full")
                && said.contains("Nothing was sent")
                && !said.contains("another-key"),
            "{said}"
        );
    }
    assert_eq!(desk.braze.n_requests(), n_requests);

    // A new key of the same workspace is taken, and the one before it is no longer.
    let full = || desk.push("export.csv", &["--only-changes", "--full"]);
    other(full()).run().with_code(0);
    other(desk.push("export.csv", &["--only-changes"]))
        .run()
        .with_code(0);
    assert_eq!(desk.braze.n_requests(), n_requests + 1);
    resume().run().with_code(2);
    other(resume().arg("--older")).run().with_code(0);
}

#[test]
fn flags_that_would_say_nothing_are_refused() {
    let desk = Desk::new(|_| Weather::Fine);
    let audience = "external_id,audience_id,split_id,ltv\nu1,1,2,10\n";
    desk.write("export.csv", audience);
    desk.write("old.csv", audience);
    for flag in ["--full", "--full-audience"] {
        let ended = desk.push("export.csv", &["--since", "old.csv", flag]).run();
        let said = ended.with_code(2).stderr;
        assert!(said.contains("cannot be used with"), "{said}");
        let said = desk.push("export.csv", &[flag]).run().with_code(2).stderr;
        assert!(said.contains("--only-changes"), "{said}");
    }
    desk.write("attributes.csv", "external_id,ltv\nu1,10\n");
    let said = desk.push("attributes.csv", &ONLY_CHANGES).run();
    let said = said.with_code(2).stderr;
    assert!(
        said.contains("expected rows of audiences since --full-audience"),
        "{said}"
    );
    assert_eq!(desk.braze.n_requests(), 0);
}

#[test]
fn a_push_that_cannot_be_prepared_says_that_nothing_was_sent() {
    let desk = Desk::new(|_| Weather::Fine);
    let export = "external_id,audience_id,split_id,ltv\nu1,1,2,10\n";
    desk.write("export.csv", export);
    for flags in [&["--only-changes"][..], &["--since", "export.csv"]] {
        let push = desk.push("export.csv", flags);
        let push = push.env("TMPDIR", desk.folder.path().join("no-such"));
        let said = push.run().with_code(2).stderr;
        assert!(said.trim_end().ends_with("Nothing was sent"), "{said}");
    }
    assert_eq!(desk.braze.n_requests(), 0);
}

#[test]
fn what_a_settled_run_sent_is_read_back_right_behind_it_alone() {
    let desk = Desk::new(|_| Weather::Fine);
    let export = "external_id,audience_id,split_id,ltv\nu1,1,2,10\n";
    desk.write("export.csv", export);
    let url = desk.braze.url();
    desk.push("export.csv", &["--only-changes"])
        .run()
        .with_code(0);
    let stdin = ["push", "-", "--yes", "--no-preflight", "--endpoint", &url];
    desk.program(&stdin).stdin(export).run().with_code(0);
    for run in ["1", "2"] {
        let said = desk.program(&["verify", run]).run().with_code(2).stderr;
        assert!(
            said.contains("is gone what it sent") && said.contains("push … --verify 50"),
            "{said}"
        );
    }
}

#[test]
fn leavers_whom_braze_refuses_are_not_called_rows() {
    let desk = Desk::new(|_| Weather::Fine);
    let head = "external_id,audience_id,split_id,ltv\n";
    desk.write("both.csv", &format!("{head}u1,1,2,10\nu2,1,2,20\n"));
    desk.write("one.csv", &format!("{head}u1,1,2,10\n"));
    desk.push("both.csv", &["--only-changes"])
        .run()
        .with_code(0);
    desk.braze.set_weather(|_| Weather::Status(400));
    let log = ["--log", "push.log"];
    desk.push("one.csv", &[ONLY_CHANGES, log].concat())
        .run()
        .with_code(1);
    let shown = desk.program(&["runs", "show", "2"]).run().with_code(0);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("  1 leaver: "), "{shown}");
    let log = fs::read_to_string(desk.folder.path().join("push.log")).expect("it is there");
    let account = "rows 1, leavers 1: accepted 0, unchanged 1, refused 1, unknown 0";
    assert!(log.contains(account), "{log}");

    // Behind all rows, also where these are brought together.
    desk.braze.set_weather(|_| Weather::Fine);
    desk.write("one.csv", &format!("{head}u1,1,2,11\nu1,1,2,12\n"));
    let n_arrived = desk.braze.arrived().len();
    desk.push("one.csv", &[&ONLY_CHANGES[..], &["--merge"]].concat())
        .run()
        .with_code(0);
    let users: Vec<_> = desk.braze.arrived()[n_arrived..]
        .iter()
        .map(|object| object.user.clone())
        .collect();
    assert_eq!(users, ["u1", "u2"]);
}

#[test]
fn a_run_overwrites_later_ones_only_where_that_is_meant() {
    let desk = Desk::new(|_| Weather::Fine);
    let export = |ltv| format!("external_id,audience_id,split_id,ltv\nu1,1,2,{ltv}\n");
    desk.write("one.csv", &export(1));
    desk.write("two.csv", &export(2));
    let events = "external_id,event_name,time\nu1,Visited,2026-01-01T00:00:00Z\n";
    desk.write("events.csv", events);
    let kill = |file: &str| {
        let killed = desk
            .push(file, &[])
            .env("AIQ_BRAZE_CRASH", "before-write:1");
        assert_eq!(killed.run().code, None);
    };
    let resume = |run: &str| desk.program(&["resume", run, "--yes"]);
    // Of later ones the third has sent nothing, and the fourth no values.
    kill("one.csv");
    desk.push("two.csv", &[]).run().with_code(0);
    desk.push("two.csv", &["--first", "1"])
        .env("AIQ_BRAZE_CRASH", "before-write:1")
        .run();
    desk.push("events.csv", &[]).run().with_code(0);
    let said = resume("1").run().with_code(2).stderr;
    assert!(
        said.contains("Run 2 was begun after it and sent")
            && said.contains("--older")
            && said.contains("runs forget 1 --unfinished --endpoint")
            && said.contains("Nothing was sent"),
        "{said}"
    );
    assert_eq!(desk.profiles()["u1"]["ltv"], 2);
    resume("1").arg("--older").run().with_code(0);
    assert_eq!(desk.profiles()["u1"]["ltv"], 1);
    // Events overwrite nothing.
    kill("events.csv");
    desk.push("two.csv", &[]).run().with_code(0);
    resume("5").run().with_code(0);
}

#[test]
fn what_may_have_arrived_is_not_forgotten_by_a_resume_that_is_killed_too() {
    let desk = Desk::new(|_| Weather::Fine);
    let export = |ltv| format!("external_id,audience_id,split_id,ltv\nu1,1,2,{ltv}\n");
    desk.write("one.csv", &export(1));
    desk.write("two.csv", &export(2));
    desk.push("one.csv", &["--only-changes"]).run().with_code(0);
    let killed = desk
        .push("two.csv", &[])
        .env("AIQ_BRAZE_CRASH", "answered:1")
        .run();
    assert_eq!(killed.code, None);
    assert_eq!(desk.profiles()["u1"]["ltv"], 2, "it has arrived");
    let resume = desk.program(&["resume", "--yes"]);
    let killed = resume.env("AIQ_BRAZE_CRASH", "before-write:1").run();
    assert_eq!(killed.code, None);
    desk.push("one.csv", &["--only-changes"]).run().with_code(0);
    assert_eq!(desk.profiles()["u1"]["ltv"], 1);
}

#[test]
fn what_is_different_from_an_earlier_export_is_sent_and_goes_on_after_a_kill() {
    let desk = Desk::new(|_| Weather::Fine);
    let mut random = Random::new(7);
    let (old, _) = night(&mut random, 400);
    let (new, users) = night(&mut random, 400);
    desk.write("old.csv", &old);
    let path = desk.write("new.csv", &new);
    desk.push("old.csv", &[]).run().with_code(0);
    let killed = desk
        .push("new.csv", &["--since", "old.csv", "--at-once", "1"])
        .env("AIQ_BRAZE_CRASH", "answered:2")
        .run();
    assert_eq!(killed.code, None);
    // What it sends is kept: it goes on without the exports.
    fs::remove_file(path).expect("it is there");
    let told = json_of(
        &desk
            .program(&["resume", "--yes", "--json"])
            .run()
            .with_code(0),
    );
    let account = &told["account"];
    let number = |name: &str| account[name].as_u64().expect("it is a number");
    assert!(
        number("leavers") > 0 && number("unchanged") > 0,
        "{account}"
    );
    assert_eq!(
        number("accepted") + number("unchanged"),
        number("rows") + number("leavers")
    );
    let profiles = desk.profiles();
    for (user, profile) in &profiles {
        match users.get(user) {
            Some(said) => assert_eq!(profile, said),
            None => assert_eq!(profile["AIQ_1_2"], false),
        }
    }
    assert_eq!(desk.kept(), 0);
}

#[test]
fn nothing_of_the_rows_stays_behind_when_it_is_killed_while_it_learns() {
    for point in ["layer:1", "index:1", "sweep:1", "learned:1"] {
        let desk = Desk::new(|_| Weather::Fine);
        let export = "external_id,audience_id,split_id,ltv\nu1,1,2,1\n";
        desk.write("export.csv", export);
        let killed = desk
            .push("export.csv", &["--only-changes"])
            .env("AIQ_BRAZE_CRASH", point)
            .run();
        assert_eq!((killed.code, desk.kept()), (None, 1), "{point}");
        desk.push("export.csv", &[]).run().with_code(0);
        assert_eq!(desk.kept(), 0, "{point}");
        let told = json_of(
            &desk
                .push("export.csv", &["--only-changes"])
                .run()
                .with_code(0),
        );
        assert_eq!(told["account"]["unchanged"], 1);
    }
}

/// Before anything is sent, while users are looked up.
#[cfg(unix)]
#[test]
fn a_push_that_is_told_to_end_before_it_sends_leaves_nothing_of_its_rows_behind() {
    let desk = Desk::new(|_| Weather::Fine);
    desk.write(
        "export.csv",
        "external_id,audience_id,split_id,ltv\nu1,1,2,10\n",
    );
    let (come, has_come) = channel();
    let (go, may_go) = channel();
    desk.braze.set_weather(move |_| {
        come.send(()).ok();
        may_go.recv().ok();
        Weather::Fine
    });
    let url = desk.braze.url();
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let push = ["push", "export.csv", "--yes", "--endpoint", &url];
        let push = desk.program(&push).arg("--only-changes");
        let mut child = push
            .into_command()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        has_come.recv().expect("a request comes");
        assert_eq!(desk.kept(), 1);
        let mut kill = std::process::Command::new("kill");
        kill.args([signal, &child.id().to_string()]);
        assert!(kill.status().expect("there is a kill").success());
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
        assert_eq!(desk.kept(), 0);
        go.send(()).expect("the server waits");
    }
}

#[test]
fn bodies_of_another_run_are_not_sent() {
    let denied = |_| Weather::Status(401);
    let desk = Desk::new(denied);
    for ltv in [1, 2] {
        desk.write(
            "export.csv",
            &format!("external_id,audience_id,split_id,ltv\nu1,1,2,{ltv}\n"),
        );
        desk.push("export.csv", &["--only-changes"])
            .run()
            .with_code(3);
    }
    let home = desk.folder.path().join("home/workspaces");
    let workspace = fs::read_dir(home).expect("it is there").flatten().next();
    let runs = workspace.expect("there is one").path().join("runs");
    fs::copy(runs.join("2/bodies"), runs.join("1/bodies")).expect("it is writable");
    desk.braze.set_weather(|_| Weather::Fine);
    let ended = desk.program(&["resume", "1", "--yes", "--older"]);
    let ended = ended.run().with_code(3);
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(said.contains("it is not as it was written"), "{said}");
    assert!(desk.braze.arrived().is_empty());
}

#[test]
fn all_rows_of_a_user_are_one_object_wherever_they_stand() {
    let desk = Desk::new(|_| Weather::Fine);
    let row = |n: u64| format!("u{},{},2,{n}\n", n % 100, 1 + n / 100);
    let rows: String = (0..300).map(row).collect();
    desk.write(
        "export.csv",
        &format!("external_id,audience_id,split_id,n\n{rows}"),
    );
    let told = json_of(&desk.push("export.csv", &["--merge"]).run().with_code(0));
    assert_eq!(
        (&told["account"]["accepted"], &told["requests"]),
        (&json!(300), &json!(2))
    );
    let arrived = desk.braze.arrived();
    assert_eq!(arrived.len(), 100);
    for object in arrived {
        let user: u64 = object.user[1..].parse().expect("it is a number");
        let wanted = json!({
            "external_id": object.user, "AIQ_1_2": true, "AIQ_2_2": true, "AIQ_3_2": true, "n": 200 + user,
        });
        assert_eq!(Value::Object(object.said), wanted);
    }
    let events = "external_id,event_name,time\nu1,Visited,2026-01-01T00:00:00Z\n";
    desk.write("events.csv", events);
    for flags in [
        &["--merge"][..],
        &["--only-changes"],
        &["--since", "events.csv"],
    ] {
        let ended = desk.push("events.csv", flags).run().with_code(2);
        assert!(
            ended
                .stderr
                .contains("found events, expected rows about users"),
            "{}",
            ended.stderr
        );
    }
}
