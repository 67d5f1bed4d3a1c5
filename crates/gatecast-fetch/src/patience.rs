//! How long to wait: between requests, and before a request is made again.

use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::{Timestamp, fmt::rfc2822};

/// Longest wait that doubling leads to.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// Longest wait that a server may ask for; a program that is silent for longer looks dead.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Keeps requests apart.
#[derive(Debug)]
pub(crate) struct Pace {
    pause: Duration,
    last: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(pause: Duration) -> Self {
        Self { pause, last: None }
    }

    /// Returns when the next request may be made, and takes it as made.
    pub(crate) fn wait(&mut self) {
        if let Some(last) = self.last {
            sleep(self.pause.saturating_sub(last.elapsed()));
        }
        self.last = Some(Instant::now());
    }
}

/// Wait after the given number of failed tries: the doubled back-off, or what the server asks
/// for if that is longer.
pub(crate) fn wait(backoff: Duration, failed: u32, asked: Option<Duration>) -> Duration {
    let doublings = 2u32.saturating_pow(failed.saturating_sub(1));
    backoff
        .saturating_mul(doublings)
        .min(LONGEST_BACKOFF)
        .max(asked.unwrap_or_default())
}

/// What a `Retry-After` asks for: seconds, or the time at which to come back.
pub(crate) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = rfc2822::parse(header).ok()?.timestamp();
    // A time that has passed asks for no wait.
    Some(Duration::try_from(time.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_the_server_may_ask_for_more() {
        let second = Duration::from_secs(1);
        let waits: Vec<u64> = (1..=8).map(|n| wait(second, n, None).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(wait(second, u32::MAX, None), LONGEST_BACKOFF);
        assert_eq!(wait(second, 1, Some(second * 90)), second * 90);
        assert_eq!(wait(second, 4, Some(second)), second * 8);
        assert_eq!(wait(Duration::ZERO, 9, None), Duration::ZERO);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2015-10-21T07:27:30Z".parse().unwrap();
        let seconds = |header| retry_after(header, now).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 120 "), Some(120));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:28:00 GMT"), Some(30));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:00:00 GMT"), Some(0));
        for nonsense in ["", "soon", "-1", "1.5"] {
            assert_eq!(seconds(nonsense), None, "{nonsense:?}");
        }
    }
}
