//! Independent jobs, one a core: seeds, folds, series.
//!
//! Whole fits side by side use the cores better than the threads of one fit, which wait for one
//! another at every step. Each job should then train with `threads: Some(1)`.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Result, wrong};

/// Runs `job(0)`, …, `job(count − 1)` on so many threads (all there are if `None`) and gives back
/// their results in this order. The threads are not those of `rayon`'s pool, so a job may use one
/// of its own without waking jobs that wait.
///
/// ```
/// let squares = gatecast::parallel_map(None, 5, |index| index * index);
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// ```
pub fn parallel_map<R: Send>(
    threads: Option<usize>,
    count: usize,
    job: impl Fn(usize) -> R + Sync,
) -> Vec<R> {
    let available = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.unwrap_or_else(available).clamp(1, count.max(1));
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        let work = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    break;
                }
                let result = job(index);
                // Poisoned only if a push panicked: then the results are lost anyway.
                if let Ok(mut results) = results.lock() {
                    results.push((index, result));
                }
            }
        };
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// A pool of so many threads (all there are if `None`) for work that is cut small. Rayon's own is never used: its threads would
/// not live on in a process that was forked.
///
/// # Errors
/// [`Setting`](crate::ErrorKind::Setting) where the system cannot start them.
pub(crate) fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .build()
        .or_else(|error| {
            let expected = "a number of threads that the system can start";
            wrong("threads", error.to_string(), expected)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_every_job_runs_once() {
        for threads in [None, Some(1), Some(3), Some(50)] {
            for count in [0, 1, 7] {
                let runs = AtomicUsize::new(0);
                let got = parallel_map(threads, count, |index| {
                    runs.fetch_add(1, Ordering::Relaxed);
                    10 * index
                });
                assert_eq!(got, (0..count).map(|i| 10 * i).collect::<Vec<_>>());
                assert_eq!(runs.into_inner(), count);
            }
        }
    }
}
