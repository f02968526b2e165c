//! Asks Prometheus for the value of a query, now.
//!
//! The HTTP API is stable since version 2 (`GET /api/v1/query`, Prometheus
//! documentation, "HTTP API").

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use crate::http_error::innermost;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most that an answer may have. A check asks for a few series.
const MOST_BYTES: usize = 1024 * 1024;

/// Why Prometheus gave no value. Addresses are without credentials.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// Not an `http` or `https` URL with a host.
    #[error("the URL of Connection {0} is not an http or https URL")]
    InvalidUrl(String),
    /// No answer, or none that reads.
    #[error("Prometheus at {host} cannot be asked: {reason}")]
    Unreachable {
        /// Where it was asked.
        host: String,
        /// What went wrong.
        reason: String,
    },
    /// It does not take the query.
    #[error("Prometheus at {host} refuses the query: {reason}")]
    Refused {
        /// Where it was asked.
        host: String,
        /// What it said.
        reason: String,
    },
    /// The query gives something that is no number.
    #[error("the query gives a {0}, where a number or a vector is needed")]
    Kind(String),
    /// This side cannot make requests.
    #[error("an HTTP client could not be set up: {0}")]
    Client(String),
}

impl PrometheusError {
    /// Asking the same again would end the same.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Kind(_))
    }
}

/// Asks Prometheus servers.
#[derive(Debug, Clone)]
pub struct Prometheus {
    client: Client,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: String,
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: serde_json::Value,
}

impl Prometheus {
    /// Sets up TLS with the certificates that the machine trusts. No proxy is
    /// taken from the environment.
    ///
    /// # Errors
    ///
    /// No certificates, for example.
    pub fn new() -> Result<Self, PrometheusError> {
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .timeout(TIMEOUT)
            .user_agent(concat!("tidegate/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| PrometheusError::Client(innermost(&error)))?;
        Ok(Self { client })
    }

    /// The values of an instant query, one for each series; of a scalar its only
    /// one. `connection` names where the URL is from.
    ///
    /// # Errors
    ///
    /// See [`PrometheusError`].
    pub async fn values(
        &self,
        connection: &str,
        url: &str,
        credentials: Option<(&str, &str)>,
        query: &str,
    ) -> Result<Vec<f64>, PrometheusError> {
        let base = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| PrometheusError::InvalidUrl(connection.to_owned()))?;
        let host = base.host_str().unwrap_or_default().to_owned();
        let mut asked = base.clone();
        asked.set_path(&format!(
            "{}/api/v1/query",
            base.path().trim_end_matches('/')
        ));
        asked.query_pairs_mut().clear().append_pair("query", query);
        let unreachable = |reason: String| PrometheusError::Unreachable {
            host: host.clone(),
            reason,
        };
        let mut request = self.client.get(asked);
        if let Some((user, password)) = credentials {
            request = request.basic_auth(user, Some(password));
        }
        let mut response = request
            .send()
            .await
            .map_err(|error| unreachable(innermost(&error)))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(innermost(&error)))?
        {
            body.extend_from_slice(&chunk);
            if body.len() > MOST_BYTES {
                return Err(unreachable("the answer is too long".to_owned()));
            }
        }
        let answer: Option<Answer> = serde_json::from_slice(&body).ok();
        match (status, answer) {
            (
                StatusCode::OK,
                Some(Answer {
                    data: Some(data), ..
                }),
            ) => values(&data),
            // It answers these to queries that are wrong.
            (StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY, Some(answer)) => {
                Err(PrometheusError::Refused {
                    host,
                    reason: answer.error,
                })
            }
            (StatusCode::OK, _) => Err(unreachable("its answer does not read".to_owned())),
            (status, _) => Err(unreachable(format!("it answered {status}"))),
        }
    }
}

/// A sample is `[time, "value"]`.
fn values(data: &Data) -> Result<Vec<f64>, PrometheusError> {
    let number = |sample: &serde_json::Value| sample.get(1)?.as_str()?.parse::<f64>().ok();
    let kind = || PrometheusError::Kind(data.result_type.clone());
    match data.result_type.as_str() {
        "scalar" => Ok(vec![number(&data.result).ok_or_else(kind)?]),
        "vector" => data
            .result
            .as_array()
            .into_iter()
            .flatten()
            .map(|series| series.get("value").and_then(number).ok_or_else(kind))
            .collect(),
        _ => Err(kind()),
    }
}
