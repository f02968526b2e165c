//! One look at the API server that serves everybody who asked before it began.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// A value that is read anew for whoever asks, and shared by those who ask at
/// one time.
///
/// When a window opens, many changes want the same rules from the API server
/// itself at once. A look that began after somebody asked is as fresh as one of
/// their own.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    clock: AtomicU64,
    last: Mutex<Option<(u64, T)>>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            clock: AtomicU64::new(0),
            last: Mutex::new(None),
        }
    }
}

impl<T: Clone> Shared<T> {
    /// What `look` finds, or what it found for somebody else in a look that
    /// began after this call.
    ///
    /// # Errors
    ///
    /// Those of `look`, to the one who made it; the next in line looks again.
    pub(super) async fn read<E>(&self, look: impl AsyncFnOnce() -> Result<T, E>) -> Result<T, E> {
        let asked = self.clock.fetch_add(1, Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if let Some((began, value)) = last.as_ref()
            && *began > asked
        {
            return Ok(value.clone());
        }
        let began = self.clock.fetch_add(1, Ordering::SeqCst);
        let value = look().await?;
        *last = Some((began, value.clone()));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Shared;

    #[tokio::test]
    async fn a_look_serves_those_who_asked_before_it_began_and_nobody_later() {
        let shared = Arc::new(Shared::default());
        let looks = Arc::new(AtomicUsize::new(0));
        let ask = || {
            let (shared, looks) = (shared.clone(), looks.clone());
            async move {
                let look = async || {
                    tokio::task::yield_now().await;
                    Ok::<_, ()>(looks.fetch_add(1, Ordering::SeqCst))
                };
                shared.read(look).await
            }
        };
        let together = futures::future::join_all((0..5).map(|_| ask())).await;
        // The first began before the others asked, so they share the second.
        assert_eq!(together, [Ok(0), Ok(1), Ok(1), Ok(1), Ok(1)]);
        assert_eq!(ask().await, Ok(2), "a later question is asked anew");
    }

    #[tokio::test]
    async fn a_look_that_failed_serves_nobody() {
        let shared: Shared<u8> = Shared::default();
        let failed = shared.read(async || Err("away")).await;
        assert_eq!(failed, Err("away"));
        assert_eq!(shared.read(async || Ok::<_, &str>(1)).await, Ok(1));
    }
}
