//! Work shared out to all cores, results handed back in the order of the portions: the same answer on any machine.

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::sync_channel,
    },
    thread,
};

/// Results that may wait for each core.
const WAITING: usize = 4;

/// Runs `worker()` once a core and its result on each portion; `take` gets the results in order.
pub(crate) fn in_order<P: Sync, R: Send, W: FnMut(&P) -> R>(
    portions: &[P],
    worker: impl Fn() -> W + Sync,
    mut take: impl FnMut(R),
) {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(portions.len());
    let next = AtomicUsize::new(0);
    let (send, receive) = sync_channel(WAITING * cores.max(1));
    thread::scope(|scope| {
        for _ in 0..cores {
            let (send, next, worker) = (send.clone(), &next, &worker);
            scope.spawn(move || {
                let mut work = worker();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(portion) = portions.get(at) else { break };
                    if send.send((at, work(portion))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let (mut early, mut due) = (BTreeMap::new(), 0);
        for (at, result) in receive {
            early.insert(at, result);
            while let Some(result) = early.remove(&due) {
                take(result);
                due += 1;
            }
        }
    });
}
