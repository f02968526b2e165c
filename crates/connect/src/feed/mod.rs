//! Fetches texts such as iCalendar feeds over HTTP, within limits.

mod error;

use std::time::Duration;

use http::StatusCode;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, Url};

pub use self::error::FetchFailure;
use crate::http_error::innermost;

/// The longest text that is fetched, in bytes: 5 MiB, which is also what the
/// core reads of a feed.
pub const LONGEST: usize = 5 * 1024 * 1024;

/// How long a fetch may take, from the name's lookup to the last byte.
pub const WITHIN: Duration = Duration::from_secs(10);

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 3;

/// Fetches texts. It takes no proxy from the environment.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: Client,
    within: Duration,
}

impl Fetcher {
    /// Sets up TLS with the certificates that the machine trusts.
    ///
    /// # Errors
    ///
    /// [`FetchFailure::Client`].
    pub fn new() -> Result<Self, FetchFailure> {
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::custom(follow))
            .referer(false)
            .pool_max_idle_per_host(0)
            .user_agent(concat!("tidegate/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| FetchFailure::Client(innermost(&error)))?;
        Ok(Self {
            client,
            within: WITHIN,
        })
    }

    /// The text that a GET of `url` gives. Only the answer 200 counts, and the
    /// text must be UTF-8, as iCalendar texts are (RFC 5545, section 3.1.4).
    ///
    /// # Errors
    ///
    /// Each names the host and nothing else of the URL: calendars are often
    /// shared by a URL that is itself the secret.
    pub async fn fetch(&self, url: &str) -> Result<String, FetchFailure> {
        let (host, bytes) = self.get(url, "text/calendar, text/plain;q=0.5").await?;
        String::from_utf8(bytes).map_err(|_| FetchFailure::NotUtf8 { host })
    }

    /// The bytes that a GET of `url` gives, likewise.
    ///
    /// # Errors
    ///
    /// As [`Fetcher::fetch`]. Here too the address may be itself the secret: one
    /// that an object store signed.
    pub async fn download(&self, url: &str) -> Result<Vec<u8>, FetchFailure> {
        let (_, bytes) = self.get(url, "*/*").await?;
        Ok(bytes)
    }

    async fn get(&self, url: &str, accept: &str) -> Result<(String, Vec<u8>), FetchFailure> {
        let url = Url::parse(url)
            .ok()
            .filter(|url| is_http(url) && url.has_host())
            .ok_or(FetchFailure::InvalidUrl)?;
        let host = host(&url);
        let response = self
            .client
            .get(url)
            .header(http::header::ACCEPT, accept)
            .timeout(self.within)
            .send()
            .await
            .map_err(|error| self.failure(&host, &error))?;
        if response.status() != StatusCode::OK {
            return Err(FetchFailure::Status {
                host,
                got: response.status(),
            });
        }
        let bytes = self.body(&host, response).await?;
        Ok((host, bytes))
    }

    async fn body(&self, host: &str, mut response: Response) -> Result<Vec<u8>, FetchFailure> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failure(host, &error))?
        {
            if bytes.len().saturating_add(chunk.len()) > LONGEST {
                return Err(FetchFailure::TooLong {
                    host: host.to_owned(),
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn failure(&self, host: &str, error: &reqwest::Error) -> FetchFailure {
        let host = host.to_owned();
        if error.is_timeout() {
            let limit = self.within;
            return FetchFailure::TimedOut { host, limit };
        }
        let reason = innermost(error);
        if error.is_redirect() {
            FetchFailure::Redirect { host, reason }
        } else if error.is_connect() {
            FetchFailure::Connect { host, reason }
        } else {
            FetchFailure::Answer { host, reason }
        }
    }
}

/// A redirect stays with HTTP, and never gives up TLS.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let before = attempt.previous();
    let refused = if before.len() > MOST_REDIRECTS {
        Some("it redirects more than three times")
    } else if !is_http(attempt.url()) {
        Some("it redirects to what is no http or https URL")
    } else if attempt.url().scheme() == "http" && before.iter().any(|url| url.scheme() == "https") {
        Some("it redirects from https to http")
    } else {
        None
    };
    match refused {
        Some(why) => attempt.error(why),
        None => attempt.follow(),
    }
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests;
