//! What becomes of single requests: by a script, by chance, or both.
//!
//! In a file (`aiq-braze sandbox --faults FILE`) it reads like this; every member may be left out:
//!
//! ```json
//! {
//!   "faults": [
//!     "none",
//!     { "status": { "code": 429, "retry_after_secs": 2 } },
//!     "lost"
//!   ],
//!   "weather": {
//!     "seed": 7,
//!     "latency_ms": 20,
//!     "jitter_ms": 30,
//!     "chances": [
//!       { "per_mille": 10, "fault": { "status": { "code": 429 } }, "burst": 5 },
//!       { "per_mille": 10, "fault": { "partial": { "per_mille": 200 } } }
//!     ],
//!     "delay_ms": 100,
//!     "shuffled": true
//!   }
//! }
//! ```
//!
//! | fault | is the work done? | what the sender sees |
//! |---|---|---|
//! | `"none"` | yes | the answer |
//! | `{"status": {"code": N, "retry_after_secs": N}}` | no | that status; the header only where its number is given |
//! | `{"status_after_work": {"code": N}}` | yes | that status, as 500 and 504 may be |
//! | `{"page": {"code": N}}` | no | that status with a page of HTML, as of a gateway before Braze |
//! | `"cut_early"` | no | the connection ends when the head of the request is read |
//! | `"cut"` | no | the connection ends when all of the request is read |
//! | `"lost"` | yes | the connection ends instead of an answer |
//! | `"half_body"` | yes | the answer's head and half of its body, then the connection ends |
//! | `"garbage"` | yes | 201 with something that is no JSON |
//! | `"wrong_type"` | yes | the answer, said to be `text/plain` |
//! | `{"huge": {"bytes": N}}` | yes | 201 and a body of that size at least |
//! | `{"slow": {"ms": N}}` | yes | the answer, so much later |
//! | `"silent"` | no | nothing, ever |
//! | `"queued"` | yes | 202 `{"message":"queued"}`, as older pages of Braze's describe maintenance |
//! | `{"partial": {"per_mille": N}}` | for the others | each good object is refused so many times in a thousand |

use std::time::Duration;

use serde::Deserialize;

use super::random::Random;

/// What becomes of one POST.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// It is answered properly.
    #[default]
    None,
    /// Nothing is done, and this is the answer.
    Status {
        /// 200 to 599; any other number answers 500.
        #[serde(rename = "code")]
        status: u16,
        /// Whole seconds for `X-Ratelimit-Retry-After`, the header that Braze's page of
        /// `/users/track` names for 429.
        #[serde(default)]
        retry_after_secs: Option<u64>,
    },
    /// The work is done, and this is the answer nevertheless: the sender cannot know.
    StatusAfterWork {
        /// 200 to 599; any other number answers 500.
        #[serde(rename = "code")]
        status: u16,
    },
    /// Nothing is done, and a page of HTML with this status is the answer.
    Page {
        /// 200 to 599; any other number answers 500.
        #[serde(rename = "code")]
        status: u16,
    },
    /// The connection closes as soon as the head of the request is read; nothing is done.
    CutEarly,
    /// The request is read, nothing is done, and the connection closes without an answer.
    Cut,
    /// The work is done, and the connection closes without an answer: the sender cannot know.
    Lost,
    /// The work is done, and the connection closes in the middle of the answer's body.
    HalfBody,
    /// The work is done, and the answer is 201 with a body that is no JSON.
    Garbage,
    /// The work is done, and the answer is said to be `text/plain`.
    WrongType,
    /// The work is done, and the answer is 201 with a body of valid JSON that is far too long.
    Huge {
        /// How long the body is at least.
        bytes: u64,
    },
    /// The work is done at once, and the answer comes so much later.
    Slow {
        /// Thousandths of a second.
        ms: u64,
    },
    /// Nothing is done, and no answer ever comes: the sender must give up by itself.
    Silent,
    /// The work is done, and the answer is 202 `{"message":"queued"}`.
    Queued,
    /// Of the good objects each is refused so many times in a thousand; the others are taken.
    Partial {
        /// 1000 refuses them all.
        per_mille: u16,
    },
}

impl Fault {
    /// One of each kind that is over soon: every way in which a request can go wrong but [`Self::Silent`], for
    /// which a sender waits as long as it waits at all.
    pub fn every() -> Vec<Self> {
        let status = |status| Self::Status {
            status,
            retry_after_secs: None,
        };
        let limited = Self::Status {
            status: 429,
            retry_after_secs: Some(1),
        };
        let faults = [500, 502, 503, 504].map(status).into_iter();
        let others = [
            limited,
            Self::StatusAfterWork { status: 500 },
            Self::StatusAfterWork { status: 504 },
            Self::Page { status: 502 },
            Self::CutEarly,
            Self::Cut,
            Self::Lost,
            Self::HalfBody,
            Self::Garbage,
            Self::WrongType,
            Self::Huge { bytes: 2 << 20 },
            Self::Slow { ms: 20 },
            Self::Queued,
            Self::Partial { per_mille: 50 },
        ];
        faults.chain(others).collect()
    }
}

/// Faults by chance, and a Braze that takes its time. The same seed and the same order of requests
/// bring the same faults again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weather {
    /// What all chance here depends on.
    pub seed: u64,
    /// How much later every answer comes.
    pub latency_ms: u64,
    /// How much later still an answer comes at most, by chance.
    pub jitter_ms: u64,
    /// For each POST past the end of the script, at most one of these. Their sum is 1000 at most;
    /// what is above never happens.
    pub chances: Vec<Chance>,
    /// How long after its answer a request is applied to the profiles.
    pub delay_ms: u64,
    /// Whether that time is by chance, up to `delay_ms`: then requests are applied in no order.
    /// The objects of one request stay in theirs.
    pub shuffled: bool,
}

/// One fault, and how often it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    /// How many POSTs of a thousand it begins at.
    pub per_mille: u16,
    /// What befalls them.
    pub fault: Fault,
    /// How many POSTs in a row it befalls once it has begun; 0 means 1.
    #[serde(default)]
    pub burst: u32,
}

/// The content of a file of faults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultFile {
    /// See [`super::Options::faults`].
    pub faults: Vec<Fault>,
    /// See [`super::Options::weather`].
    pub weather: Weather,
}

impl FaultFile {
    /// Reads the JSON that stands at the top of this module.
    ///
    /// # Errors
    ///
    /// What is wrong and where, in words.
    pub fn read(json: &str) -> Result<Self, String> {
        let file: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let chances = &file.weather.chances;
        let sum: u32 = chances.iter().map(|c| u32::from(c.per_mille)).sum();
        if sum > 1000 {
            return Err(format!(
                "chances of {sum} per mille together, of which no more than 1000 can happen"
            ));
        }
        let by_chance = chances.iter().map(|chance| chance.fault);
        for fault in file.faults.iter().copied().chain(by_chance) {
            fault.check()?;
        }
        Ok(file)
    }
}

impl Fault {
    fn check(self) -> Result<(), String> {
        match self {
            Self::Status { status, .. }
            | Self::StatusAfterWork { status }
            | Self::Page { status }
                if !(200..=599).contains(&status) =>
            {
                Err(format!(
                    "the code {status}, which is no status of an answer (200 to 599)"
                ))
            }
            Self::Partial { per_mille } if per_mille > 1000 => Err(format!(
                "a \"partial\" of {per_mille} per mille, of which 1000 are all"
            )),
            _ => Ok(()),
        }
    }
}

/// What is in store for one POST.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    pub(super) fault: Fault,
    /// How long the answer is held back.
    pub(super) wait: Duration,
    /// For whatever else is left to chance in it.
    pub(super) random: Random,
}

/// Tells the fates of the POSTs in their order.
#[derive(Debug)]
pub(super) struct Forecast {
    faults: Vec<Fault>,
    weather: Weather,
    n_told: u64,
    /// What goes on, and for how many more POSTs.
    burst: (Fault, u32),
}

impl Forecast {
    pub(super) fn new(faults: Vec<Fault>, weather: Weather) -> Self {
        Self {
            faults,
            weather,
            n_told: 0,
            burst: (Fault::None, 0),
        }
    }

    pub(super) fn next(&mut self) -> Fate {
        let mut random = Random::of(self.weather.seed, self.n_told);
        let fault = usize::try_from(self.n_told)
            .ok()
            .and_then(|index| self.faults.get(index).copied())
            .unwrap_or_else(|| self.by_chance(random.below(1000)));
        let Weather {
            latency_ms,
            jitter_ms,
            ..
        } = self.weather;
        let own_ms = match fault {
            Fault::Slow { ms } => ms,
            _ => 0,
        };
        let by_chance_ms = random.below(jitter_ms.saturating_add(1));
        let wait_ms = latency_ms
            .saturating_add(by_chance_ms)
            .saturating_add(own_ms);
        self.n_told += 1;
        Fate {
            fault,
            wait: Duration::from_millis(wait_ms),
            random,
        }
    }

    fn by_chance(&mut self, dice: u64) -> Fault {
        let (fault, left) = &mut self.burst;
        if *left > 0 {
            *left -= 1;
            return *fault;
        }
        let mut below = 0;
        for chance in &self.weather.chances {
            below += u64::from(chance.per_mille);
            if dice < below {
                self.burst = (chance.fault, chance.burst.saturating_sub(1));
                return chance.fault;
            }
        }
        Fault::None
    }
}
