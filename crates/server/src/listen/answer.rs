//! What a request is answered.

use std::sync::Arc;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use tidegate_core::calendar::{Calendar, export};

use crate::hub::{Calendars, Hub};

/// The feed tells of this much of the past …
const PAST: SignedDuration = SignedDuration::from_hours(31 * 24);
/// … and of the future.
const FUTURE: SignedDuration = SignedDuration::from_hours(366 * 24);

type Answer = Response<Full<Bytes>>;

pub(super) async fn answer(hub: &Hub, method: &Method, uri: &Uri) -> Answer {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut answer = told(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered");
        let allowed = HeaderValue::from_static("GET, HEAD");
        answer.headers_mut().insert(ALLOW, allowed);
        return answer;
    }
    match uri.path() {
        "/healthz" => told(StatusCode::OK, "ok"),
        "/calendar.ics" => feed(hub, uri.query().unwrap_or_default()).await,
        _ => told(
            StatusCode::NOT_FOUND,
            "there is /calendar.ics, /calendar.ics?calendar=NAME and /healthz",
        ),
    }
}

async fn feed(hub: &Hub, query: &str) -> Answer {
    let Some(all) = hub.calendars() else {
        let mut answer = told(
            StatusCode::SERVICE_UNAVAILABLE,
            "this replica is not leading, and only the one that leads knows the calendars",
        );
        let soon = HeaderValue::from_static("15");
        answer.headers_mut().insert(RETRY_AFTER, soon);
        return answer;
    };
    let mut name = None;
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        if key != "calendar" || name.is_some() {
            return told(
                StatusCode::BAD_REQUEST,
                "the query is calendar=NAME, once, or nothing",
            );
        }
        name = Some(value.into_owned());
    }
    if let Some(name) = &name
        && !all.contains_key(name)
    {
        return told(
            StatusCode::NOT_FOUND,
            "there is no ChangeCalendar of this name",
        );
    }
    // One at a time: a long calendar takes a while to write, and changes must
    // not wait for whoever asks.
    let _turn = hub.writing_feed.lock().await;
    let written = tokio::task::spawn_blocking(move || written(&all, name.as_deref()));
    match written.await {
        Ok(text) => {
            let mut answer = Response::new(Full::new(Bytes::from(text)));
            let headers = answer.headers_mut();
            let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
            headers.insert(CONTENT_TYPE, kind);
            let always_asked = HeaderValue::from_static("no-cache");
            headers.insert(CACHE_CONTROL, always_asked);
            answer
        }
        Err(_) => told(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the calendars could not be written",
        ),
    }
}

fn written(all: &Arc<Calendars>, name: Option<&str>) -> String {
    let now = Timestamp::now();
    let wanted: Vec<&Calendar> = all
        .values()
        .filter(|calendar| name.is_none_or(|name| calendar.name == name))
        .collect();
    let from = now.checked_sub(PAST).unwrap_or(Timestamp::MIN);
    let to = now.checked_add(FUTURE).unwrap_or(Timestamp::MAX);
    export::ical(&wanted, from, to, now)
}

fn told(status: StatusCode, sentence: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(format!("{sentence}\n"))));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}
