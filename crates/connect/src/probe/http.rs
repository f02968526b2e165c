//! One HTTP request, judged by its status.

use std::time::Duration;

use http::StatusCode;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::http_error::innermost;

/// Why a probe did not pass. `url` is without credentials, query and fragment; what
/// the other side sent is never part of it.
#[derive(Debug, thiserror::Error)]
pub enum ProbeFailure {
    /// Not an `http` or `https` URL with a host.
    #[error("\"{0}\" is not an http or https URL")]
    InvalidUrl(String),
    /// Another status than expected.
    #[error("{url} answered {got}, expected {expected}")]
    Status {
        /// What was asked.
        url: String,
        /// The status that came.
        got: StatusCode,
        /// The status that should have come.
        expected: StatusCode,
    },
    /// No answer in time.
    #[error("{url} did not answer within {} s", .limit.as_secs_f32())]
    TimedOut {
        /// What was asked.
        url: String,
        /// How long it might have taken.
        limit: Duration,
    },
    /// Nothing there, or no connection that can be trusted.
    #[error("{url} cannot be connected to: {reason}")]
    Connect {
        /// What was asked.
        url: String,
        /// The innermost reason.
        reason: String,
    },
    /// Something there that does not answer in HTTP.
    #[error("{url} gave no valid answer: {reason}")]
    Answer {
        /// What was asked.
        url: String,
        /// The innermost reason.
        reason: String,
    },
    /// This side cannot make requests, for want of certificates for example.
    #[error("an HTTP client could not be set up: {0}")]
    Client(String),
}

/// Makes probes. It follows no redirects, so that an expected 302 can be told from
/// where it leads, and takes no proxy from the environment.
#[derive(Debug, Clone)]
pub struct Prober {
    client: Client,
}

impl Prober {
    /// Sets up TLS with the certificates that the machine trusts.
    pub fn new() -> Result<Self, ProbeFailure> {
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            // The next probe must find out whether a connection can be made at all.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("tidegate/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ProbeFailure::Client(innermost(&error)))?;
        Ok(Self { client })
    }

    /// Passes if a GET of `url` is answered with the expected status in time. The body
    /// is not read.
    pub async fn probe(
        &self,
        url: &str,
        expected: StatusCode,
        limit: Duration,
    ) -> Result<(), ProbeFailure> {
        let parsed = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| ProbeFailure::InvalidUrl(without_secrets(url)))?;
        let url = shown(&parsed);
        let response = self.client.get(parsed).timeout(limit).send().await;
        match response {
            Ok(response) if response.status() == expected => Ok(()),
            Ok(response) => Err(ProbeFailure::Status {
                url,
                got: response.status(),
                expected,
            }),
            Err(error) if error.is_timeout() => Err(ProbeFailure::TimedOut { url, limit }),
            Err(error) if error.is_connect() => Err(ProbeFailure::Connect {
                url,
                reason: innermost(&error),
            }),
            Err(error) => Err(ProbeFailure::Answer {
                url,
                reason: innermost(&error),
            }),
        }
    }
}

/// The URL without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for URLs without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// A text that is no URL, up to where a secret could begin.
fn without_secrets(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) if rest.contains('@') => format!("{scheme}://…"),
        _ => text.split(['?', '#']).next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    /// A server that gives one answer to every request.
    async fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        format!("http://{address}")
    }

    async fn probe(url: &str, expected: StatusCode) -> Result<(), ProbeFailure> {
        Prober::new().unwrap().probe(url, expected, LONG).await
    }

    #[tokio::test]
    async fn the_expected_status_passes() {
        let url = server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        probe(&url, StatusCode::OK).await.unwrap();
    }

    #[tokio::test]
    async fn another_status_says_which_and_not_what_was_sent() {
        let url =
            server("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 7\r\n\r\nhunter2").await;
        let secret = url.replace("http://", "http://me:hunter2@");
        let error = probe(&format!("{secret}/healthz?token=hunter2"), StatusCode::OK)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{url}/healthz answered 503 Service Unavailable, expected 200 OK")
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn redirects_are_an_answer_of_their_own() {
        let url =
            server("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n").await;
        probe(&url, StatusCode::FOUND).await.unwrap();
        let error = probe(&url, StatusCode::OK).await.unwrap_err();
        assert!(matches!(
            error,
            ProbeFailure::Status {
                got: StatusCode::FOUND,
                ..
            }
        ));
    }

    #[tokio::test]
    async fn silence_times_out() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let error = Prober::new()
            .unwrap()
            .probe(&url, StatusCode::OK, Duration::from_millis(20))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{url} did not answer within 0.02 s")
        );
    }

    #[tokio::test]
    async fn nobody_there_and_nonsense_are_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let nobody = probe(&url, StatusCode::OK).await.unwrap_err();
        assert!(matches!(nobody, ProbeFailure::Connect { .. }), "{nobody:?}");

        let url = server("SSH-2.0-OpenSSH_9.2\r\n").await;
        let nonsense = probe(&url, StatusCode::OK).await.unwrap_err();
        assert!(
            matches!(nonsense, ProbeFailure::Answer { .. }),
            "{nonsense:?}"
        );

        // TLS is tried, and refused by a server that speaks plain HTTP.
        let url = server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let plain = probe(&url.replace("http:", "https:"), StatusCode::OK).await;
        assert!(
            matches!(plain, Err(ProbeFailure::Connect { .. })),
            "{plain:?}"
        );
    }

    #[tokio::test]
    async fn what_is_no_http_url_is_refused() {
        for url in [
            "",
            "api-gateway",
            "ftp://example.com",
            "http://",
            "file:///etc/passwd",
        ] {
            let error = probe(url, StatusCode::OK).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("\"{url}\" is not an http or https URL")
            );
        }
        let error = probe("http://me:hunter2@", StatusCode::OK)
            .await
            .unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
