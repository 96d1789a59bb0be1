//! What is logged as an error while a test runs is a failure of the test.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{Event, Level, Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

/// Errors that are logged while it lives, on the thread of its test.
pub struct Errors {
    seen: Arc<Mutex<Vec<String>>>,
    _guard: DefaultGuard,
}

impl Errors {
    pub fn watch() -> Self {
        let seen = Arc::default();
        let subscriber = tracing_subscriber::registry().with(Watch(Arc::clone(&seen)));
        Self { seen, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// Those so far, which are forgotten: for a test that wants some.
    pub fn take(&self) -> Vec<String> {
        mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Watch(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Watch {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{event:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_seen_and_nothing_else_is() {
        let errors = Errors::watch();
        tracing::warn!("a warning");
        assert_eq!(errors.take(), Vec::<String>::new());
        tracing::error!("an error");
        assert_eq!(errors.take().len(), 1);
        assert_eq!(errors.take().len(), 0);
    }
}
